// Command ws is the smallest server and client over gobwas/ws.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func serve(w http.ResponseWriter, r *http.Request) {
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		log.Fatal(err)
	}
	name, op, err := wsutil.ReadClientData(conn)
	if err != nil {
		log.Fatal(err)
	}
	if err := wsutil.WriteServerMessage(conn, op, append([]byte("hello, "), name...)); err != nil {
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
	if err := wsutil.WriteClientText(conn, []byte("world")); err != nil {
		log.Fatal(err)
	}
	reply, err := wsutil.ReadServerText(conn)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(reply))
}
