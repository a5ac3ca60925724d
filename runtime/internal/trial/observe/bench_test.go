package observe_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
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
// both ends, and without. Each round makes three connections anew, in a random order: one
// with the observer, and two without. How their reads and writes fall together differs from
// one connection to the next by more than an observer costs, so nothing can be said from two
// connections that stay: the ratio of the two that are alike says how far the other ratio
// can be trusted. Both are medians over the rounds.
func BenchmarkObserver(b *testing.B) {
	for _, inFlight := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			calls := 50 * inFlight * 20 / (10 + inFlight) // some 20 ms
			var observed, alike, took []float64
			for b.Loop() {
				each := observedRound(b, inFlight, calls)
				observed = append(observed, float64(each[2])/float64(each[0]))
				alike = append(alike, float64(each[1])/float64(each[0]))
				took = append(took, float64(each[2])/float64(calls))
			}
			b.ReportMetric(0, "ns/op") // a round's is of no interest
			b.ReportMetric(median(took), "ns/call")
			b.ReportMetric(median(observed), "with/without")
			b.ReportMetric(median(alike), "without/without")
		})
	}
}

// observedRound returns how long the calls took on three new connections, the last of them
// with an observer: the shortest of three turns each.
func observedRound(b *testing.B, inFlight, calls int) (shortest [3]time.Duration) {
	var ends [3]*end
	order := rand.Perm(len(ends))
	for _, at := range order {
		var list []grid.Observer
		if at == 2 {
			list = []grid.Observer{nothing{}}
		}
		ends[at] = tcpPair(b, list)
		defer ends[at].close()
		callEach(b, inFlight, calls, ends[at])
	}
	for turn := range 3 {
		for _, at := range order {
			took := callEach(b, inFlight, calls, ends[at])
			if turn == 0 || took < shortest[at] {
				shortest[at] = took
			}
		}
	}
	return shortest
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// end is a connection, who has made it, and what ends both of its nodes.
type end struct {
	*grid.Connection
	m     *grid.Manager
	close func()
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
	e := &end{m.Connection("server"), m, func() {
		_ = m.Shutdown(context.Background())
		_ = s.Shutdown(context.Background())
		web.Close()
	}}
	if err := e.WaitConnected(b.Context()); err != nil {
		e.close()
		b.Fatal(err)
	}
	return e
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
