// Command drpc is the smallest server and client over drpc.
package main

import (
	"context"
	"fmt"
	"log"
	"net"

	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbdrpc"
)

type server struct {
	pbdrpc.DRPCEchoUnimplementedServer
}

func (server) Call(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Text: "hello, " + req.GetText()}, nil
}

func main() {
	ctx := context.Background()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	mux := drpcmux.New()
	if err := pbdrpc.DRPCRegisterEcho(mux, &server{}); err != nil {
		log.Fatal(err)
	}
	go drpcserver.New(mux).Serve(ctx, ln)

	raw, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	r, err := pbdrpc.NewDRPCEchoClient(drpcconn.New(raw)).Call(ctx, &pb.Request{Text: "world"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.GetText())
}
