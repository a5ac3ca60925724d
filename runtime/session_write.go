package grid

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gobwas/ws"
	"github.com/zeebo/xxh3"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// writer is the way out of a session. Everything is guarded by mu, except that
// the batch under way (and ws) belongs to the holder of the flusher's role:
// whoever set flushing. The role is taken by a caller that is about to wait
// anyway, for at most two rounds and only with writes that cannot block, or by a
// goroutine started for it. A batch is built under mu and written outside.
type writer struct {
	s   *session
	ws  *wsWriter
	try poll.TryWriter // nil: only the flusher goroutine writes

	mu       sync.Mutex
	bulkIn   growingWindow // owned by the session's reader
	closed   bool
	flushing bool
	now      int64 // manager clock when the batch under way was begun
	lanes    lanes
	queued   [3]int        // a lane: bytes of requests, replies and stream frames not yet in a batch
	room     chan struct{} // closed when queued falls, nil while nobody waits
	bulk     int64         // bytes of chunks that the peer has room for
	replies  largeReplies  // answers that travel in chunks

	// What we owe the peer. Pongs and credit merge; answers do not.
	pong      []byte // payload of the last WebSocket ping
	pongDue   bool
	gridPong  uint64
	gridDue   bool
	bulkOwed  uint64
	creditors []*stream // streams that owe credit
	ctl       []byte    // encoded control frames in order
	gathered  []byte    // encoded answers of handlers that ran on the reader
	answers   int       // how many of them are answers to the peer

	idle chan struct{} // closed once nothing is left to write; made on demand

	gatheredLen  atomic.Int64 // of gathered, for the reader
	writingSince atomic.Int64 // manager clock when the write under way began, 0 for none
}

func (w *writer) init(s *session, wsw *wsWriter, try poll.TryWriter, a agreement) {
	w.s, w.ws, w.try, w.bulk = s, wsw, try, a.bulk
	w.bulkIn = growingWindow{size: s.limits.BulkWindow, most: s.limits.BulkWindowMax}
}

// callerRounds is how many batches a caller writes before it hands the role on:
// more would make one caller work for everybody else.
const callerRounds = 2

// maxBulkCredit is the most room for chunks that a peer may give.
const maxBulkCredit = 64 << 20

// writeBuffer holds a full batch: a batch is closed once it has chunkSize bytes,
// and the frame that closes it may bring as many again.
const writeBuffer = 2 * chunkSize

// push queues an item that brings n bytes and sees to it that somebody writes.
// It reports false, having done nothing, once the session is over.
func (w *writer) push(it *outItem, n int, caller bool) bool {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return false
	}
	w.pushLocked(it, n)
	w.flush(caller)
	return true
}

func (w *writer) pushLocked(it *outItem, n int) {
	if !it.queued {
		w.lanes.add(it)
	}
	w.queued[it.class] += n
}

func (w *writer) unqueuedLocked(it *outItem, n int) { w.queued[it.class] -= n }

// queueCost is what a message counts in the send queue. A large one counts as
// one chunk: its body stays with its owner until the peer has room for it.
func queueCost(body []byte) int { return frameCost + min(len(body), chunkSize) }

// frameCost is what a frame counts besides its body, so that empty ones and
// errors have a price too.
const frameCost = 64

// control appends control frames of our own making.
func (w *writer) control(add func([]byte) []byte) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.ctl = add(w.ctl)
	w.flush(false)
}

// answer appends a control frame that the peer provoked and that cannot be
// merged with others. A peer that provokes too many without reading them loses
// its session.
//
// It is called on the reader, which may be faster than a flusher that has only
// just been started: then it tries to write itself, without blocking, and gives
// way a few times, before it concludes that the peer does not read.
func (w *writer) answer(add func([]byte) []byte) error {
	if err := w.awaitAnswers(); err != nil {
		return err
	}
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	before := len(w.ctl)
	w.ctl = add(w.ctl)
	w.answers += 1 + (len(w.ctl)-before)/answerUnit
	w.flush(false)
	return nil
}

// checkOwed is answer for one that has been appended already.
func (w *writer) checkOwed() error {
	if err := w.awaitAnswers(); err != nil {
		return err
	}
	w.mu.Unlock()
	return nil
}

// awaitAnswers returns with mu held once there is room for another answer, or
// without it and with an error.
func (w *writer) awaitAnswers() error {
	for try := 0; ; try++ {
		w.mu.Lock()
		if w.closed || w.answers < w.s.limits.OwedAnswers {
			return nil
		}
		owed := w.answers
		w.flush(true)
		if try == answerTries {
			return fmt.Errorf("%d answers are waiting for a peer that does not read", owed)
		}
		runtime.Gosched()
	}
}

const (
	answerTries = 64      // how often the reader gives way to a flusher
	answerUnit  = 1 << 10 // bytes of an answer that count as one more
)

// owePong answers a WebSocket ping; only the last one counts, as RFC 6455
// section 5.5.3 allows.
func (w *writer) owePong(payload []byte) {
	w.mu.Lock()
	w.pong, w.pongDue = append(w.pong[:0], payload...), true
	w.flush(false)
}

func (w *writer) oweGridPong(n uint64) {
	w.mu.Lock()
	w.gridPong, w.gridDue = n, true
	w.flush(false)
}

// oweBulk returns room for chunks, in batches of a quarter of the window. Only
// the session's reader calls it.
func (w *writer) oweBulk(n int) {
	n += w.bulkIn.received(n, w.s.heard.Load(), w.s.shortestTrip.Load())
	w.mu.Lock()
	w.bulkOwed += uint64(n)
	if w.bulkOwed < uint64(w.s.limits.BulkWindow/4) {
		w.mu.Unlock()
		return
	}
	w.flush(false)
}

// addBulk takes the peer's credit for chunks.
func (w *writer) addBulk(n uint64) error {
	w.mu.Lock()
	if n > maxBulkCredit || w.bulk+int64(n) > maxBulkCredit {
		w.mu.Unlock()
		return fmt.Errorf("%w: impossible credit for chunks", errFrame)
	}
	w.bulk += int64(n)
	w.flush(false)
	return nil
}

// pendingLocked reports whether a batch would hold anything.
func (w *writer) pendingLocked() bool {
	return w.pongDue || w.gridDue || len(w.ctl) > 0 || len(w.gathered) > 0 || len(w.creditors) > 0 ||
		w.bulkOwed >= uint64(w.s.limits.BulkWindow/4) || w.lanes.next(w.bulk > 0) != nil
}

// flush is called with mu held and returns without it. If nobody is writing it
// takes the flusher's role: for itself, if caller says that the goroutine is
// about to wait and the socket can be written without blocking, else for a
// goroutine of its own.
func (w *writer) flush(caller bool) {
	if w.flushing || w.closed || !w.pendingLocked() {
		w.mu.Unlock()
		return
	}
	w.flushing = true
	w.mu.Unlock()
	if caller && w.try != nil {
		w.flushAsCaller()
		return
	}
	w.s.m.goroutines.Go(w.flushLoop)
}

// flushAsCaller writes what there is, without ever blocking.
func (w *writer) flushAsCaller() {
	if w.s.calls.inFlight() > 1 {
		// Others are about to add their requests: one turn of the scheduler
		// turns many small writes into one.
		runtime.Gosched()
	}
	buf := w.s.m.buffers.get(writeBuffer)
	for round := 0; ; round++ {
		b := w.batch(buf)
		if b == nil {
			w.s.m.buffers.put(buf)
			return
		}
		n, err := w.try.TryWrite(b)
		switch {
		case err != nil:
			w.s.lost(err)
			return
		case n < len(b):
			rest := b[n:]
			w.s.m.goroutines.Go(func() { w.finish(rest) })
			return
		case round+1 == callerRounds:
			w.s.m.buffers.put(buf)
			w.s.m.goroutines.Go(w.flushLoop)
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
	buf := w.s.m.buffers.get(writeBuffer)
	for {
		b := w.batch(buf)
		if b == nil {
			w.s.m.buffers.put(buf)
			return
		}
		if !w.write(b) {
			return
		}
	}
}

// write blocks until b is out. Progress is watched by the Manager's clock,
// which costs nothing here; see checkLive.
func (w *writer) write(b []byte) bool {
	w.writingSince.Store(w.s.m.clock.now())
	_, err := w.s.raw.Write(b)
	w.writingSince.Store(0)
	if err != nil {
		w.s.lost(err)
		return false
	}
	return true
}

// batch builds the next WebSocket frame in buf. It returns nil, and gives up the
// flusher's role, when nothing is waiting.
func (w *writer) batch(buf []byte) []byte {
	w.mu.Lock()
	if w.closed {
		w.flushing = false
		w.mu.Unlock()
		return nil
	}
	if w.pongDue {
		w.pongDue = false
		b := append(buf[:wsHeaderMax], w.pong...)
		w.mu.Unlock()
		return w.ws.seal(b, ws.OpPong)
	}
	start := wsHeaderMax
	if w.s.agreed.checksum {
		start += checksumSize
	}
	b := w.collectLocked(buf[:start])
	if len(b) == start {
		w.flushing = false
		w.idleLocked()
		w.mu.Unlock()
		return nil
	}
	w.wakeLocked()
	w.mu.Unlock()
	if w.s.agreed.checksum {
		binary.LittleEndian.PutUint64(b[wsHeaderMax:], xxh3.Hash(b[start:]))
	}
	w.s.conn.traffic.batchesOut.Add(1)
	w.s.conn.traffic.bytesOut.Add(uint64(len(b) - wsHeaderMax))
	return w.ws.seal(b, ws.OpBinary)
}

// collectLocked appends frames, in the order of their urgency, until the batch
// is full or nothing is left.
func (w *writer) collectLocked(b []byte) []byte {
	w.now = w.s.m.clock.now()
	if w.gridDue {
		w.gridDue = false
		b = appendNumber(b, kindPong, w.gridPong)
	}
	if w.bulkOwed > 0 {
		b = creditFrame{target: targetSession, bytes: w.bulkOwed}.append(b)
		w.s.parts.returned(w.bulkOwed)
		w.bulkOwed = 0
	}
	for len(w.creditors) > 0 && len(b) < chunkSize {
		last := len(w.creditors) - 1
		b = w.creditors[last].appendCreditLocked(b)
		w.creditors[last] = nil
		w.creditors = w.creditors[:last]
	}
	if len(w.ctl) > 0 && len(b) < chunkSize {
		var n int
		b, n = appendWhole(b, w.ctl, chunkSize)
		w.ctl = w.ctl[:copy(w.ctl, w.ctl[n:])]
		if len(w.ctl) == 0 {
			w.answers = 0
		}
	}
	if len(w.gathered) > 0 && len(b) < chunkSize {
		var n int
		b, n = appendWhole(b, w.gathered, chunkSize)
		w.gathered = w.gathered[:copy(w.gathered, w.gathered[n:])]
		if len(w.gathered) == 0 {
			w.s.m.buffers.put(w.gathered)
			w.gathered = nil
		}
		w.gatheredLen.Store(int64(len(w.gathered)))
	}
	for len(b) < chunkSize {
		it := w.lanes.next(w.bulk > 0)
		if it == nil {
			break
		}
		before := len(b)
		var more bool
		b, more = it.src.pull(b)
		w.lanes.served(it, len(b)-before, more)
	}
	return b
}

// appendWhole appends as many whole frames of q as fit into about most bytes,
// at least one, and returns how many bytes of q that were.
func appendWhole(b, q []byte, most int) ([]byte, int) {
	n := 0
	for n < len(q) {
		_, _, rest, err := cutFrame(q[n:])
		if err != nil {
			panic("grid: a malformed frame in our own queue") // we encoded it ourselves
		}
		end := len(q) - len(rest)
		if n > 0 && end > most {
			break
		}
		n = end
	}
	return append(b, q[:n]...), n
}

// fullLocked reports whether a lane has used its third of the send queue. Each
// has its own, so that a full low lane keeps nobody else out.
func (w *writer) fullLocked(c class) bool { return w.queued[c] >= w.s.limits.SendQueue/3 }

// roomLocked returns nil if a lane has room, else a channel that is closed when
// some lane may have.
func (w *writer) roomLocked(c class) <-chan struct{} {
	if !w.fullLocked(c) {
		return nil
	}
	if w.room == nil {
		w.room = make(chan struct{})
	}
	return w.room
}

// awaitRoomLocked waits until a lane has room, or the session is over. Only for
// goroutines of handlers that have returned: they have nothing else to heed.
func (w *writer) awaitRoomLocked(c class) {
	for !w.closed {
		room := w.roomLocked(c)
		if room == nil {
			return
		}
		w.mu.Unlock()
		<-room
		w.mu.Lock()
	}
}

func (w *writer) wakeLocked() {
	if w.room != nil {
		close(w.room)
		w.room = nil
	}
}

// flushed returns a channel that is closed once nothing is left to write.
func (w *writer) flushed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || !w.flushing && len(w.replies) == 0 && !w.pendingLocked() {
		return closedChan
	}
	if w.idle == nil {
		w.idle = make(chan struct{})
	}
	return w.idle
}

func (w *writer) idleLocked() {
	if w.idle != nil && (w.closed || len(w.replies) == 0) {
		close(w.idle)
		w.idle = nil
	}
}

// close lets nothing more be queued. The close frame goes out only if nobody is
// writing and the socket takes it at once: a dying session waits for nobody.
func (w *writer) close(code ws.StatusCode, reason string) {
	w.mu.Lock()
	w.closed = true
	w.idleLocked()
	idle := !w.flushing
	w.flushing = true
	w.wakeLocked()
	w.mu.Unlock()
	if idle && w.try != nil {
		_, _ = w.try.TryWrite(w.ws.closeFrame(code, reason)) // the peer may be gone: nothing depends on it
	}
}
