// Command ttrpc is the smallest server and client over ttrpc.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	"github.com/containerd/ttrpc"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbttrpc"
)

type server struct{}

var errUnimplemented = errors.New("unimplemented")

func (server) Call(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Text: "hello, " + req.GetText()}, nil
}

func (server) Down(context.Context, *pb.Ask, pbttrpc.Echo_DownServer) error { return errUnimplemented }

func (server) Up(context.Context, pbttrpc.Echo_UpServer) (*pb.Total, error) {
	return nil, errUnimplemented
}

func (server) Chat(context.Context, pbttrpc.Echo_ChatServer) error { return errUnimplemented }

func main() {
	ctx := context.Background()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s, err := ttrpc.NewServer()
	if err != nil {
		log.Fatal(err)
	}
	pbttrpc.RegisterEchoService(s, server{})
	go s.Serve(ctx, ln)

	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	r, err := pbttrpc.NewEchoClient(ttrpc.NewClient(conn)).Call(ctx, &pb.Request{Text: "world"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.GetText())
}
