package calls_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/poll"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// readyConn tells when it is readable and cannot write without waiting, so that
// whoever ends its session leaves the close frame to another goroutine.
type readyConn struct {
	net.Conn
	poll.ReadyReader
	*quirks
}

// quirks are what readyConns do, and have seen.
type quirks struct {
	late    atomic.Int64 // how long the next deadline in the past takes to be set
	drowsy  atomic.Int64 // how long a wait for bytes that a deadline has ended takes to return
	cleared atomic.Int64 // Unix time, when a deadline was last cleared
	closed  atomic.Int64 // Unix time, when somebody last closed one
}

func (c *readyConn) SetReadDeadline(at time.Time) error {
	switch {
	case at.Equal(time.Unix(1, 0)):
		time.Sleep(time.Duration(c.late.Swap(0)))
	case at.IsZero():
		c.cleared.Store(time.Now().UnixNano())
	}
	return c.Conn.SetReadDeadline(at)
}

func (c *readyConn) ReadReady(get func() []byte, put func([]byte)) (int, error) {
	n, err := c.ReadyReader.ReadReady(get, put)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		time.Sleep(time.Duration(c.drowsy.Swap(0)))
	}
	return n, err
}

func (c *readyConn) Close() error {
	c.closed.Store(time.Now().UnixNano())
	return c.Conn.Close()
}

// dialedReady starts two nodes of which the dialer has readyConns, and returns its
// connection with the other.
func dialedReady(t *testing.T, fn func(ctx context.Context, p []byte) ([]byte, error)) (mesh *gridtest.Mesh, from, to string, q *quirks) {
	t.Helper()
	var dialer atomic.Value
	q = new(quirks)
	mesh = gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
		dial := o.Dial
		o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			conn, err := dial(ctx, address)
			if err != nil {
				return nil, err
			}
			dialer.Store(name)
			ready, _ := poll.For(conn)
			return &readyConn{conn, ready, q}, nil
		}
	}, Register: func(n *gridtest.Node) error {
		return trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){trial.IdCall: fn, trial.IdOther: trial.Echo}, nil)(n.Manager())
	}})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	from, to = dialer.Load().(string), "a"
	if from == "a" {
		to = "b"
	}
	return mesh, from, to, q
}

// P1: a caller that reads for itself has its outcome when the session ends, also
// while the socket stays for the peer to read why; and the peer does read it.
func TestP1CallerThatReadsWhileASocketCloses(t *testing.T) {
	for _, stalled := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			mesh, from, to, _ := dialedReady(t, func(ctx context.Context, _ []byte) ([]byte, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			c := mesh.Connection(from, to)
			trial.Warm(t, c)
			if stalled {
				mesh.Stall(to)
			}
			call := trial.Begin(t.Context(), c, trial.IdCall, nil)
			synctest.Wait()
			began := time.Now()
			mesh.Node(from).Manager().RemovePeer(to)
			res := trial.Await(t, "call", call)
			trial.WantError(t, "call", res.Err, grid.ErrDisconnected, grid.MayHaveRun)
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("stalled %v: took %v", stalled, took)
			}
			if stalled {
				return
			}
			time.Sleep(100 * time.Millisecond)
			reason := mesh.Connection(to, from).State().Reason
			if reason == nil || !strings.Contains(reason.Error(), "closed the connection: 1000") {
				t.Errorf("the other end was told %v", reason)
			}
		})
	}
}

// The socket of a session that was ended waits for the caller who reads it, not a
// moment longer, and no longer than it waits for the peer.
func TestAClosingSocketWaitsForTheCallerThatReads(t *testing.T) {
	const asleep, tooLong, closeWait = 10500 * time.Microsecond, time.Minute, time.Second
	for _, drowsy := range []time.Duration{asleep, tooLong} {
		synctest.Test(t, func(t *testing.T) {
			mesh, from, to, q := dialedReady(t, func(ctx context.Context, _ []byte) ([]byte, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			c := mesh.Connection(from, to)
			trial.Warm(t, c)
			mesh.Stall(to)
			call := trial.Begin(t.Context(), c, trial.IdCall, nil)
			synctest.Wait()
			q.drowsy.Store(int64(drowsy))
			began := time.Now()
			since := func(at *atomic.Int64) time.Duration { return time.Duration(at.Load() - began.UnixNano()) }
			mesh.Node(from).Manager().RemovePeer(to)
			time.Sleep(2 * tooLong)
			trial.WantError(t, "call", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
			if got := since(&q.cleared); drowsy == asleep && got != asleep {
				t.Errorf("the socket was read again after %v, the caller left after %v", got, asleep)
			}
			if got := since(&q.closed); got != closeWait {
				t.Errorf("a caller who left after %v: the socket was last closed after %v, want %v", drowsy, got, closeWait)
			}
		})
	}
}

// A wake-up of a caller that reads may come when somebody else reads already, and
// after that one was woken, too: the session goes on.
func TestWakeUpThatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh, from, to, q := dialedReady(t, func(_ context.Context, p []byte) ([]byte, error) {
			time.Sleep(time.Second) // whatever the caller does
			return p, nil
		})
		c := mesh.Connection(from, to)
		trial.Warm(t, c)
		q.late.Store(int64(3 * time.Second))
		for range 2 { // the first reads until its answer comes, for its wake-up is late
			ctx, cancel := context.WithCancel(t.Context())
			call := trial.Begin(ctx, c, trial.IdCall, nil)
			synctest.Wait()
			cancel()
			res := trial.Await(t, "call", call)
			trial.WantError(t, "call", res.Err, grid.ErrCanceled, grid.MayHaveRun)
			trial.Warm(t, c)
		}
		time.Sleep(5 * time.Second)
		trial.Warm(t, c)
		if n := c.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	})
}

// slowLog is a log that takes long to write, as one over a pipe that is full.
type slowLog struct{ slog.Handler }

func (slowLog) Enabled(context.Context, slog.Level) bool { return true }

func (slowLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "grid: disconnected" {
		time.Sleep(time.Second)
	}
	return nil
}

// P1: a caller that reads its own answer and finds the connection lost does not wait for the log.
func TestP1CallerThatReadsDoesNotWaitForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(_ string, o *grid.Options) {
			o.Logger = slog.New(slowLog{slog.DiscardHandler})
		}, Register: func(n *gridtest.Node) error {
			return trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				trial.IdCall: func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }, trial.IdOther: trial.Echo,
			}, nil)(n.Manager())
		}})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := mesh.Connection("a", "b")
		trial.Warm(t, c)
		call := trial.Begin(t.Context(), c, trial.IdCall, nil)
		synctest.Wait()
		began := time.Now()
		mesh.Cut("a", "b")
		res := trial.Await(t, "call", call)
		trial.WantError(t, "call", res.Err, grid.ErrDisconnected, grid.MayHaveRun)
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}
