package observe_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// nothing is an observer that does nothing.
type nothing struct{}

func (nothing) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }
func (nothing) End(context.Context, *grid.CallInfo, grid.CallEnd)           {}
func (nothing) Session(grid.SessionEvent)                                   {}

// BenchmarkObserver is a call of 512 bytes over TCP, without observers and with one that
// does nothing at both ends.
func BenchmarkObserver(b *testing.B) {
	for name, list := range map[string][]grid.Observer{"without": nil, "with": {nothing{}}} {
		b.Run(name, func(b *testing.B) {
			c, m := tcpPair(b, list)
			for _, inFlight := range []int{1, 16, 256} {
				b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
					b.ReportAllocs()
					callEach(b, inFlight, c, m)
				})
			}
		})
	}
}

// tcpPair returns a connection to a node that echoes, over TCP, and who has made it.
func tcpPair(b *testing.B, list []grid.Observer) (*grid.Connection, *grid.Manager) {
	b.Helper()
	options := grid.Options{Auth: grid.InsecureNoAuth(), Observers: list, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	server := options
	server.Name, server.Peers = "server", []grid.Peer{{Name: "client"}}
	server.Register = func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }
	s, err := grid.NewManager(server)
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	client := options
	client.Name, client.Peers = "client", []grid.Peer{{Name: "server", Address: strings.TrimPrefix(web.URL, "http://"), Dial: true}}
	m, err := grid.NewManager(client)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = m.Shutdown(context.Background())
		_ = s.Shutdown(context.Background())
		web.Close()
	})
	c := m.Connection("server")
	if err := c.WaitConnected(b.Context()); err != nil {
		b.Fatal(err)
	}
	return c, m
}

// callEach makes b.N calls from n goroutines.
func callEach(b *testing.B, n int, c *grid.Connection, m *grid.Manager) {
	payload := make([]byte, 512)
	var wg sync.WaitGroup
	for i := range n {
		calls := b.N / n
		if i < b.N%n {
			calls++
		}
		wg.Go(func() {
			for range calls {
				reply, err := c.Request(context.Background(), idCall, payload)
				if err != nil {
					b.Error(err)
					return
				}
				m.PutByteBuffer(reply)
			}
		})
	}
	wg.Wait()
}
