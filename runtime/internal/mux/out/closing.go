package out

import (
	"github.com/gobwas/ws"
)

// lastFrame is the close frame that a session ends with.
type lastFrame struct {
	code   ws.StatusCode
	reason string
}

// Close lets nothing more be queued, and writes a close frame with the reason, without
// waiting. It reports false if the close frame has yet to go out: the goroutine that is
// writing sends it after the batch under way.
func (w *Writer) Close(code ws.StatusCode, reason string) (said bool) {
	mine := w.closeWith(code, reason)
	switch {
	case mine && w.Try != nil:
		_, _ = w.Try.TryWrite(w.lastBatch()) // the peer may be gone: nothing depends on it
		return true
	case code == ws.StatusGoingAway:
		return true // a peer that is gone or dead gets no close frame
	case mine:
		w.m.Goroutines.Go(w.flushLoop)
	}
	return false
}

// closeWith notes the close frame, unless there is one, and takes the flusher's
// role for good. It reports false if somebody has it already.
func (w *Writer) closeWith(code ws.StatusCode, reason string) (mine bool) {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if !w.Closed {
		w.last = &lastFrame{code, reason}
	}
	mine = !w.Flushing
	w.Closed, w.Flushing = true, true
	w.idleLocked()
	w.WakeLocked()
	return mine
}

// lastBatch is Batch for a writer that is closed: the close frame, then nothing.
// The role is not given up, for nothing more is to be written.
func (w *Writer) lastBatch() []byte {
	w.Mu.Lock()
	last := w.last
	w.last = nil
	w.Mu.Unlock()
	if last == nil {
		return nil
	}
	return w.Ws.CloseFrame(last.code, last.reason)
}

// CloseWhenWritten writes a close frame as the last thing that is ever written, or
// leaves it to who is writing. It may block until the session ends.
func (w *Writer) CloseWhenWritten(code ws.StatusCode, reason string) {
	if w.closeWith(code, reason) {
		w.flushLoop()
	}
}
