#!/usr/bin/env bash
# How many round trips the second call on a connection takes, if it is the first with much
# to say: one, if its payload has up to 65,530 bytes. With 65,531 it is two where grpc-go
# receives them (as the server or as the client), one where connect-go does. A MiB takes
# grpc-go 7 to 9 round trips, connect-go 1 to 3. So on a link of 200 ms there and back, a
# first answer of a MiB takes a grpc-go client 1.6 s, whoever serves it, and of two
# frameworks that talk to each other the receiving one decides.
#
# The links are loopback sockets with 100 ms each way; times are rounded to round trips:
# one (of a MiB: few), few (2 to 4), or many.
#
# Seen with go1.26, google.golang.org/grpc v1.85.0, connectrpc.com/connect v1.21.1 (gRPC
# protocol over net/http), December 2026; see `want` below.
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
	google.golang.org/grpc v1.85.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const oneWay = 100 * time.Millisecond

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// far returns an address from which everything reaches to, and comes back, late.
func far(to net.Listener) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() {
		for {
			a, err := ln.Accept()
			if err != nil {
				return
			}
			b := must(net.Dial("tcp", to.Addr().String()))
			go late(a, b)
			go late(b, a)
		}
	}()
	return ln.Addr().String()
}

func late(from io.Reader, to io.Writer) {
	type piece struct {
		due time.Time
		b   []byte
	}
	pieces := make(chan piece, 1<<16)
	go func() {
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			to.Write(p.b)
		}
	}()
	for {
		b := make([]byte, 64<<10)
		n, err := from.Read(b)
		if err != nil {
			return
		}
		pieces <- piece{time.Now().Add(oneWay), b[:n]}
	}
}

// plain is a codec of bytes.
type plain struct{}

func (plain) Name() string                    { return "proto" }
func (plain) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (plain) Unmarshal(b []byte, v any) error { *v.(*[]byte) = append([]byte(nil), b...); return nil }

const method = "/echo.Echo/Call"

// answer has as many bytes as the request begins with.
func answer(request []byte) []byte { return make([]byte, binary.BigEndian.Uint32(request)) }

func grpcServer(ln net.Listener) {
	s := grpc.NewServer(grpc.ForceServerCodec(plain{}))
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "echo.Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Call",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var request []byte
			err := decode(&request)
			a := answer(request)
			return &a, err
		},
	}}}, struct{}{})
	go s.Serve(ln)
}

func connectServer(ln net.Listener) {
	h := connect.NewUnaryHandler(method, func(_ context.Context, r *connect.Request[[]byte]) (*connect.Response[[]byte], error) {
		a := answer(*r.Msg)
		return connect.NewResponse(&a), nil
	}, connect.WithCodec(plain{}), connect.WithCompression("gzip", nil, nil))
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	go (&http.Server{Handler: h, Protocols: &p}).Serve(ln)
}

func grpcClient(address string) func([]byte) {
	c := must(grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(plain{}))))
	return func(request []byte) {
		var a []byte
		must(a, c.Invoke(context.Background(), method, &request, &a))
	}
}

func connectClient(address string) func([]byte) {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	h := &http.Client{Transport: &http.Transport{Protocols: &p}}
	c := connect.NewClient[[]byte, []byte](h, "http://"+address+method, connect.WithCodec(plain{}), connect.WithGRPC(), connect.WithAcceptCompression("gzip", nil, nil))
	return func(request []byte) { must(c.CallUnary(context.Background(), connect.NewRequest(&request))) }
}

// trips says how many round trips the first call with so many bytes takes: the fewest of
// three connections, because a busy machine only adds to them.
func trips(dial func() func([]byte), asked, answered int) string {
	fewest := math.Inf(1)
	for range 3 {
		call := dial()
		call(make([]byte, 4)) // connects
		request := make([]byte, asked)
		binary.BigEndian.PutUint32(request, uint32(answered))
		start := time.Now()
		call(request)
		fewest = min(fewest, math.Round(float64(time.Since(start))/float64(2*oneWay)))
	}
	switch {
	case fewest >= 5:
		return "many"
	case fewest > 1 || asked+answered > 1<<20:
		return "few"
	}
	return "one"
}

func main() {
	for _, c := range []struct {
		name string
		dial func(string) func([]byte)
	}{{"grpc-go", grpcClient}, {"connect-go", connectClient}} {
		for _, s := range []struct {
			name  string
			serve func(net.Listener)
		}{{"grpc-go", grpcServer}, {"connect-go", connectServer}} {
			ln := must(net.Listen("tcp", "127.0.0.1:0"))
			s.serve(ln)
			address := far(ln)
			fmt.Printf("%s calls %s:", c.name, s.name)
			for _, n := range []int{65_530, 65_531, 1 << 20} {
				dial := func() func([]byte) { return c.dial(address) }
				fmt.Printf(" %s/%s", trips(dial, n, 4), trips(dial, 4, n))
			}
			fmt.Println()
		}
	}
}
GO
cat > want <<'WANT'
grpc-go calls grpc-go: one/one few/few many/many
grpc-go calls connect-go: one/one one/few few/many
connect-go calls grpc-go: one/one few/one many/few
connect-go calls connect-go: one/one one/one few/few
WANT
echo "round trips for requests/answers of 65530, 65531 and 1048576 bytes"
GOFLAGS=-mod=mod go run . 2>/dev/null | tee got
diff want got
