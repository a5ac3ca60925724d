package streams

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// inbox holds what has arrived on a stream and is not yet read. The session's
// reader appends, never waiting; the stream's reader takes all of it at once, so
// that a lock is taken once for many messages.
type inbox struct {
	t        *Table // static
	mu       sync.Mutex
	started  bool        // server: the handler runs, or will; client: who opened the stream has it
	waiting  bool        // the reader waits for news
	parked   bool        // a large message is announced that may not come yet, see unreadBudget
	drained  bool        // owned by the stream's reader: it was found empty since credit was given last
	messages int32       // in buf
	bytes    int32       // of the small ones, at most a window and one of them
	aborted  atomic.Bool // what is unread is not wanted any more; changed with mu only
	buf      []byte      // entries: length<<1|1 if the message is in large, else length<<1 and the message
	large    bufs.Bodies
	held     int       // bytes of large messages, from when they may come until the reader has them
	err      error     // set at the end: io.EOF, or why
	news     sync.Cond // on mu: a message or the end; a channel would take 112 bytes, this 48

	// What the peer may still send; the session's reader counts down, the
	// stream's reader up as it gives credit.
	credits atomic.Int64
	window  atomic.Int64
}

// MaxStreamWindow keeps what is unread, and a place in it, below what 31 bits count.
const MaxStreamWindow = 1 << 30

func (in *inbox) init(t *Table, capacity int) {
	in.t = t
	in.news.L = &in.mu
	in.credits.Store(int64(capacity))
	in.window.Store(int64(t.s.Limits.StreamWindowMin))
}

// begin is called when the handler of a stream is about to run. It reports false if the
// stream ended while its payload was on the way: then the handler never runs.
func (in *inbox) begin() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.started = !in.aborted.Load()
	return in.started
}

func (in *inbox) begun() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.started
}

// charge checks that the peer had room for a message of that size.
func (in *inbox) charge(size uint64) error {
	if in.credits.Add(-1) < 0 {
		return fmt.Errorf("%w: more messages than there was credit for", wire.ErrFrame)
	}
	if in.window.Load() <= 0 {
		return fmt.Errorf("%w: a message for a closed window", wire.ErrFrame)
	}
	in.window.Add(-handshake.ClampWindow(size))
	return nil
}

// put appends a message: small, which is copied, or large, which is taken over.
func (in *inbox) put(small, large []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.aborted.Load():
		return nil
	case in.err != nil:
		return fmt.Errorf("%w: a message after the end of its stream", wire.ErrFrame)
	}
	in.buf = bufs.GrowPooled(&in.t.s.M.Buffers, in.buf, min(len(small), OwnBody)+10)
	if len(small) > OwnBody {
		small, large = nil, in.t.s.M.Buffers.CopyOf(small) // A copy: out of the reader's buffer, see CopyOf.
	}
	if large != nil {
		in.buf = binary.AppendUvarint(in.buf, uint64(len(large))<<1|1)
		in.large.Push(large)
	} else {
		in.buf = binary.AppendUvarint(in.buf, uint64(len(small))<<1)
		in.buf = append(in.buf, small...)
	}
	in.messages++
	if size := len(small) + len(large); size <= wire.MaxPayload { // what is larger was counted when it was let come
		in.bytes += int32(size) // fits: at most a window and one of them
		in.t.Unread.small.Add(int64(size))
	}
	in.news.Signal()
	return nil
}

// finish ends the inbox; what is in it can still be read.
func (in *inbox) finish(st *Stream, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil {
		in.err = err
		in.countLocked(st)
		in.tellLocked(st)
	}
	in.news.Broadcast()
}

// OnEnd has f called when a client's stream that was opened as Told is over, on a
// goroutine of its own; f gets nil for a good end.
func (st *Stream) OnEnd(f func(error)) {
	in := &st.In
	in.mu.Lock()
	defer in.mu.Unlock()
	st.tally.ended = append(st.tally.ended, f)
	if in.err != nil {
		in.tellLocked(st)
	}
}

func (in *inbox) tellLocked(st *Stream) {
	if st.tally == nil {
		return
	}
	err := in.err
	if err == io.EOF {
		err = nil
	}
	for _, f := range st.tally.ended {
		in.t.s.M.Goroutines.Go(func() { f(err) })
	}
	st.tally.ended = nil
}

// handOver is called when Open returns a client's stream to its caller. From then on the
// end of the stream is counted.
func (in *inbox) handOver(st *Stream) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.started = true
	if in.err != nil {
		in.countLocked(st)
	}
}

// countLocked counts a stream of the client's that has just ended.
func (in *inbox) countLocked(st *Stream) {
	if !st.Client || !in.started || st.H == nil {
		return
	}
	now := st.S.M.Clock.Now()
	code, outcome, said := status.Code(""), status.Ran, ""
	if e, failed := in.err.(*status.Error); failed { // errors.As would call code of others
		code, outcome, said = e.Code, e.Outcome, e.Message
	} else if in.err != io.EOF {
		code, outcome = status.Internal, status.MayHaveRun
	}
	st.H.Meter.Ended(now-st.Began.Load(), code, outcome, said, now)
}

// abort ends the inbox at once and drops what is unread. An end that came before keeps
// its error, unless messages are dropped behind it: a reader must not get io.EOF then.
func (in *inbox) abort(st *Stream, err error) {
	in.mu.Lock()
	first := in.err == nil
	if first || in.messages > 0 {
		in.err = err
		in.tellLocked(st)
	}
	if first {
		in.countLocked(st)
	}
	in.aborted.Store(true)
	in.t.Unread.small.Add(-int64(in.bytes))
	held := in.held
	in.t.s.M.Buffers.Put(in.buf)
	in.buf, in.large, in.messages, in.bytes, in.held = nil, bufs.Bodies{}, 0, 0, 0
	in.news.Broadcast()
	in.mu.Unlock()
	in.t.released(held)
}

// isOver reports whether the end has come, though some may be unread.
func (in *inbox) isOver() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err != nil || in.aborted.Load()
}

// IsAborted reports whether the stream has ended so that what is unread is not wanted.
func (in *inbox) IsAborted() bool { return in.aborted.Load() }

// park notes a large message that may not come yet, and reports whether the reader
// waits for it. If not, the reader asks for it when it does.
func (in *inbox) park() (waited bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	waited = in.waiting && in.messages == 0
	in.parked = !waited
	return waited
}

// hold counts a large message that may come, unless nobody wants it any more.
func (in *inbox) hold(n int) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.parked = false
	if in.err != nil || in.aborted.Load() {
		return false
	}
	in.held += n
	return true
}

// taken is called when the stream's reader has taken a large message.
func (in *inbox) taken(n int) {
	in.mu.Lock()
	if in.aborted.Load() {
		n = 0 // released by abort
	}
	in.held -= n
	in.mu.Unlock()
	in.t.released(n)
}
