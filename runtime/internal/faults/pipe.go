package faults

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// segment is what one read brought: bytes, or the end of them.
type segment struct {
	bytes []byte
	end   error // io.EOF, or why reading failed
	came  time.Time
}

// The pipe holds at most this much: what a link has in flight.
const (
	segmentSize = 16 << 10
	inFlight    = 64
)

// pipe moves the bytes of one direction. One goroutine reads, one writes.
type pipe struct {
	p        *Proxy
	pair     *pair
	d        Direction
	from, to *net.TCPConn
	queue    chan segment
	lost     atomic.Bool // bytes are missing: nothing may come after them
}

func newPipe(p *Proxy, x *pair, d Direction, from, to *net.TCPConn) *pipe {
	return &pipe{p: p, pair: x, d: d, from: from, to: to, queue: make(chan segment, inFlight)}
}

// read queues what comes. Once the pair is over it only waits for the end.
func (x *pipe) read() {
	defer close(x.queue)
	for {
		b := make([]byte, segmentSize)
		n, err := x.from.Read(b)
		s := segment{b[:n], err, time.Now()}
		select {
		case x.queue <- s:
		case <-x.pair.over:
		}
		if err != nil {
			return
		}
	}
}

// write delivers what was queued, as the weather allows.
func (x *pipe) write() {
	for s := range x.queue {
		if !x.arrive(s) {
			x.lost.Store(true)
			continue // as if nobody had sent it
		}
		if len(s.bytes) > 0 && !x.deliver(s.bytes) {
			x.vanished()
			return
		}
		if s.end != nil {
			x.ended(s.end)
		}
	}
}

// arrive waits until a segment is due, and reports whether it arrives at all.
func (x *pipe) arrive(s segment) bool {
	for {
		w, changed := x.p.now(x.d)
		var due <-chan time.Time
		switch wait := time.Until(s.came.Add(w.Delay)); {
		case x.pair.isCut.Load() || x.lost.Load() || w.Swallow:
			return false
		case w.Hold: // until the weather changes
		case w.Delay == 0 || wait <= 0:
			return true
		default:
			due = time.After(wait)
		}
		select {
		case <-due:
		case <-changed:
		case <-x.pair.over:
		}
	}
}

// deliver writes b at the rate of the day. It reports false when the receiver is
// gone.
func (x *pipe) deliver(b []byte) bool {
	for len(b) > 0 {
		w, _ := x.p.now(x.d)
		n := len(b)
		if w.Rate > 0 {
			n = min(n, max(1, w.Rate/50))
		}
		if _, err := x.to.Write(b[:n]); err != nil {
			return false
		}
		b = b[n:]
		if w.Rate > 0 {
			x.pause(time.Duration(n) * time.Second / time.Duration(w.Rate))
		}
	}
	return true
}

func (x *pipe) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-x.pair.over:
	}
}

// ended tells the receiver how its sender ended.
func (x *pipe) ended(err error) {
	if err == io.EOF {
		_ = x.to.CloseWrite() // it may be gone
		return
	}
	reset(x.to)
}

// vanished looks after the sender of a receiver that is gone: it is reset, unless
// the network keeps that from it.
func (x *pipe) vanished() {
	w, _ := x.p.now(1 - x.d)
	if !x.pair.isCut.Load() && !w.Swallow && !w.Hold && !x.pair.other(x.d).lost.Load() {
		reset(x.from)
	}
	for range x.queue { // the sender writes on until it finds out by itself
	}
}
