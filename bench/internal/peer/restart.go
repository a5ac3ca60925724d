package peer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gridrpc/gridc/bench/gen/echo"
	"github.com/gridrpc/gridc/bench/pb/pbgrpc"
	grid "github.com/gridrpc/gridc/runtime"
)

// Restart is how a peer is restarted in good order, and called meanwhile.
type Restart struct {
	// Serve answers on ln until stop is called, which lets what runs finish.
	Serve func(ln net.Listener) (stop func(context.Context) error, err error)
	// Dial makes a client whose calls wait until the server is ready.
	Dial func(address string) (Client, error)
	// InDoubt tells whether an error leaves it open if the handler ran.
	InDoubt func(err error) bool
}

// gridRestart drains with Manager.Shutdown and calls with WaitForReady.
var gridRestart = &Restart{
	Serve: func(ln net.Listener) (func(context.Context) error, error) {
		o := gridOptions("server")
		o.Accept, o.Register = func(string) bool { return true }, registerGrid
		m, err := grid.NewManager(o)
		if err != nil {
			return nil, err
		}
		server := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: 5 * time.Second}
		go serveHTTP(server, ln)
		return func(ctx context.Context) error { return errors.Join(m.Shutdown(ctx), server.Close()) }, nil
	},
	Dial: func(address string) (Client, error) {
		o := gridOptions("caller")
		o.CallOnly, o.Peers = true, []grid.Peer{{Name: "server", Address: address}}
		m, err := grid.NewManager(o)
		if err != nil {
			return nil, err
		}
		return readyGrid{gridClient{echo.NewEchoClient(m.Connection("server"))}, m}, nil
	},
	InDoubt: func(err error) bool { return grid.OutcomeOf(err) == grid.MayHaveRun },
}

// readyGrid is a client of gridc that waits for its server.
type readyGrid struct {
	gridClient
	m *grid.Manager
}

func (c readyGrid) Echo(ctx context.Context, call *Call) error {
	return c.gridClient.Echo(grid.WaitForReady(ctx), call)
}

func (c readyGrid) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.m.Shutdown(ctx) // nothing is under way any more
}

// grpcBackoff is that of gridc's defaults: with its own, whose first pause is a second,
// grpc-go makes 400 calls a second here.
var grpcBackoff = backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 2, Jitter: 0.5, MaxDelay: 15 * time.Second}

// grpcRestart drains with GracefulStop and calls with WaitForReady. Its errors do
// not say whether the handler ran.
var grpcRestart = &Restart{
	Serve: func(ln net.Listener) (func(context.Context) error, error) {
		s := grpc.NewServer()
		pbgrpc.RegisterEchoServer(s, grpcServer{})
		go s.Serve(ln)
		return func(ctx context.Context) error {
			defer context.AfterFunc(ctx, s.Stop)()
			s.GracefulStop()
			return ctx.Err()
		}, nil
	},
	Dial: func(address string) (Client, error) {
		conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithConnectParams(grpc.ConnectParams{Backoff: grpcBackoff, MinConnectTimeout: 5 * time.Second}),
			grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
		if err != nil {
			return nil, err
		}
		return grpcClient{conn, pbgrpc.NewEchoClient(conn)}, nil
	},
	InDoubt: func(error) bool { return true },
}
