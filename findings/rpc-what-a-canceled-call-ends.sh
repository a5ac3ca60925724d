#!/usr/bin/env bash
# What becomes of a unary call whose caller gives up while the handler runs, and of the
# connection. A handler behind ttrpc hears of a deadline, which travels with the request,
# but not of a cancellation: it runs on for an answer that nobody waits for. A drpc
# client whose one call was canceled, or was late, fails all later calls: drpc has a stream
# at a time on a connection, and ends the connection with it. Over grpc-go and connect the
# handler hears of both; over HTTP/1.1 connect pays with a connection.
#
# Seen with go1.26, google.golang.org/grpc v1.85.0, connectrpc.com/connect v1.21.1,
# github.com/containerd/ttrpc v1.2.10, storj.io/drpc v1.0.0, all with the options that they
# have by default, December 2026. A handler listens for 3 s.
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
	connectrpc.com/connect v1.21.1
	github.com/containerd/ttrpc v1.2.10
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
	storj.io/drpc v1.0.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"github.com/containerd/ttrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"storj.io/drpc"
	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// server counts its connections, and tells when a handler begins and what it hears.
type server struct {
	begun  chan struct{}
	heard  chan string
	opened chan struct{}
}

const service, method = "calls.Calls", "Wait"

// quiet is how long a handler listens.
const quiet = 3 * time.Second

// wait is the handler.
func (s *server) wait(ctx context.Context) {
	s.begun <- struct{}{}
	select {
	case <-ctx.Done():
		s.heard <- "the handler is told"
	case <-time.After(quiet):
		s.heard <- "the handler is not told"
	}
}

type listener struct {
	net.Listener
	s *server
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.s.opened <- struct{}{}
	}
	return c, err
}

// calls makes a call.
type calls func(ctx context.Context) error

func overGRPC(ln net.Listener, s *server) calls {
	g := grpc.NewServer()
	g.RegisterService(&grpc.ServiceDesc{ServiceName: service, HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: method,
		Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			err := decode(new(emptypb.Empty))
			s.wait(ctx)
			return new(emptypb.Empty), err
		},
	}}}, struct{}{})
	go g.Serve(ln)
	c := must(grpc.NewClient(ln.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials())))
	return func(ctx context.Context) error {
		return c.Invoke(ctx, "/"+service+"/"+method, new(emptypb.Empty), new(emptypb.Empty))
	}
}

func overConnect(two bool) func(net.Listener, *server) calls {
	return func(ln net.Listener, s *server) calls {
		h := connect.NewUnaryHandler("/"+service+"/"+method, func(ctx context.Context, _ *connect.Request[emptypb.Empty]) (*connect.Response[emptypb.Empty], error) {
			s.wait(ctx)
			return connect.NewResponse(new(emptypb.Empty)), nil
		})
		var p http.Protocols
		p.SetHTTP1(!two)
		p.SetUnencryptedHTTP2(two)
		go (&http.Server{Handler: h, Protocols: &p}).Serve(ln)
		c := connect.NewClient[emptypb.Empty, emptypb.Empty](&http.Client{Transport: &http.Transport{Protocols: &p}}, "http://"+ln.Addr().String()+"/"+service+"/"+method)
		return func(ctx context.Context) error {
			_, err := c.CallUnary(ctx, connect.NewRequest(new(emptypb.Empty)))
			return err
		}
	}
}

func overTTRPC(ln net.Listener, s *server) calls {
	t := must(ttrpc.NewServer())
	t.RegisterService(service, &ttrpc.ServiceDesc{Methods: map[string]ttrpc.Method{
		method: func(ctx context.Context, decode func(any) error) (any, error) {
			err := decode(new(emptypb.Empty))
			s.wait(ctx)
			return new(emptypb.Empty), err
		},
	}})
	go t.Serve(context.Background(), ln)
	c := ttrpc.NewClient(must(net.Dial("tcp", ln.Addr().String())))
	return func(ctx context.Context) error {
		return c.Call(ctx, service, method, new(emptypb.Empty), new(emptypb.Empty))
	}
}

type encoding struct{}

func (encoding) Marshal(m drpc.Message) ([]byte, error)   { return proto.Marshal(m.(proto.Message)) }
func (encoding) Unmarshal(b []byte, m drpc.Message) error { return proto.Unmarshal(b, m.(proto.Message)) }

type description struct{}

func (description) NumMethods() int { return 1 }
func (description) Method(n int) (string, drpc.Encoding, drpc.Receiver, interface{}, bool) {
	receive := func(srv interface{}, ctx context.Context, _, _ interface{}) (drpc.Message, error) {
		srv.(*server).wait(ctx)
		return new(emptypb.Empty), nil
	}
	return "/" + service + "/" + method, encoding{}, receive, (*server).unary, n == 0
}

func (s *server) unary(context.Context, *emptypb.Empty) (*emptypb.Empty, error) { return nil, nil }

func overDRPC(ln net.Listener, s *server) calls {
	m := drpcmux.New()
	if err := m.Register(s, description{}); err != nil {
		panic(err)
	}
	go drpcserver.New(m).Serve(context.Background(), ln)
	c := drpcconn.New(must(net.Dial("tcp", ln.Addr().String())))
	return func(ctx context.Context) error {
		return c.Invoke(ctx, "/"+service+"/"+method, encoding{}, new(emptypb.Empty), new(emptypb.Empty))
	}
}

// canceled says what becomes of a call whose caller gives up, and of the next on the same client.
func canceled(start func(net.Listener, *server) calls, ends func() (context.Context, func())) string {
	s := &server{make(chan struct{}, 10), make(chan string, 10), make(chan struct{}, 10)}
	call := start(listener{must(net.Listen("tcp", "127.0.0.1:0")), s}, s)
	ctx, end := ends()
	gone := make(chan error, 1)
	go func() { gone <- call(ctx) }()
	<-s.begun
	end()
	err := <-gone
	if err == nil {
		return "the call has succeeded"
	}
	heard := <-s.heard

	// The next call, of which only the beginning is of interest.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- call(ctx) }()
	next := ""
	select {
	case <-s.begun:
		next = "the next call goes over the same connection"
		if len(s.opened) > 1 {
			next = "the next call opens another connection"
		}
	case <-failed:
		next = "the client is of no use any more"
	}
	return heard + "; " + next
}

func main() {
	cancel := func() (context.Context, func()) { return context.WithCancel(context.Background()) }
	deadline := func() (context.Context, func()) {
		ctx, end := context.WithTimeout(context.Background(), 500*time.Millisecond)
		return ctx, func() { <-ctx.Done(); end() }
	}
	for _, p := range []struct {
		name  string
		start func(net.Listener, *server) calls
	}{{"grpc-go", overGRPC}, {"connect, HTTP/2", overConnect(true)}, {"connect, HTTP/1.1", overConnect(false)}, {"ttrpc", overTTRPC}, {"drpc", overDRPC}} {
		fmt.Printf("%s, canceled: %s\n", p.name, canceled(p.start, cancel))
		fmt.Printf("%s, deadline: %s\n", p.name, canceled(p.start, deadline))
	}
}
GO
cat > want <<'WANT'
grpc-go, canceled: the handler is told; the next call goes over the same connection
grpc-go, deadline: the handler is told; the next call goes over the same connection
connect, HTTP/2, canceled: the handler is told; the next call goes over the same connection
connect, HTTP/2, deadline: the handler is told; the next call goes over the same connection
connect, HTTP/1.1, canceled: the handler is told; the next call opens another connection
connect, HTTP/1.1, deadline: the handler is told; the next call opens another connection
ttrpc, canceled: the handler is not told; the next call goes over the same connection
ttrpc, deadline: the handler is told; the next call goes over the same connection
drpc, canceled: the handler is told; the client is of no use any more
drpc, deadline: the handler is told; the client is of no use any more
WANT
export GOFLAGS=-modcacherw GOTOOLCHAIN=auto
go mod tidy > /dev/null 2>&1
go run . 2> /dev/null | tee got
if diff -u want got; then
	echo "as seen"
else
	echo "the behaviour has changed"
	exit 1
fi
