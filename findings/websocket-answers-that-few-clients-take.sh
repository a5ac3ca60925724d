#!/usr/bin/env bash
# Nine WebSocket clients and three sound ways to answer their upgrade with 101: `Connection: keep-alive,
# Upgrade`, the same on two lines, and 103 Early Hints before the 101. RFC 6455 section 4.1 asks
# for a Connection header that has the token Upgrade, and RFC 9110 section 15.2 for clients that
# read past any 1xx. Only coder/websocket and npm ws take all three. Node's own
# WebSocket (undici) wants exactly one word, gorilla takes 103 for the last answer, and gobwas/ws
# refuses all. Anything between the two ends may add them, as HTTP allows, and a server that is tested
# with ws is then not reached by others.
#
# Seen with go1.26 and Node 20, December 2026; versions below, see `want`.
#
# Needs Go and the module proxy, npm and node 20.19. Ends with 1 if the behaviour has changed,
# with 2 without them.
set -euo pipefail
for tool in go npm node; do command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 2; }; done
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b > 18) ? 0 : 1)' ||
	{ echo "needs node 20.19 or newer, for undici 7" >&2; exit 2; }
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
	golang.org/x/net v0.62.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	coder "github.com/coder/websocket"
	gobwas "github.com/gobwas/ws"
	gorilla "github.com/gorilla/websocket"
	"github.com/lxzan/gws"
	xnet "golang.org/x/net/websocket"
)

const status = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"

// answers are what stands before the header Sec-WebSocket-Accept.
var answers = map[string]string{
	"/plain": status + "Connection: Upgrade\r\n",
	"/list":  status + "Connection: keep-alive, Upgrade\r\n",
	"/lines": status + "Connection: keep-alive\r\nConnection: Upgrade\r\n",
	"/hints": "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" + status + "Connection: Upgrade\r\n",
}

func answer(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second)) // no client waits for longer
	br := bufio.NewReader(conn)
	r, err := http.ReadRequest(br)
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "%sSec-WebSocket-Accept: %s\r\n\r\n", answers[r.URL.Path], base64.StdEncoding.EncodeToString(sum[:]))
	io.Copy(io.Discard, br) // until the client has gone
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go answer(conn)
		}
	}()
	base := "ws://" + ln.Addr().String()
	ctx := context.Background()
	for _, c := range []struct {
		name string
		dial func(string) error
	}{
		{"coder/websocket", func(u string) error { _, _, err := coder.Dial(ctx, u, nil); return err }},
		{"gorilla/websocket", func(u string) error { _, _, err := gorilla.DefaultDialer.Dial(u, nil); return err }},
		{"lxzan/gws", func(u string) error {
			_, _, err := gws.NewClient(new(gws.BuiltinEventHandler), &gws.ClientOption{Addr: u})
			return err
		}},
		{"gobwas/ws", func(u string) error { _, _, _, err := gobwas.Dial(ctx, u); return err }},
		{"x/net/websocket", func(u string) error { _, err := xnet.Dial(u, "", "http://localhost"); return err }},
	} {
		var row []string
		for _, path := range []string{"/plain", "/list", "/lines", "/hints"} {
			said := "opens"
			if c.dial(base+path) != nil {
				said = "fails"
			}
			row = append(row, path[1:]+" "+said)
		}
		fmt.Printf("%-17s %s\n", c.name, strings.Join(row, ", "))
	}
	node := exec.Command("node", "try.mjs", base)
	node.Stdout, node.Stderr = os.Stdout, os.Stderr
	if err := node.Run(); err != nil {
		panic(err)
	}
}
GO
cat > try.mjs <<'JS'
import { WebSocket as Ws } from 'ws'
import { WebSocket as Undici } from 'undici'
import websocket from 'websocket'
import faye from 'faye-websocket'

const clients = {
  'npm ws': (u) => new Ws(u),
  'npm undici': (u) => new Undici(u),
  'npm websocket': (u) => new websocket.w3cwebsocket(u),
  'npm faye-websocket': (u) => new faye.Client(u),
}
for (const [name, connect] of Object.entries(clients)) {
  const row = []
  for (const path of ['/plain', '/list', '/lines', '/hints']) {
    const said = await new Promise((done) => {
      const socket = connect(process.argv[2] + path)
      socket.onopen = () => done('opens')
      socket.onerror = socket.onclose = () => done('fails')
    })
    row.push(`${path.slice(1)} ${said}`)
  }
  console.log(name.padEnd(17), row.join(', '))
}
process.exit()
JS
cat > want <<'WANT'
coder/websocket   plain opens, list opens, lines opens, hints opens
gorilla/websocket plain opens, list opens, lines opens, hints fails
lxzan/gws         plain opens, list opens, lines fails, hints fails
gobwas/ws         plain opens, list fails, lines fails, hints fails
x/net/websocket   plain opens, list fails, lines fails, hints fails
npm ws            plain opens, list opens, lines opens, hints opens
npm undici        plain opens, list fails, lines fails, hints opens
npm websocket     plain opens, list fails, lines fails, hints opens
npm faye-websocket plain opens, list fails, lines fails, hints opens
WANT
echo '{"private": true, "type": "module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional ws@8.23.0 undici@7.30.2 websocket@1.0.35 faye-websocket@0.11.4 >/dev/null
CGO_ENABLED=0 GOFLAGS=-mod=mod go run . 2>log | tee got || { cat log >&2; exit 1; }
diff want got
