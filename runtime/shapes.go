package grid

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/schema"
)

// The two ends of a session may have been built from different revisions of a
// .grid file. Each route carries the digest of its handler's wire shape. Where
// it differs from what this end was built with, the shape is asked for, once in
// a session and handler, and judged by the engine that `gridc breaking` uses. A
// handler that would be misread fails here, before anything is sent.

// Flags of a shapes frame.
const (
	shapesMore   = 1 // another frame belongs to this answer
	shapesAnswer = 2 // the data is an encoded table; otherwise the frame asks
)

// shapeOf is one handler's shape in a table, with its digest.
type shapeOf struct {
	table  *schema.Table
	digest uint64
}

// newShape finds a handler in its table; nil where there is no table.
func newShape(t *schema.Table, id HandlerID) *shapeOf {
	if t == nil {
		return nil
	}
	h := t.Handler(uint16(id))
	if h == nil {
		return nil
	}
	return &shapeOf{table: t, digest: t.HandlerDigest(h)}
}

// verdict is what comparing one handler of the peer with ours has given.
type verdict struct {
	mine *shapeOf
	name string        // of the handler, as this end knows it
	done chan struct{} // closed once err is set
	err  *Error        // nil: compatible
}

// verdicts are those of a session. Asking is idempotent: one question a handler.
type verdicts struct {
	s *session

	mu      sync.Mutex
	pending map[HandlerID][]*verdict
	theirs  map[HandlerID]*schema.Table // answers so far

	partial map[HandlerID][]byte // owned by the session's reader: answers that are incomplete
}

// compatible reports why a handler of the peer cannot be called with our shape.
// It waits for the peer's shape if the digests differ and it is not known yet.
func (s *session) compatible(ctx context.Context, key routeKey, r *peerRoute, o *callSettings) *Error {
	mine := o.shape
	if mine == nil || r.digest == 0 || r.digest == mine.digest {
		return nil
	}
	v := r.verdict.Load()
	if v == nil || v.mine != mine {
		v = s.verdicts.ask(key.id, mine, o.name)
		r.verdict.Store(v)
	}
	select {
	case <-v.done:
		return v.err
	default:
	}
	patience := time.NewTimer(s.patience(o))
	defer patience.Stop()
	select {
	case <-v.done:
		return v.err
	case <-patience.C:
		e := withOutcome(deadlinePassed(), NotSent)
		e.Message = quoted(s.peer) + " has not said what handler " + describe(key.id, o.name, key.subroute) + " looks like there"
		return e
	case <-ctx.Done():
		return withOutcome(contextError(ctx), NotSent)
	case <-s.ended:
		return withOutcome(s.err, NotSent)
	}
}

// patience is how long a call may wait for the shape of its handler: until its
// deadline, or, for a stream that has none, as long as a call would.
func (s *session) patience(o *callSettings) time.Duration {
	if o.deadline == 0 {
		return s.limits.CallTimeout
	}
	return time.Duration(o.deadline - s.m.clock.now())
}

// ask registers interest in a handler's shape and asks the peer for it.
func (t *verdicts) ask(id HandlerID, mine *shapeOf, name string) *verdict {
	v := &verdict{mine: mine, name: name, done: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	if theirs := t.theirs[id]; theirs != nil {
		v.judge(id, theirs, t.s.peer)
		return v
	}
	if t.pending == nil {
		t.pending = make(map[HandlerID][]*verdict)
	}
	first := len(t.pending[id]) == 0
	t.pending[id] = append(t.pending[id], v)
	if first {
		t.s.out.control(func(b []byte) []byte {
			return appendFrame(b, kindShapes, binary.AppendUvarint([]byte{0}, uint64(id)), nil)
		})
	}
	return v
}

// judge compares and tells those who wait.
func (v *verdict) judge(id HandlerID, theirs *schema.Table, peer string) {
	if found := schema.NewSession(v.mine.table, theirs).Handler(uint16(id)); len(found) > 0 {
		v.err = &Error{Code: Incompatible, Outcome: NotSent, Message: fmt.Sprintf("handler %s differs at %s: %s", describe(id, v.name, ""), quoted(peer), found.Reason())}
	}
	close(v.done)
}

// handleShapes answers a question, or takes an answer.
func (t *verdicts) handleShapes(body []byte) error {
	f := fields{b: body}
	flags, number := f.uvarint(), f.uvarint()
	if f.bad || number == 0 || number > math.MaxUint16 {
		return fmt.Errorf("%w: an impossible shapes frame", errFrame)
	}
	id := HandlerID(number) // fits: compared
	if flags&shapesAnswer == 0 {
		return t.answer(id)
	}
	if !t.wanted(id) {
		return fmt.Errorf("%w: a shape that nobody asked for", errFrame)
	}
	if t.partial == nil {
		t.partial = make(map[HandlerID][]byte)
	}
	all := append(t.partial[id], f.b...)
	if len(all) > t.s.limits.SchemaTable {
		return fmt.Errorf("%w: a shape of more than %d bytes", errFrame, t.s.limits.SchemaTable)
	}
	if flags&shapesMore != 0 {
		t.partial[id] = all
		return nil
	}
	delete(t.partial, id)
	theirs, err := schema.Decode(all)
	if err != nil {
		return fmt.Errorf("%w: a shape that cannot be read: %w", errFrame, err)
	}
	t.learned(id, theirs)
	return nil
}

func (t *verdicts) wanted(id HandlerID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.pending[id]) > 0
}

func (t *verdicts) learned(id HandlerID, theirs *schema.Table) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.theirs == nil {
		t.theirs = make(map[HandlerID]*schema.Table)
	}
	t.theirs[id] = theirs
	for _, v := range t.pending[id] {
		v.judge(id, theirs, t.s.peer)
		if v.err != nil {
			t.s.m.chronicle.note(slog.LevelError, "grid: incompatible handler", "peer", logged(t.s.peer), "reason", v.err.Message)
		}
	}
	delete(t.pending, id)
}

// answer sends the shape of one of our handlers, an empty table if it has none.
func (t *verdicts) answer(id HandlerID) error {
	table := &schema.Table{}
	if h := t.s.registry.byID(id); h != nil && h.settings.table != nil {
		table = h.settings.table.Select(func(x uint16) bool { return x == uint16(id) })
	}
	data := schema.Append(nil, table)
	return t.s.out.answer(func(b []byte) []byte {
		for {
			n := min(len(data), chunkSize/2)
			flags := byte(shapesAnswer)
			if n < len(data) {
				flags |= shapesMore
			}
			b = appendFrame(b, kindShapes, binary.AppendUvarint([]byte{flags}, uint64(id)), data[:n])
			if data = data[n:]; len(data) == 0 {
				return b
			}
		}
	})
}
