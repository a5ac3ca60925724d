// Command ws is the smallest server and client over gobwas/ws.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/gobwas/ws"
)

func serve(w http.ResponseWriter, r *http.Request) {
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		log.Fatal(err)
	}
	frame, err := ws.ReadFrame(conn)
	if err != nil {
		log.Fatal(err)
	}
	frame = ws.UnmaskFrameInPlace(frame)
	if err := ws.WriteFrame(conn, ws.NewBinaryFrame([]byte("hello, "+string(frame.Payload)))); err != nil {
		log.Fatal(err)
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(ln, http.HandlerFunc(serve))

	conn, _, _, err := ws.Dial(context.Background(), "ws://"+ln.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	if err := ws.WriteFrame(conn, ws.MaskFrameInPlace(ws.NewBinaryFrame([]byte("world")))); err != nil {
		log.Fatal(err)
	}
	reply, err := ws.ReadFrame(conn)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(reply.Payload))
}
