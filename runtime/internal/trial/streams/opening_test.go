package streams_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// fullLane is a world whose server is stalled and whose caller has so much to
// send on the normal lane that whoever comes now waits for room. The calls end
// with the context.
func fullLane(ctx context.Context, t *testing.T, r trial.Role, register func(*grid.Manager) error) (w *trial.World, calls []<-chan trial.Result) {
	t.Helper()
	w = r.World(t, trial.Setup{Configure: allNodes(func(l *grid.Limits) { l.SendQueue = 192 << 10 }), Register: func(m *grid.Manager) error {
		trial.RegisterEcho(m)
		return register(m)
	}})
	w.Stall(r.Server)
	for range 30 {
		calls = append(calls, trial.Begin(ctx, w.Conn, trial.IdCall, make([]byte, 48<<10)))
	}
	synctest.Wait()
	return w, calls
}

// opened is a stream that is opened in a goroutine of its own.
type opened struct {
	st    *grid.Duplex[*grid.Bytes, *grid.Bytes]
	err   error
	after time.Duration
}

func open(ctx context.Context, c *grid.Connection, h *grid.StreamingHandler[*grid.Bytes, *grid.Bytes, *grid.Bytes]) <-chan opened {
	out := make(chan opened, 1)
	start := time.Now()
	go func() {
		st, err := h.Open(ctx, c, trial.Message("x"))
		out <- opened{st, err, time.Since(start)}
	}()
	return out
}

// Opening a stream waits for room in the send queue, until its context ends: then
// the peer never heard of it. Other lanes have their own room, and nobody there
// waits. Once the peer reads again, who still waits is served.
func TestOpeningAStreamWaitsForRoom(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		started := make(chan string, 8)
		serve := func(ctx context.Context, payload string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			started <- payload
			return trial.EchoBack(ctx, payload, in, out)
		}
		w, calls := fullLane(t.Context(), t, r, trial.TypedStream(4, 4, serve))
		limited, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		given, giveUp := context.WithCancel(t.Context())
		normal := trial.BytesStream(4, 4)
		late, up, patient := open(limited, w.Conn, normal), open(given, w.Conn, normal), open(t.Context(), w.Conn, normal)
		time.Sleep(time.Second)
		giveUp()
		res := trial.Await(t, "a stream that is given up", up)
		trial.WantError(t, "a stream that is given up", res.err, grid.ErrCanceled, grid.NotSent)
		if res.after != time.Second {
			t.Errorf("it ended after %v", res.after)
		}
		for what, p := range map[string]grid.Priority{"high": grid.PriorityHigh, "low": grid.PriorityLow} {
			h := grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(4, 4), grid.WithPriority(p))
			if res := trial.Await(t, what, open(t.Context(), w.Conn, h)); res.err != nil || res.after != 0 {
				t.Errorf("on the %s lane: %v after %v", what, res.err, res.after)
			}
		}
		res = trial.Await(t, "a stream past its deadline", late)
		trial.WantError(t, "a stream past its deadline", res.err, grid.ErrDeadlineExceeded, grid.NotSent)
		if res.after != 2*time.Second {
			t.Errorf("it ended after %v", res.after)
		}
		if len(patient) != 0 || len(started) != 0 {
			t.Error("a stream found room where there is none")
		}

		w.Resume(r.Server)
		if res := trial.Await(t, "a stream that waited", patient); res.err != nil {
			t.Errorf("a stream that waited: %v", res.err)
		}
		for _, call := range calls {
			if res := trial.Await(t, "call", call); res.Err != nil {
				t.Errorf("a call that waited: %v", res.Err)
			}
		}
		trial.Settle()
		if n := len(started); n != 3 {
			t.Errorf("%d handlers ran, 3 streams were opened", n)
		}
		if s := w.Conn.Stats(); s.StreamsOpen != 3 || s.QueuedBytes != 0 {
			t.Errorf("%d streams, %d bytes queued", s.StreamsOpen, s.QueuedBytes)
		}
	})
}

// A session that ends while streams wait for room takes them with it, not sent.
func TestALossEndsTheWaitForRoom(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w, _ := fullLane(t.Context(), t, r, trial.TypedStream(4, 4, trial.EchoBack))
		waiting := open(t.Context(), w.Conn, trial.BytesStream(4, 4))
		synctest.Wait()
		w.Cut(r.Caller, r.Server)
		trial.WantError(t, "stream", trial.Await(t, "stream", waiting).err, grid.ErrDisconnected, grid.NotSent)
	})
}

// Streams that are given up while they are opened leave nothing in the queue,
// whenever that happens.
func TestStreamsGivenUpWhileTheyOpen(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 4, trial.EchoBack)})
		var canceled sync.WaitGroup
		for i := range 2000 {
			ctx, cancel := context.WithCancel(t.Context())
			canceled.Go(func() {
				for range i % 500 { // a moment, not always the same
				}
				cancel()
			})
			if _, err := trial.BytesStream(4, 4).Open(ctx, w.Conn, trial.Message("x")); err != nil {
				trial.WantError(t, "stream", err, grid.ErrCanceled, grid.OutcomeOf(err))
			}
		}
		canceled.Wait()
		trial.Settle()
		if s := w.Conn.Stats(); s.StreamsOpen != 0 || s.QueuedBytes != 0 {
			t.Errorf("%d streams are open, %d bytes are queued", s.StreamsOpen, s.QueuedBytes)
		}
	})
}
