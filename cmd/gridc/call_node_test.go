package main

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
	"github.com/gridrpc/gridc/runtime/schema"
)

// The key and the token that the nodes of the tests want.
const (
	testKey   = "a key of more than sixteen bytes"
	testToken = "let-me-in"
)

// startNode runs a node that wants a proof, and returns where it listens.
func startNode(check func(error), name, proof string, a *authority) (address string, stop func()) {
	return startLogging(check, name, proof, a, slog.New(slog.DiscardHandler))
}

// startLogging is startNode of a node that logs.
func startLogging(check func(error), name, proof string, a *authority, logger *slog.Logger) (address string, stop func()) {
	auth := map[string]grid.Authenticator{
		"insecure": grid.InsecureNoAuth(), "key": grid.SharedKey([]byte(testKey)),
		"token": grid.Token("", grid.SameToken(testToken)), "tls": grid.TLSIdentity(),
	}[proof]
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	address = ln.Addr().String()
	if proof == "token" || proof == "tls" {
		ln = tls.NewListener(ln, a.server(name, proof == "tls"))
	}
	node := &troublesome{closed: make(chan struct{})}
	m, err := grid.NewManager(grid.Options{
		Name: name, Auth: auth, Register: node.register, Logger: logger,
		Accept: func(name string) bool { return strings.HasPrefix(name, "gridc-") || name == "operator" },
	})
	check(err)
	node.manager = m
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	mux.Handle("/debug/grid/", debug.Handler(m))
	server := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() {
		defer close(node.closed)
		_ = server.Serve(ln)
	}()
	return address, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = m.Shutdown(ctx)
		_ = server.Close()
		<-node.closed
	}
}

// troublesome is a node whose handlers end in all ways.
type troublesome struct {
	storage.UnimplementedStorageServer
	manager *grid.Manager
	closed  chan struct{}
}

func (n *troublesome) register(m *grid.Manager) error {
	if err := storage.RegisterStorage(m, "disk1", n); err != nil {
		return err
	}
	if err := m.RegisterSingleHandler(900, func(_ context.Context, b []byte) ([]byte, error) { return b, nil }); err != nil {
		return err
	}
	up := grid.NewStreamingHandler(901, grid.NewBytes, grid.NewBytes, grid.NewNoPayload, grid.WithName("count.Count.Up"), grid.WithSchema(counting))
	total := grid.NewStreamingHandler(903, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithName("count.Count.Total"), grid.WithCapacity(16, 1), grid.WithSchema(counting))
	hostile := grid.NewSingleHandler(902, grid.NewBytes, grid.NewBytes, grid.WithName(hostileName), grid.WithSchema(counting))
	return m.Register(up.Handle(countUp), total.HandleAnswered(countTotal), hostile.Handle(func(context.Context, *grid.Bytes) (*grid.Bytes, error) {
		return nil, grid.NewError("weird", "\x1b]0;owned\a"+strings.Repeat("x", 5000)+"end")
	}))
}

// hostileName is that of a handler of a node that means harm.
var hostileName = "count.\x1b[2JHostile" + strings.Repeat("y", 500)

// counting is the schema of handlers without generated code: one takes a stream, and
// one has names that would drive a terminal.
var counting = &schema.Table{
	Shapes: []schema.Shape{
		{Kind: schema.Message, Name: "count.Number", Fields: []schema.Field{{Name: "n", Number: 1, Type: schema.Type{Kind: schema.Uint8}}}},
		{Kind: schema.Message, Name: "count.\x1b[31mRed", Fields: []schema.Field{{Name: "a\nb\u202e", Number: 1, Type: schema.Type{Kind: schema.String}}}},
	},
	Handlers: []schema.Handler{
		{ID: 901, Name: "count.Count.Up", Stream: true, Request: number, In: number, InCapacity: 16},
		{ID: 902, Name: hostileName, Request: &schema.Type{Kind: schema.Message, Shape: 1}, Response: number},
		{ID: 903, Name: "count.Count.Total", Stream: true, Request: number, In: number, InCapacity: 16, Response: number},
	},
}

var number = &schema.Type{Kind: schema.Message}

// countUp takes numbers, each of which must be one more than the one before.
func countUp(_ context.Context, first *grid.Bytes, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.NoPayload]) error {
	last := lastByte(first)
	for {
		msg, err := in.Recv()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case lastByte(msg) != last+1:
			return grid.NewError(grid.InvalidArgument, "that is not the next number")
		}
		last++
	}
}

// countTotal takes numbers as countUp does, and answers with the last.
func countTotal(ctx context.Context, first *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
	last := first
	for {
		msg, err := in.Recv()
		if err == io.EOF {
			return last, nil
		}
		if err != nil {
			return nil, err
		}
		if lastByte(msg) != lastByte(last)+1 {
			return nil, grid.NewError(grid.InvalidArgument, "that is not the next number")
		}
		last = msg
	}
}

// lastByte is the number in an encoded count.Number, if it is a small one.
func lastByte(b *grid.Bytes) byte { return (*b)[len(*b)-1] & 0x7f }

// DiskInfo tells who called with which metadata.
func (n *troublesome) DiskInfo(ctx context.Context, _ *storage.DiskInfoOptions) (*storage.DiskInfo, error) {
	return &storage.DiskInfo{Endpoint: grid.GetCaller(ctx), Labels: grid.GetMetadata(ctx)}, nil
}

// ReadVersion ends the session under its caller.
func (n *troublesome) ReadVersion(ctx context.Context, _ *storage.ReadVersionRequest) (*storage.FileInfo, error) {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	go func() { _ = n.manager.Shutdown(now) }()
	<-ctx.Done()
	return nil, ctx.Err()
}

// Replicate acknowledges all that it is sent.
func (n *troublesome) Replicate(_ context.Context, in *grid.Receiver[*storage.Op], out *grid.Sender[*storage.Ack]) error {
	for seq := uint64(1); ; seq++ {
		_, err := in.Recv()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := out.Send(&storage.Ack{Seq: seq}); err != nil {
			return err
		}
	}
}
