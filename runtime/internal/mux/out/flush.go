package out

import (
	"runtime"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// callerRounds is how many batches a caller writes before it hands the role on:
// more would make one caller work for everybody else.
const callerRounds = 2

// WriteBuffer holds a full batch: a batch is closed once it has ChunkSize bytes,
// and the frame that closes it may bring MaxPayload more, and its header.
const WriteBuffer = wire.ChunkSize + wire.MaxPayload + 64

// Flush is called with Mu held and returns without it. If nobody is writing it
// takes the flusher's role: for itself, if caller says that the goroutine is
// about to wait and the socket can be written without blocking, else for a
// goroutine of its own.
func (w *Writer) Flush(caller bool) { w.FlushAs(caller, false) }

// FlushAs is Flush. crowded says that other callers are about to add their requests:
// then one turn of the scheduler turns many small writes into one.
func (w *Writer) FlushAs(caller, crowded bool) {
	if w.Flushing || w.Closed || !w.pendingLocked() {
		w.Mu.Unlock()
		return
	}
	w.Flushing = true
	w.Mu.Unlock()
	if caller && w.Try != nil {
		if crowded {
			runtime.Gosched()
		}
		w.flushAsCaller()
		return
	}
	w.m.Goroutines.Go(w.flushLoop)
}

// flushAsCaller writes what there is, without ever blocking. Measured with calls of
// 512 B: 26 µs instead of 33 for one alone, 3.9 instead of 7.0 with 16 in flight
// (BenchmarkCallerFlush).
func (w *Writer) flushAsCaller() {
	buf := w.m.Buffers.Get(WriteBuffer)
	for round := 0; ; round++ {
		b := w.Batch(buf)
		if b == nil {
			w.m.Buffers.Put(buf)
			return
		}
		n, err := w.Try.TryWrite(b)
		switch {
		case err != nil:
			w.Lost(err)
			return
		case n < len(b):
			rest := b[n:]
			w.m.Goroutines.Go(func() { w.finish(rest) })
			return
		case round+1 == callerRounds:
			w.m.Buffers.Put(buf)
			w.handOn()
			return
		}
	}
}

// handOn leaves the flusher's role to a goroutine if there is more to write.
func (w *Writer) handOn() {
	w.Mu.Lock()
	if w.Closed || w.pendingLocked() {
		w.Mu.Unlock()
		w.m.Goroutines.Go(w.flushLoop)
		return
	}
	w.Flushing = false
	w.idleLocked()
	w.Mu.Unlock()
}

// finish writes the rest of a batch that the socket did not take at once.
func (w *Writer) finish(rest []byte) {
	if w.write(rest) {
		w.flushLoop()
	}
}

// flushLoop writes batches until there are none, then gives up the role. Of the
// places that write, it alone may block.
func (w *Writer) flushLoop() {
	buf := w.m.Buffers.Get(WriteBuffer)
	for {
		b := w.Batch(buf)
		if b == nil {
			w.m.Buffers.Put(buf)
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
// which costs nothing here; see CheckLive.
func (w *Writer) write(b []byte) bool {
	defer w.WritingSince.Store(0)
	for len(b) > 0 {
		w.WritingSince.Store(w.m.Clock.Now())
		n, err := w.writeSome(b)
		if err != nil {
			w.Lost(err)
			return false
		}
		b = b[n:]
	}
	return true
}

// writeSome writes all that the socket takes at once, or else waits until it has
// taken one slice.
func (w *Writer) writeSome(b []byte) (int, error) {
	if w.Try != nil {
		if n, err := w.Try.TryWrite(b); n > 0 || err != nil {
			return n, err
		}
	}
	return w.Raw.Write(b[:min(len(b), writeSlice)])
}
