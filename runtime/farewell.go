package grid

import (
	"context"
	"runtime"
	"time"

	"github.com/gobwas/ws"
)

// lingering is how long a node that shuts down waits for its peers to close
// their ends.
const lingering = time.Second

// farewell ends drained sessions without losing what their peers have not read
// yet. A socket that is closed while the peer is writing is reset, and the reset
// overtakes the last answers. So the peer is sent a close frame, which it reads
// after them, and closes the socket itself; only where that takes too long does
// this end.
func farewell(ctx context.Context, sessions []*session, reason *Error) {
	ctx, cancel := context.WithTimeout(ctx, lingering)
	defer cancel()
	for _, s := range sessions {
		s.goodbye.Store(reason)
		s.m.goroutines.Go(func() { s.out.sayGoodbye(closeNormal, reason.Message) })
	}
	for _, s := range sessions {
		select {
		case <-s.ended:
		case <-ctx.Done():
			return
		}
	}
}

// sayGoodbye writes a close frame as the last thing that is ever written, unless
// somebody is writing still. It may block until the session ends.
func (w *writer) sayGoodbye(code ws.StatusCode, reason string) {
	w.mu.Lock()
	if w.closed || w.flushing {
		w.mu.Unlock()
		return
	}
	w.closed, w.flushing = true, true
	w.idleLocked()
	w.wakeLocked()
	w.mu.Unlock()
	_, _ = w.s.raw.Write(w.ws.closeFrame(code, reason)) // the peer may be gone: nothing depends on it
}

// awaitFarewell waits for the end of a session that is there but takes nothing
// more, because this node is saying goodbye.
func (c *Connection) awaitFarewell(ctx context.Context) {
	s := c.live.Load()
	if s == nil || !s.out.isClosed() {
		return
	}
	select {
	case <-s.ended:
		runtime.Gosched() // it is on its way out of live
	case <-ctx.Done():
	}
}

func (w *writer) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}
