package promgrid

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// What one end has sent the other has received, and both observers say so.
func TestObserverCountsBytesAndMessages(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, watched map[string]*Observer) {
		work(t, m.Connection("a", "b"))
		time.Sleep(time.Second)
		a, b := gather(t, watched["a"]), gather(t, watched["b"])
		wantValue(t, a, "grid_client_sent_bytes_total", "handler=7", 300)
		wantValue(t, a, "grid_client_received_bytes_total", "handler=7", 300)
		wantValue(t, b, "grid_server_received_bytes_total", "handler=7", 300)
		wantValue(t, b, "grid_server_sent_bytes_total", "handler=7", 300)
		wantValue(t, a, "grid_client_stream_messages_sent_total", "handler=9", 5)
		wantValue(t, a, "grid_client_stream_messages_received_total", "handler=9", 5)
		wantValue(t, b, "grid_server_stream_messages_received_total", "handler=9", 5)
		wantValue(t, b, "grid_server_stream_messages_sent_total", "handler=9", 5)
		wantValue(t, b, "grid_server_queued_seconds", "handler=7", 3)
		wantValue(t, a, "grid_client_retries_total", "handler=7", 0)
	})
}

// A session that is lost is counted by why, and a call that waits for the next one is a retry.
func TestObserverCountsEndedSessionsAndRetries(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, watched map[string]*Observer) {
		b := m.Node("b")
		if err := b.Manager().Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.Crash("b")
		m.Restart("b")
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		sum := 0.0
		for _, f := range gather(t, watched["a"])["grid_sessions_ended_total"].GetMetric() {
			sum += value(f)
		}
		if sum != 1 {
			t.Errorf("%v sessions of a have ended, of one", sum)
		}
	})
	x := NewObserver(Options{})
	x.End(t.Context(), &grid.CallInfo{Name: "s.S.M"}, grid.CallEnd{Attempts: 3})
	x.End(t.Context(), &grid.CallInfo{Name: "s.S.M"}, grid.CallEnd{Attempts: 0})
	x.End(t.Context(), &grid.CallInfo{Name: "s.S.M", Server: true}, grid.CallEnd{Attempts: 0}) // refused: it did not begin
	wantValue(t, gather(t, x), "grid_client_retries_total", "handler=s.S.M", 2)
	wantValue(t, gather(t, x), "grid_server_queued_seconds", "handler=s.S.M", 0)
}

// Handlers and codes beyond the bounds are counted together, by many callers at a time,
// and none is lost.
func TestObserverIsBounded(t *testing.T) {
	x := NewObserver(Options{MaxHandlers: 4})
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for i := range 100 {
				call := &grid.CallInfo{Name: fmt.Sprintf("s.S.M%d", (i+caller)%50), Server: i%2 == 0}
				x.End(x.Begin(context.Background(), call), call, grid.CallEnd{BytesSent: 1, Attempts: 1})
				x.Session(grid.SessionEvent{Change: grid.SessionDown, Code: grid.Code(fmt.Sprintf("code%d", i))})
				x.Session(grid.SessionEvent{Change: grid.SessionUp})
			}
		})
	}
	callers.Wait()
	all := gather(t, x)
	for name, most := range map[string]int{"grid_client_sent_bytes_total": 5, "grid_server_sent_bytes_total": 5, "grid_sessions_ended_total": maxEnds + 1} {
		sum := 0.0
		for _, m := range all[name].Metric {
			sum += value(m)
		}
		want := 400.0
		if name == "grid_sessions_ended_total" {
			want = 800
		}
		if n := len(all[name].Metric); n != most || sum != want {
			t.Errorf("%s: %d series, want %d; %v in all, want %v", name, n, most, sum, want)
		}
	}
}

// BenchmarkObserver is what one call costs an Observer that has seen its handler.
func BenchmarkObserver(b *testing.B) {
	x := NewObserver(Options{})
	for i := range 100 {
		x.of(callee{true, grid.HandlerID(i), ""})
	}
	call := &grid.CallInfo{ID: 7, Server: true}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			x.End(x.Begin(context.Background(), call), call, grid.CallEnd{BytesSent: 512, BytesReceived: 512, Attempts: 1})
		}
	})
}
