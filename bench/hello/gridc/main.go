// Command gridc is the smallest server and client over gridc's stubs.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/gridrpc/gridc/bench/gen/echo"
	grid "github.com/gridrpc/gridc/runtime"
)

type server struct{ echo.UnimplementedEchoServer }

func (server) Call(_ context.Context, req *echo.Request) (*echo.Response, error) {
	return &echo.Response{Text: "hello, " + req.Text}, nil
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	a, err := grid.NewManager(grid.Options{Name: "a", Auth: grid.InsecureNoAuth(), Peers: []grid.Peer{{Name: "b"}}})
	if err != nil {
		log.Fatal(err)
	}
	if err := echo.RegisterEcho(a, server{}); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, a.Handler())
	go http.Serve(ln, mux)

	b, err := grid.NewManager(grid.Options{Name: "b", Auth: grid.InsecureNoAuth(), CallOnly: true,
		Peers: []grid.Peer{{Name: "a", Address: ln.Addr().String()}}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := b.Connection("a").WaitConnected(ctx); err != nil {
		log.Fatal(err)
	}
	r, err := echo.NewEchoClient(b.Connection("a")).Call(ctx, &echo.Request{Text: "world"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Text)
}
