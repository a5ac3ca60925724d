package grid

import (
	"runtime"
)

// callerRounds is how many batches a caller writes before it hands the role on:
// more would make one caller work for everybody else.
const callerRounds = 2

// writeBuffer holds a full batch: a batch is closed once it has chunkSize bytes,
// and the frame that closes it may bring maxPayload more, and its header.
const writeBuffer = chunkSize + maxPayload + 64

// flush is called with mu held and returns without it. If nobody is writing it
// takes the flusher's role: for itself, if caller says that the goroutine is
// about to wait and the socket can be written without blocking, else for a
// goroutine of its own.
func (w *writer) flush(caller bool) { w.flushAs(caller, false) }

// flushAs is flush. crowded says that other callers are about to add their requests:
// then one turn of the scheduler turns many small writes into one.
func (w *writer) flushAs(caller, crowded bool) {
	if w.flushing || w.closed || !w.pendingLocked() {
		w.mu.Unlock()
		return
	}
	w.flushing = true
	w.mu.Unlock()
	if caller && w.try != nil {
		if crowded {
			runtime.Gosched()
		}
		w.flushAsCaller()
		return
	}
	w.m.goroutines.Go(w.flushLoop)
}

// flushAsCaller writes what there is, without ever blocking. Measured with calls of
// 512 B: 26 µs instead of 33 for one alone, 3.9 instead of 7.0 with 16 in flight
// (BenchmarkCallerFlush).
func (w *writer) flushAsCaller() {
	buf := w.m.buffers.get(writeBuffer)
	for round := 0; ; round++ {
		b := w.batch(buf)
		if b == nil {
			w.m.buffers.put(buf)
			return
		}
		n, err := w.try.TryWrite(b)
		switch {
		case err != nil:
			w.lost(err)
			return
		case n < len(b):
			rest := b[n:]
			w.m.goroutines.Go(func() { w.finish(rest) })
			return
		case round+1 == callerRounds:
			w.m.buffers.put(buf)
			w.m.goroutines.Go(w.flushLoop)
			return
		}
	}
}

// finish writes the rest of a batch that the socket did not take at once.
func (w *writer) finish(rest []byte) {
	if w.write(rest) {
		w.flushLoop()
	}
}

// flushLoop writes batches until there are none, then gives up the role. Of the
// places that write, it alone may block.
func (w *writer) flushLoop() {
	buf := w.m.buffers.get(writeBuffer)
	for {
		b := w.batch(buf)
		if b == nil {
			w.m.buffers.put(buf)
			return
		}
		if !w.write(b) {
			return
		}
	}
}

// writeSlice is what the socket must take within Limits.WriteStall where it has
// no room for more. It bounds how slow a link may be, not the size of a batch: a
// slow link lives as long as bytes move. It is a TLS record, too.
const writeSlice = 16 << 10

// write blocks until b is out. Progress is watched by the Manager's clock,
// which costs nothing here; see checkLive.
func (w *writer) write(b []byte) bool {
	defer w.writingSince.Store(0)
	for len(b) > 0 {
		w.writingSince.Store(w.m.clock.now())
		n, err := w.writeSome(b)
		if err != nil {
			w.lost(err)
			return false
		}
		b = b[n:]
	}
	return true
}

// writeSome writes all that the socket takes at once, or else waits until it has
// taken one slice.
func (w *writer) writeSome(b []byte) (int, error) {
	if w.try != nil {
		if n, err := w.try.TryWrite(b); n > 0 || err != nil {
			return n, err
		}
	}
	return w.raw.Write(b[:min(len(b), writeSlice)])
}
