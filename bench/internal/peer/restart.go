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
	// Node serves on ln as one of a mesh, and calls the others, whose names and
	// addresses are given. Its calls wait until the other is ready.
	Node func(name string, others map[string]string, ln net.Listener) (RestartNode, error)
	// InDoubt tells whether an error leaves it open if the handler ran.
	InDoubt func(err error) bool
}

// RestartNode is one of a mesh whose nodes are restarted.
type RestartNode interface {
	// To returns what calls another node. It need not be closed.
	To(name string) Client
	// Stop lets what runs finish. Nobody calls by the node any more.
	Stop(ctx context.Context) error
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
	Node: func(name string, others map[string]string, ln net.Listener) (RestartNode, error) {
		o := gridOptions(name)
		o.Register = registerGrid
		for peer, address := range others {
			o.Peers = append(o.Peers, grid.Peer{Name: peer, Address: address})
		}
		m, err := grid.NewManager(o)
		if err != nil {
			return nil, err
		}
		server := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: 5 * time.Second}
		go serveHTTP(server, ln)
		return gridRestartNode{m, server}, nil
	},
	InDoubt: func(err error) bool { return grid.OutcomeOf(err) == grid.MayHaveRun },
}

type gridRestartNode struct {
	m      *grid.Manager
	server *http.Server
}

func (n gridRestartNode) To(name string) Client {
	return readyGrid{gridClient{echo.NewEchoClient(n.m.Connection(name))}, n.m}
}

func (n gridRestartNode) Stop(ctx context.Context) error {
	return errors.Join(n.m.Shutdown(ctx), n.server.Close())
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
	Serve: serveGRPCAgain,
	Dial: func(address string) (Client, error) {
		c, err := dialGRPCAgain(address)
		if err != nil {
			return nil, err
		}
		return c, nil
	},
	Node: func(_ string, others map[string]string, ln net.Listener) (RestartNode, error) {
		n := grpcRestartNode{clients: make(map[string]grpcClient)}
		for name, address := range others {
			c, err := dialGRPCAgain(address)
			if err != nil {
				n.close()
				return nil, err
			}
			n.clients[name] = c
		}
		stop, err := serveGRPCAgain(ln)
		n.stop = stop
		return n, err
	},
	InDoubt: func(error) bool { return true },
}

func serveGRPCAgain(ln net.Listener) (func(context.Context) error, error) {
	s := grpc.NewServer()
	pbgrpc.RegisterEchoServer(s, grpcServer{})
	go s.Serve(ln)
	return func(ctx context.Context) error {
		defer context.AfterFunc(ctx, s.Stop)()
		s.GracefulStop()
		return ctx.Err()
	}, nil
}

func dialGRPCAgain(address string) (grpcClient, error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: grpcBackoff, MinConnectTimeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		return grpcClient{}, err
	}
	return grpcClient{conn, pbgrpc.NewEchoClient(conn)}, nil
}

type grpcRestartNode struct {
	clients map[string]grpcClient
	stop    func(context.Context) error
}

func (n grpcRestartNode) To(name string) Client { return n.clients[name] }

func (n grpcRestartNode) Stop(ctx context.Context) error {
	defer n.close()
	return n.stop(ctx)
}

func (n grpcRestartNode) close() {
	for _, c := range n.clients {
		c.Close()
	}
}
