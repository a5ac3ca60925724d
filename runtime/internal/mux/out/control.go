package out

import (
	"fmt"
	"runtime"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// MaxBulkCredit is the most room for chunks that a peer may give.
const MaxBulkCredit = 64 << 20

// Control appends control frames of our own making.
func (w *Writer) Control(add func([]byte) []byte) {
	w.Mu.Lock()
	if w.Closed {
		w.Mu.Unlock()
		return
	}
	w.Ctl = add(w.Ctl)
	w.Flush(false)
}

// Answer appends a control frame that the peer provoked and that cannot be
// merged with others. A peer that provokes too many without reading them loses
// its session.
//
// It is called on the reader, which may be faster than a flusher that has only
// just been started: then it tries to write itself, without blocking, and gives
// way a few times, before it concludes that the peer does not read.
func (w *Writer) Answer(add func([]byte) []byte) error {
	if err := w.awaitAnswers(); err != nil {
		return err
	}
	if w.Closed {
		w.Mu.Unlock()
		return nil
	}
	before := len(w.Ctl)
	w.Ctl = add(w.Ctl)
	w.answers += 1 + (len(w.Ctl)-before)/answerUnit
	w.Flush(false)
	return nil
}

// CheckAnswers is Answer for an answer that has been appended already.
func (w *Writer) CheckAnswers() error {
	if err := w.awaitAnswers(); err != nil {
		return err
	}
	w.Mu.Unlock()
	return nil
}

// awaitAnswers returns with Mu held once there is room for another answer, or
// without it and with an error.
func (w *Writer) awaitAnswers() error {
	return w.awaitControl(func() (int, bool) { return w.answers, w.answers < w.limits.OwedAnswers })
}

// awaitControl returns with Mu held once another answer may be queued, or without it and
// with an error. more is called with Mu held, and returns how many answers are queued and
// whether another may be.
func (w *Writer) awaitControl(more func() (queued int, may bool)) error {
	for try := 0; ; try++ {
		w.Mu.Lock()
		queued, may := more()
		if w.Closed || may {
			return nil
		}
		w.Flush(true)
		if try == answerTries {
			return fmt.Errorf("%d answers are waiting for a peer that does not read", queued)
		}
		runtime.Gosched()
	}
}

const (
	answerTries = 64      // how often the reader gives way to a flusher
	answerUnit  = 1 << 10 // bytes of an answer that count as one more
)

// QueuePong answers a WebSocket ping; only the last one counts, as RFC 6455
// section 5.5.3 allows.
func (w *Writer) QueuePong(payload []byte) {
	w.Mu.Lock()
	w.pong, w.pongDue = append(w.pong[:0], payload...), true
	w.Flush(false)
}

func (w *Writer) QueueGridPong(n uint64) {
	w.Mu.Lock()
	after, _ := w.refused()
	w.gridPong, w.gridDue, w.gridAfter = n, true, after
	w.Flush(false)
}

// LastWrite returns when the last batch was begun, now if it is still under way.
func (w *Writer) LastWrite(now int64) int64 {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if w.Flushing {
		return now
	}
	return w.Now
}

// ReturnBulk returns room for chunks, chunk by chunk. In pieces of two, calls of 1 MiB,
// 16 in flight, take 1.07 times the CPU, and 1.09 times over TLS (bench, cell echo/1MiB/16).
// Only the session's reader calls it, with the time and the shortest round trip. It writes nothing: see FlushDue.
func (w *Writer) ReturnBulk(n int, now, roundTrip int64) {
	n += w.bulkIn.Received(n, now, roundTrip)
	w.Mu.Lock()
	w.bulkCredit += uint64(n)
	w.due = w.due || w.owesBulkLocked()
	w.Mu.Unlock()
}

// FlushDue writes the room that was returned to the peer, and the chunks that the peer has
// given room for. Only the session's reader calls it, after each chunk and when it is about to wait. To leave that to
// a goroutine takes two more turns of the scheduler a chunk: calls of 16 MiB beside small ones get
// through 0.90 times as often then, and over TLS 0.77 times (bench, cells beside/512B/2pump and its /tls, with three chunks).
func (w *Writer) FlushDue() { w.flushDue(true) }

// Due reports whether FlushDue may have something to write. Only the session's reader calls it.
func (w *Writer) Due() bool { return w.due }

// LeaveDue leaves what FlushDue would write to a goroutine, because a handler is about to run on the reader.
func (w *Writer) LeaveDue() { w.flushDue(false) }

func (w *Writer) flushDue(caller bool) {
	if !w.due {
		return
	}
	w.due = false
	w.Mu.Lock()
	w.Flush(caller)
}

// owesBulkLocked reports whether as much room for chunks is owed as is returned at a time.
func (w *Writer) owesBulkLocked() bool {
	return w.bulkCredit >= uint64(min(w.limits.BulkWindow/4, wire.ChunkSize)) // fits: not negative
}

// AddBulk takes the peer's credit for chunks, with the time when it came and the shortest round
// trip seen. Only the session's reader calls it. It writes nothing: see FlushDue.
func (w *Writer) AddBulk(n uint64, now, roundTrip int64) error {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if n > MaxBulkCredit || w.Bulk > MaxBulkCredit-int64(n) { // fits: compared before
		return fmt.Errorf("%w: impossible credit for chunks", wire.ErrFrame)
	}
	w.Bulk += int64(n) // fits: compared
	if w.share != nil {
		w.share.Returned(int64(n), now, roundTrip)
	}
	w.due = true
	return nil
}

// LookForStuck has chunks go on that wait for a peer that waits for more of them. The
// Manager's clock runs it, more often than this session needs where others have shorter limits.
func (w *Writer) LookForStuck(now int64) {
	w.Mu.Lock()
	if w.Bulk <= 0 || w.share == nil || !w.share.Stuck(now, int64(w.limits.Liveness())*3/4) {
		w.Mu.Unlock()
		return
	}
	w.Flush(false)
}

// Grant tells the peer to send a large message.
func (w *Writer) Grant(t wire.Target, id uint64) {
	w.Mu.Lock()
	if w.Closed {
		w.Mu.Unlock()
		return
	}
	w.Ctl = wire.CreditFrame{Target: wire.TargetGrant + t, ID: id}.Append(w.Ctl)
	w.answers++
	w.Flush(false)
}
