#!/usr/bin/env bash
# Close codes that IANA registered after RFC 6455: 1012 service restart, 1013 try again later, 1014
# bad gateway. What a server in Go answers when its peer closes with one of them: gobwas/ws 1.5.0
# accuses the peer of a protocol error, 1002, for all three, gorilla/websocket 1.5.3 for 1014 alone.
# lxzan/gws 1.8.9 does so for 1014, and answers any other code below 3000 with 1000.
# coder/websocket 1.8.15 echoes each. So a gateway that says it restarts is in its own log the
# one that broke the protocol, and which code may be sent depends on who reads it.
#
# Seen with go1.26, December 2026; see `want` below.
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
	github.com/coder/websocket v1.8.15
	github.com/gobwas/ws v1.5.0
	github.com/gorilla/websocket v1.5.3
	github.com/lxzan/gws v1.8.9
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	coder "github.com/coder/websocket"
	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	gorilla "github.com/gorilla/websocket"
	"github.com/lxzan/gws"
)

// servers read until their socket ends.
var servers = []struct {
	name  string
	serve http.HandlerFunc
}{
	{"coder", func(w http.ResponseWriter, r *http.Request) {
		if c, err := coder.Accept(w, r, nil); err == nil {
			c.Read(context.Background())
		}
	}},
	{"gorilla", func(w http.ResponseWriter, r *http.Request) {
		if c, err := new(gorilla.Upgrader).Upgrade(w, r, nil); err == nil {
			defer c.Close()
			c.ReadMessage()
		}
	}},
	{"gobwas", func(w http.ResponseWriter, r *http.Request) {
		if c, _, _, err := gobwas.UpgradeHTTP(r, w); err == nil {
			defer c.Close()
			wsutil.ReadClientData(c)
		}
	}},
	{"gws", func(w http.ResponseWriter, r *http.Request) {
		if c, err := gws.NewUpgrader(new(gws.BuiltinEventHandler), nil).Upgrade(w, r); err == nil {
			c.ReadLoop()
		}
	}},
}

// answer returns the code of the frame that a server answers to a close frame.
func answer(url string, code int) uint16 {
	conn, _, _, err := gobwas.Dial(context.Background(), url)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	body := gobwas.NewCloseFrameBody(gobwas.StatusCode(code), "")
	if err := gobwas.WriteFrame(conn, gobwas.MaskFrame(gobwas.NewCloseFrame(body))); err != nil {
		panic(err)
	}
	frame, err := gobwas.ReadFrame(conn)
	if err != nil || frame.Header.OpCode != gobwas.OpClose || len(frame.Payload) < 2 {
		panic(fmt.Sprint("no close frame: ", frame, err))
	}
	return binary.BigEndian.Uint16(frame.Payload)
}

func main() {
	codes := []int{1000, 1001, 1011, 1012, 1013, 1014, 3000}
	fmt.Println("closes with", codes)
	for _, s := range servers {
		server := httptest.NewServer(s.serve)
		var row []string
		for _, code := range codes {
			row = append(row, fmt.Sprint(answer("ws"+strings.TrimPrefix(server.URL, "http"), code)))
		}
		fmt.Printf("%-11s [%s]\n", s.name, strings.Join(row, " "))
	}
}
GO
cat > want <<'WANT'
closes with [1000 1001 1011 1012 1013 1014 3000]
coder       [1000 1001 1011 1012 1013 1014 3000]
gorilla     [1000 1001 1011 1012 1013 1002 3000]
gobwas      [1000 1001 1011 1002 1002 1002 3000]
gws         [1000 1000 1000 1000 1000 1002 3000]
WANT
CGO_ENABLED=0 GOFLAGS=-mod=mod go run . 2>log | tee got || { cat log >&2; exit 1; }
diff want got
