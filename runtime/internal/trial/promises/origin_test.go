package promises_test

import (
	"context"
	"net"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// origins are the known mistakes of the system that this one takes the place
// of, and the tests that keep them from coming back. TestTablesNameTests checks
// that these exist.
var origins = []struct {
	mistake string
	tests   []string
}{
	{"ids restart at 1 after a restart, and a late answer reaches another call",
		[]string{"TestOriginLateAnswerNeverReachesAnotherCall", "TestOriginLateAnswerOfAnotherSessionIsDropped"}},
	{"streams end as if complete when a peer redials over a half-open socket",
		[]string{"TestOriginRedialOverHalfOpenSocketEndsStreamsWithAnError"}},
	{"requests queued before a loss run after it", []string{"TestOriginNothingQueuedCrossesIntoTheNextSession"}},
	{"cancel looks like the end of the input", []string{"TestOriginCancelNeverLooksLikeEndOfInput"}},
	{"what cannot be decoded is logged and delivered", []string{"TestOriginWhatCannotBeDecodedIsNotDelivered"}},
	{"GetCaller is nil under a subroute", []string{"TestOriginGetCallerUnderSubroute"}},
	{"errors by value and by pointer break errors.Is", []string{"TestOriginDeclaredErrorsAreFoundByErrorsAs"}},
	{"typed senders block for ever once the stream has ended",
		[]string{"TestOriginChannelSendersNeverBlockAfterTheEnd", "TestOriginSendReturnsAfterTheStreamEnded"}},
	{"a panicking stream handler leaks a goroutine", []string{"TestOriginPanicsAreFenced"}},
	{"the reader waits for the writer's queue, and a reconnection deadlocks",
		[]string{"TestOriginFloodInBothDirectionsDoesNotDeadlock", "TestOriginReconnectionInAFloodDoesNotDeadlock"}},
	{"1.5 MiB of queue for each idle peer", []string{"TestOriginIdlePeersAreCheap"}},
	{"three read calls a frame", []string{"TestOriginOneReadABatch"}},
	{"four to six goroutines a stream", []string{"TestOriginOneGoroutineAStream"}},
	{"a message of 4 MiB delays a small call by two seconds, one of 16 MiB ends the session",
		[]string{"TestOriginSmallCallsBesideLargeOnesOnASlowLink"}},
	{"authentication by a window of five minutes of the clock", []string{"TestP11ClocksDecadesApart"}},
	{"the text of a panic is sent to the peer", []string{"TestOriginPanicsAreFenced"}},
	{"streams move one message in a round trip", []string{"TestOriginManyMessagesInARoundTrip"}},
}

// Known mistake of the origin: a connection that was lost in a flood never came
// back, because the old reader waited for the old writer. Both sides flood each
// other, the connection breaks again and again, and every call has its end.
func TestOriginReconnectionInAFloodDoesNotDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := gridtest.New(t, gridtest.Options{
			Nodes: []string{"a", "b"}, Link: gridtest.Link{Bandwidth: 20 << 20, Latency: time.Millisecond},
			Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) },
		})
		connected := func() {
			if err := m.WaitConnected(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		connected()
		there, back := m.Connection("a", "b"), m.Connection("b", "a")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for _, c := range []*grid.Connection{there, back} {
			for range 32 {
				all.Go(func() {
					for ctx.Err() == nil {
						c.Request(grid.WaitForReady(ctx), trial.IdCall, make([]byte, 100<<10))
					}
				})
			}
		}
		for range 5 {
			time.Sleep(500 * time.Millisecond)
			m.Cut("a", "b")
			time.Sleep(100 * time.Millisecond)
			m.HealAll()
			connected()
		}
		if n := there.State().Session; n < 6 {
			t.Errorf("there were %d sessions only", n)
		}
		cancel()
		ended := make(chan struct{})
		go func() {
			all.Wait()
			close(ended)
		}()
		trial.Await(t, "the end of the calls", ended)
		reply, err := there.Request(t.Context(), trial.IdCall, []byte("alive"))
		trial.WantReply(t, "afterwards", reply, err, "alive")
	})
}

// Known mistake of the origin: each peer cost 1.5 MiB of queue, idle or not.
// Here each has been called, and then has nothing to do.
func TestOriginIdlePeersAreCheap(t *testing.T) {
	const (
		nodes = 12
		most  = 48 << 10 // of each end, with what the simulated network, HTTP and the node itself take
	)
	synctest.Test(t, func(t *testing.T) {
		before := heapInUse()
		var names []string
		for i := range nodes {
			names = append(names, string(rune('a'+i)))
		}
		m := gridtest.New(t, gridtest.Options{Nodes: names, Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) }})
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, from := range names {
			for _, to := range names {
				if reply, err := m.Connection(from, to).Request(t.Context(), trial.IdCall, make([]byte, 4<<10)); err != nil || len(reply) != 4<<10 {
					t.Fatal(from, to, err)
				}
			}
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		ends := nodes * (nodes - 1)
		if each := (heapInUse() - before) / ends; each > most {
			t.Errorf("each end of an idle session costs %d KiB", each>>10)
		} else {
			t.Logf("each end of an idle session costs %.1f KiB", float64(each)/1024)
		}
	})
}

func heapInUse() int {
	goruntime.GC()
	goruntime.GC()
	var now goruntime.MemStats
	goruntime.ReadMemStats(&now)
	return int(now.HeapAlloc)
}

// countedConn counts what is read from a connection.
type countedConn struct {
	net.Conn
	reads *atomic.Int64
}

func (c countedConn) Read(b []byte) (int, error) {
	c.reads.Add(1)
	return c.Conn.Read(b)
}

// Known mistake of the origin: three calls of read for each frame. One is enough
// for a whole batch.
func TestOriginOneReadABatch(t *testing.T) {
	const calls = 500
	synctest.Test(t, func(t *testing.T) {
		r := trial.Role{Caller: "b", Server: "a"} // the caller dials
		var reads atomic.Int64
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(w *trial.World, name string, o *grid.Options) {
			dial := o.Dial
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				c, err := dial(ctx, address)
				return countedConn{c, &reads}, err
			}
		}})
		reads.Store(0)
		before := w.Conn.Stats().BatchesReceived
		for range calls {
			reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("a frame"))
			trial.WantReply(t, "call", reply, err, "a frame")
		}
		batches := w.Conn.Stats().BatchesReceived - before
		if n := reads.Load(); n < calls/2 || n > int64(batches)+5 {
			t.Errorf("%d batches took %d reads", batches, n)
		}
	})
}

// Known mistake of the origin: four to six goroutines for each stream. Only the
// handler's is left, and only while it runs.
func TestOriginOneGoroutineAStream(t *testing.T) {
	const streams = 200
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 4, trial.EchoBack)})
		trial.Settle()
		before := goruntime.NumGoroutine()
		for range streams {
			st := trial.OpenStream(t, w, "")
			defer st.Close()
			if err := st.Send(trial.Message("x")); err != nil {
				t.Fatal(err)
			}
			if _, err := st.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		trial.Settle()
		if n := goruntime.NumGoroutine() - before; n > streams+2 {
			t.Errorf("%d streams take %d goroutines", streams, n)
		}
	})
}
