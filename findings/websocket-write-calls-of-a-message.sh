#!/usr/bin/env bash
# Five Go libraries hand one binary message of a client to the socket in 1 to 17 write
# calls. With 64 KiB coder/websocket makes 17 for a single frame, because it masks in a
# buffer of 4 KiB, gorilla/websocket 16, each a frame of its own, gws one. gobwas/ws
# (wsutil) makes two of any message, the header first, also of 100 bytes. x/net needs two
# from 4 KiB on. Under TLS each call is a record, and without delay a packet or more.
#
# Seen with go1.26, coder/websocket v1.8.14, gorilla/websocket v1.5.3, lxzan/gws v1.8.9,
# gobwas/ws v1.5.0, golang.org/x/net v0.47.0, December 2026; see `want` below.
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require (
	github.com/coder/websocket v1.8.14
	github.com/gobwas/ws v1.5.0
	github.com/gorilla/websocket v1.5.3
	github.com/lxzan/gws v1.8.9
	golang.org/x/net v0.47.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	gorilla "github.com/gorilla/websocket"
	"github.com/lxzan/gws"
	xnet "golang.org/x/net/websocket"
)

// counted is a socket that counts its write calls.
type counted struct {
	net.Conn
	calls atomic.Int64
}

func (c *counted) Write(b []byte) (int, error) {
	c.calls.Add(1)
	return c.Conn.Write(b)
}

type dialer struct{ made *counted }

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	d.made = &counted{Conn: c}
	return d.made, err
}

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// serve takes messages off each connection, and says how long they are.
func serve(ln net.Listener, came chan<- int) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			must(ws.Upgrade(c))
			for {
				msg, err := wsutil.ReadClientBinary(c)
				if err != nil {
					return
				}
				came <- len(msg)
			}
		}()
	}
}

func main() {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	came := make(chan int)
	go serve(ln, came)
	ctx, addr := context.Background(), ln.Addr().String()
	at := must(url.Parse("ws://" + addr + "/"))

	for _, lib := range []struct {
		name string
		dial func(*dialer) func([]byte) error
	}{
		{"gws", func(d *dialer) func([]byte) error {
			c, _, err := gws.NewClient(new(gws.BuiltinEventHandler), &gws.ClientOption{Addr: at.String(), NewDialer: func() (gws.Dialer, error) { return d, nil }})
			must(c, err)
			return func(b []byte) error { return c.WriteMessage(gws.OpcodeBinary, b) }
		}},
		{"x/net", func(d *dialer) func([]byte) error {
			c := must(xnet.NewClient(must(xnet.NewConfig(at.String(), "http://"+addr)), must(d.Dial("tcp", addr))))
			return func(b []byte) error { return xnet.Message.Send(c, b) }
		}},
		{"gobwas", func(d *dialer) func([]byte) error {
			c := must(d.Dial("tcp", addr))
			_, _, err := ws.Dialer{}.Upgrade(c, at)
			must(c, err)
			return func(b []byte) error { return wsutil.WriteClientBinary(c, b) }
		}},
		{"gorilla", func(d *dialer) func([]byte) error {
			c, _, err := (&gorilla.Dialer{NetDialContext: d.DialContext}).Dial(at.String(), nil)
			must(c, err)
			return func(b []byte) error { return c.WriteMessage(gorilla.BinaryMessage, b) }
		}},
		{"coder", func(d *dialer) func([]byte) error {
			client := &http.Client{Transport: &http.Transport{DialContext: d.DialContext}}
			c, _, err := websocket.Dial(ctx, at.String(), &websocket.DialOptions{HTTPClient: client})
			must(c, err)
			return func(b []byte) error { return c.Write(ctx, websocket.MessageBinary, b) }
		}},
	} {
		d := new(dialer)
		send := lib.dial(d)
		fmt.Printf("%s:", lib.name)
		for _, size := range []int{100, 4 << 10, 64 << 10} {
			before := d.made.calls.Load()
			must(size, send(make([]byte, size)))
			if got := <-came; got != size {
				panic(got)
			}
			fmt.Printf(" %d", d.made.calls.Load()-before)
		}
		fmt.Println()
	}
}
GO
cat > want <<'WANT'
gws: 1 1 1
x/net: 1 2 2
gobwas: 2 2 2
gorilla: 1 1 16
coder: 1 2 17
WANT
echo "write calls for a message of 100, 4096 and 65536 bytes"
GOFLAGS=-mod=mod go run . 2>/dev/null | tee got
diff want got
