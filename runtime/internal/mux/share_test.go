package mux_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// flight counts the bytes that one end has written and the other has not read, and keeps the most
// that there were.
type flight struct{ now, most atomic.Int64 }

// during returns the most bytes that are in flight within the next d.
func (f *flight) during(d time.Duration) int64 {
	f.most.Store(0)
	time.Sleep(d)
	return f.most.Load()
}

// sendingEnd and readingEnd are the two ends of a socket whose bytes in one direction are counted.
type (
	sendingEnd struct {
		net.Conn
		f *flight
	}
	readingEnd struct {
		net.Conn
		f *flight
	}
)

func (c sendingEnd) Write(b []byte) (int, error) {
	n := c.f.now.Add(int64(len(b))) // before: they may be read before Write returns
	if n > c.f.most.Load() {
		c.f.most.Store(n) // the session's flusher is the only one that writes
	}
	return c.Conn.Write(b)
}

func (c readingEnd) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.f.now.Add(-int64(n))
	return n, err
}

// atRate has bytes arrive one after the other, so many in a time.
func atRate(size int, d time.Duration) memconn.Arrival {
	var free time.Time
	return func(now time.Time, n int) time.Time {
		if now.After(free) {
			free = now
		}
		free = free.Add(time.Duration(n) * d / time.Duration(size))
		return free
	}
}

const (
	shareWindow = 512 << 10
	leastShare  = 2 * wire.ChunkSize
	around      = 4 << 10 // frames and batches around the chunks, and the small calls
)

// sharedLink is a pair whose link carries a chunk in a time. One end makes large calls, until done is called.
func sharedLink(t *testing.T, chunk time.Duration) (p *pair, f *flight, got *atomic.Int64, done func()) {
	t.Helper()
	near, far := newEnd(t), newEnd(t)
	far.node.Limits.BulkWindow, far.node.Limits.BulkWindowMax = shareWindow, shareWindow
	near.node.Limits.BulkWindow = shareWindow // what the two have agreed on
	f, got = new(flight), new(atomic.Int64)
	far.add(t, &handlers.Handler{ID: 2, Single: func(_ context.Context, hc *handlers.Context, payload []byte) ([]byte, error) {
		got.Add(int64(len(payload)))
		return nil, hc.Begin()
	}})
	a, b := memconn.Pair(memconn.Options{Buffer: 4 << 20, AToB: atRate(wire.ChunkSize, chunk)})
	p = pairOver(t, near, far, sendingEnd{a, f}, readingEnd{b, f})
	ctx, cancel := context.WithCancel(t.Context())
	body := make([]byte, 4<<20)
	for range 2 { // so that one waits for its grant while the other sends
		go p.callUntil(ctx, 1, body)
	}
	return p, f, got, func() {
		cancel()
		synctest.Wait()
		near.close()
		far.close()
	}
}

// smallCalls makes small calls until stop is called.
func (p *pair) smallCalls(t *testing.T) (stop func()) {
	ctx, stop := context.WithCancel(t.Context())
	for range 4 {
		go p.callUntil(ctx, 0, make([]byte, 64))
	}
	return stop
}

// Large calls alone have the whole window of the receiver in flight. Beside small calls it is no more than
// the least share and a chunk, and large calls go on. When the small ones stop it is the window again.
func TestShareOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, got, done := sharedLink(t, time.Millisecond)
		alone := func(when string) {
			time.Sleep(100 * time.Millisecond)
			if n := f.during(200 * time.Millisecond); n < shareWindow || n > shareWindow+around {
				t.Errorf("%s, %d bytes are in flight, and the window has %d", when, n, shareWindow)
			}
		}
		alone("alone")
		stop := p.smallCalls(t)
		time.Sleep(100 * time.Millisecond)
		before := got.Load()
		if n := f.during(200 * time.Millisecond); n > leastShare+wire.ChunkSize+around {
			t.Errorf("beside small calls %d bytes are in flight", n)
		}
		if n := got.Load() - before; n < 8<<20 {
			t.Errorf("beside small calls %d bytes came in 200 ms, of 12.5 MiB that the link carries", n)
		}
		stop()
		alone("after the small calls")
		done()
	})
}

// Beside small calls, more is in flight on a faster link: as much as passes in 90 µs, and a chunk at most.
func TestShareOfAFastLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, _, done := sharedLink(t, 15*time.Microsecond)
		stop := p.smallCalls(t)
		time.Sleep(100 * time.Millisecond)
		if n := f.during(100 * time.Millisecond); n < leastShare+2*wire.ChunkSize || n > 8*wire.ChunkSize+around {
			t.Errorf("beside small calls %d bytes are in flight", n)
		}
		stop()
		done()
	})
}

// A receiver on a slow link, which returns room four times a second, is not taken for one that waits for more, even
// if the node looks at its sessions more often for the sake of others.
func TestShareOfASlowLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f, _, done := sharedLink(t, 250*time.Millisecond)
		p.near.node.Clock.CheckEvery(100 * time.Millisecond)
		stop := p.smallCalls(t)
		time.Sleep(10 * time.Second)
		if n := f.during(10 * time.Second); n > leastShare+wire.ChunkSize+around {
			t.Errorf("beside small calls %d bytes are in flight", n)
		}
		stop()
		done()
	})
}

// callUntil makes calls of a route, one after the other, until ctx ends.
func (p *pair) callUntil(ctx context.Context, route uint64, payload []byte) {
	for ctx.Err() == nil {
		o := calls.Options{}
		if err := o.Limit(ctx, &p.near.node, p.near.node.Limits.CallTimeout); err != nil {
			return
		}
		reply, err := p.s.Calls.Request(ctx, route, &o, payload)
		if err != nil {
			return
		}
		p.near.node.Buffers.Put(reply)
	}
}
