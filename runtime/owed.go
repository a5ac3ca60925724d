package grid

import (
	"fmt"
	"runtime"
)

// maxBulkCredit is the most room for chunks that a peer may give.
const maxBulkCredit = 64 << 20

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
	return w.awaitOwed(func() (int, bool) { return w.answers, w.answers < w.limits.OwedAnswers })
}

// awaitOwed returns with mu held once there is room, or without it and with an error.
// room is asked with mu held for how much is owed, and whether more may be.
func (w *writer) awaitOwed(room func() (owed int, more bool)) error {
	for try := 0; ; try++ {
		w.mu.Lock()
		owed, more := room()
		if w.closed || more {
			return nil
		}
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
	w.gridPong, w.gridDue, w.gridAfter = n, true, w.refusals.added
	w.flush(false)
}

// lastWrite returns when the last batch was begun, now if it is still under way.
func (w *writer) lastWrite(now int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flushing {
		return now
	}
	return w.now
}

// oweBulk returns room for chunks, in batches of a quarter of the window. Only
// the session's reader calls it, with the time and the shortest round trip.
func (w *writer) oweBulk(n int, now, roundTrip int64) {
	n += w.bulkIn.received(n, now, roundTrip)
	w.mu.Lock()
	w.bulkOwed += uint64(n)
	if w.bulkOwed < uint64(w.limits.BulkWindow/4) {
		w.mu.Unlock()
		return
	}
	w.flush(false)
}

// addBulk takes the peer's credit for chunks.
func (w *writer) addBulk(n uint64) error {
	w.mu.Lock()
	if n > maxBulkCredit || w.bulk > maxBulkCredit-int64(n) { // fits: compared before
		w.mu.Unlock()
		return fmt.Errorf("%w: impossible credit for chunks", errFrame)
	}
	w.bulk += int64(n) // fits: compared
	w.flush(false)
	return nil
}

// grant tells the peer to send a large message.
func (w *writer) grant(t target, id uint64) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.ctl = creditFrame{target: targetGrant + t, id: id}.append(w.ctl)
	w.answers++
	w.flush(false)
}
