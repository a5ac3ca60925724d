package observe_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// nothing is an observer that does nothing.
type nothing struct{}

func (nothing) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }
func (nothing) End(context.Context, *grid.CallInfo, grid.CallEnd)           {}
func (nothing) Session(grid.SessionEvent)                                   {}

// BenchmarkObserver is a call of 512 bytes over TCP, with an observer that does nothing at
// both ends, and without: in turn, in rounds of some 50 ms, so that what else the machine
// does hits both alike. It reports the time of a call with it, and the median of what the
// rounds say of with by without.
func BenchmarkObserver(b *testing.B) {
	without, with := tcpPair(b, nil), tcpPair(b, []grid.Observer{nothing{}})
	for _, inFlight := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			calls := 50 * inFlight * 50 / (10 + inFlight) // some 50 ms
			callEach(b, inFlight, calls, without)
			callEach(b, inFlight, calls, with)
			var ratios, took []float64
			for round := 0; b.Loop(); round++ {
				var each [2]time.Duration
				for i := range each {
					at := (i + round) % 2 // who is first
					each[at] = callEach(b, inFlight, calls, []*end{without, with}[at])
				}
				ratios = append(ratios, float64(each[1])/float64(each[0]))
				took = append(took, float64(each[1])/float64(calls))
			}
			b.ReportMetric(0, "ns/op") // a round's is of no interest
			b.ReportMetric(median(took), "ns/call")
			b.ReportMetric(median(ratios), "with/without")
		})
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// end is a connection, and who has made it.
type end struct {
	*grid.Connection
	m *grid.Manager
}

// tcpPair returns the client's end of a connection to a node that echoes, over TCP.
func tcpPair(b *testing.B, list []grid.Observer) *end {
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
	return &end{c, m}
}

// callEach makes so many calls from n goroutines, and returns how long that took.
func callEach(b *testing.B, n, total int, e *end) time.Duration {
	payload := make([]byte, 512)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range n {
		calls := total / n
		if i < total%n {
			calls++
		}
		wg.Go(func() {
			for range calls {
				reply, err := e.Request(context.Background(), idCall, payload)
				if err != nil {
					b.Error(err)
					return
				}
				e.m.PutByteBuffer(reply)
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}
