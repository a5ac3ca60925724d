package grid

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/gobwas/ws"
)

// lingering is how long the end that closes a session waits for the other to
// close the socket.
const lingering = time.Second

// leftover is how much it reads meanwhile: about what the sockets hold of a peer
// that stops when it is told. A flood is not listened to.
const leftover = 4 << 20

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

// lastWords are the close frame that a session ends with.
type lastWords struct {
	code   ws.StatusCode
	reason string
}

// close lets nothing more be queued and says why, without waiting. It reports
// false if the close frame has yet to go out: whoever writes does that, after
// the batch under way.
func (w *writer) close(code ws.StatusCode, reason string) (said bool) {
	mine := w.closeWith(code, reason)
	switch {
	case mine && w.try != nil:
		_, _ = w.try.TryWrite(w.lastBatch()) // the peer may be gone: nothing depends on it
		return true
	case code == ws.StatusGoingAway:
		return true // who is gone or dead is not told
	case mine:
		w.m.goroutines.Go(w.flushLoop)
	}
	return false
}

// closeWith notes the last words, unless there are some, and takes the flusher's
// role for good. It reports false if somebody has it already.
func (w *writer) closeWith(code ws.StatusCode, reason string) (mine bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.last = &lastWords{code, reason}
	}
	mine = !w.flushing
	w.closed, w.flushing = true, true
	w.idleLocked()
	w.wakeLocked()
	return mine
}

// lastBatch is batch for a writer that is closed: the close frame, then nothing.
// The role is not given up, for nothing more is to be written.
func (w *writer) lastBatch() []byte {
	w.mu.Lock()
	last := w.last
	w.last = nil
	w.mu.Unlock()
	if last == nil {
		return nil
	}
	return w.ws.closeFrame(last.code, last.reason)
}

// linger closes the socket once the peer has closed its end, or cannot be told.
// What it sends meanwhile is read and dropped: a socket that is closed
// over unread bytes is reset, and the reset overtakes the close frame.
func (s *session) linger() {
	ctx, cancel := context.WithTimeout(s.m.closing, lingering)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { s.raw.Close() })
	defer stop()
	for {
		_, err := io.CopyN(io.Discard, s.raw, leftover)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		// The deadline is to wake a caller who reads for himself, see interrupt.
		if !s.calls.vacancy.awaitLeave(ctx) || s.raw.SetReadDeadline(time.Time{}) != nil {
			break
		}
	}
	s.raw.Close()
}

// sayGoodbye writes a close frame as the last thing that is ever written, or
// leaves it to who is writing. It may block until the session ends.
func (w *writer) sayGoodbye(code ws.StatusCode, reason string) {
	if w.closeWith(code, reason) {
		w.flushLoop()
	}
}
