// Command grpc is the smallest server and client over grpc-go.
package main

import (
	"context"
	"fmt"
	"log"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbgrpc"
)

type server struct{ pbgrpc.UnimplementedEchoServer }

func (server) Call(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Text: "hello, " + req.GetText()}, nil
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := grpc.NewServer()
	pbgrpc.RegisterEchoServer(s, server{})
	go s.Serve(ln)

	conn, err := grpc.NewClient(ln.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	r, err := pbgrpc.NewEchoClient(conn).Call(context.Background(), &pb.Request{Text: "world"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.GetText())
}
