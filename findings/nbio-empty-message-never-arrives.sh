#!/usr/bin/env bash
# lesismal/nbio 1.6.8: an empty WebSocket message, text or binary, whole or in fragments, never
# reaches OnMessage, and nothing else says that it came: the socket stays open. RFC 6455 counts
# it as a message like any other, and gorilla/websocket delivers it. A protocol in
# which an empty message means something, an end or a heartbeat, waits for it in vain.
#
# Seen with go1.26, github.com/lesismal/nbio v1.6.8, December 2026; see `want` below.
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed, with 2 without Go.
set -euo pipefail
command -v go >/dev/null || { echo "needs Go" >&2; exit 2; }
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require (
	github.com/gobwas/ws v1.5.0
	github.com/gorilla/websocket v1.5.3
	github.com/lesismal/nbio v1.6.8
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gobwas/ws"
	gorilla "github.com/gorilla/websocket"
	nbio "github.com/lesismal/nbio/nbhttp/websocket"
)

var got = make(chan string, 10)

func withNbio(w http.ResponseWriter, r *http.Request) {
	u := nbio.NewUpgrader()
	u.OnMessage(func(_ *nbio.Conn, _ nbio.MessageType, data []byte) { got <- string(data) })
	if _, err := u.Upgrade(w, r, nil); err != nil {
		panic(err)
	}
}

func withGorilla(w http.ResponseWriter, r *http.Request) {
	c, err := new(gorilla.Upgrader).Upgrade(w, r, nil)
	if err != nil {
		panic(err)
	}
	for {
		_, data, err := c.ReadMessage()
		if err != nil {
			return
		}
		got <- string(data)
	}
}

func main() {
	for _, s := range []struct {
		name  string
		serve http.HandlerFunc
	}{{"nbio", withNbio}, {"gorilla", withGorilla}} {
		server := httptest.NewServer(s.serve)
		conn, _, _, err := ws.Dial(context.Background(), "ws"+strings.TrimPrefix(server.URL, "http"))
		if err != nil {
			panic(err)
		}
		for _, frame := range []ws.Frame{
			ws.NewTextFrame([]byte("first")),
			ws.NewTextFrame(nil),
			ws.NewBinaryFrame(nil),
			ws.NewFrame(ws.OpText, false, nil), ws.NewFrame(ws.OpContinuation, true, nil),
			ws.NewTextFrame([]byte("last")),
		} {
			if err := ws.WriteFrame(conn, ws.MaskFrame(frame)); err != nil {
				panic(err)
			}
		}
		var messages []string
		for len(messages) == 0 || messages[len(messages)-1] != "last" {
			select {
			case message := <-got:
				messages = append(messages, message)
			case <-time.After(10 * time.Second):
				panic(fmt.Sprintf("the last message does not come: %q", messages))
			}
		}
		fmt.Printf("%s: 5 messages sent, %d delivered: %q\n", s.name, len(messages), messages)
		conn.Close()
	}
}
GO
cat > want <<'WANT'
nbio: 5 messages sent, 2 delivered: ["first" "last"]
gorilla: 5 messages sent, 5 delivered: ["first" "" "" "" "last"]
WANT
CGO_ENABLED=0 GOFLAGS=-mod=mod go run . 2>log | tee got || { cat log >&2; exit 1; }
diff want got
