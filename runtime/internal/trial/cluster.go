package trial

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Cluster starts n nodes on loopback that know each other: node0, node1 … They end with
// the test.
func Cluster(t testing.TB, n int, change func(o *grid.Options)) []*grid.Manager {
	t.Helper()
	nodes, listeners, peers := make([]*grid.Manager, n), make([]net.Listener, n), make([]grid.Peer, n)
	for i := range nodes {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners[i], peers[i] = ln, grid.Peer{Name: fmt.Sprintf("node%d", i), Address: ln.Addr().String()}
	}
	for i := range nodes {
		o := grid.Options{Name: peers[i].Name, Peers: peers, Auth: grid.SharedKey(TestKey), Logger: slog.New(slog.DiscardHandler)}
		if change != nil {
			change(&o)
		}
		m, err := grid.NewManager(o)
		if err != nil {
			t.Fatal(err)
		}
		nodes[i] = m
		serveUntilTheEnd(t, m, listeners[i])
	}
	return nodes
}

// serveUntilTheEnd accepts the peers of a node until the test is over.
func serveUntilTheEnd(t testing.TB, m *grid.Manager, ln net.Listener) {
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	srv := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		m.Shutdown(ctx)
		srv.Close()
		<-done
	})
}
