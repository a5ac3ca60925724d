// Command connect is the smallest server and client over connect-go.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"connectrpc.com/connect"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbservice/pbserviceconnect"
)

type server struct {
	pbserviceconnect.UnimplementedEchoHandler
}

func (server) Call(_ context.Context, req *connect.Request[pb.Request]) (*connect.Response[pb.Response], error) {
	return connect.NewResponse(&pb.Response{Text: "hello, " + req.Msg.GetText()}), nil
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(pbserviceconnect.NewEchoHandler(server{}))
	go http.Serve(ln, mux)

	client := pbserviceconnect.NewEchoClient(http.DefaultClient, "http://"+ln.Addr().String())
	r, err := client.Call(context.Background(), connect.NewRequest(&pb.Request{Text: "world"}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Msg.GetText())
}
