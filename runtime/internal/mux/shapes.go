package mux

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// The two ends of a session may have been built from different revisions of a
// .grid file. Each route carries the digest of its handler's wire shape. Where
// it differs from what this end was built with, the shape is asked for, once in
// a session and handler, and judged by the engine that `gridc breaking` uses. A
// handler that would be misread fails here, before anything is sent.

// verdict is what comparing one handler of the peer with ours has given.
type verdict struct {
	mine *handlers.Shape // nil: there is nothing to compare with
	name string          // of the handler, as this end knows it
	done chan struct{}   // closed once err is set
	err  *status.Error   // nil: compatible

	theirs shapeAnswer // set with err
}

// shapeAnswer is what a handler looks like at the peer, and the bytes of it that came.
type shapeAnswer struct {
	table *schema.Table
	size  int
}

// verdicts are those of a session. Asking is idempotent: one question a handler.
type verdicts struct {
	s *Session

	mu      sync.Mutex
	pending map[status.HandlerID][]*verdict
	theirs  map[status.HandlerID]shapeAnswer // answers so far
	bad     map[status.HandlerID]*verdict    // those that do not fit

	partial map[status.HandlerID][]byte // owned by the session's reader: answers that are incomplete
}

// Compatible reports why a handler of the peer cannot be called with our shape.
// It waits for the peer's shape if the digests differ and it is not known yet.
func (s *Session) Compatible(ctx context.Context, key handlers.RouteKey, r *peerRoute, o *calls.Options) *status.Error {
	mine := o.Of.Shape
	if mine == nil || r.digest == 0 || r.digest == mine.Digest {
		return nil
	}
	v := r.verdict.Load()
	if v == nil || v.mine != mine {
		v = s.verdicts.ask(key.ID, mine, o.Of.Name)
		r.verdict.Store(v)
	}
	select {
	case <-v.done:
		return v.err
	default:
		return s.awaitVerdict(ctx, v, s.patience(o), handlers.Describe(key.ID, o.Of.Name, key.Subroute))
	}
}

// awaitVerdict waits until the peer has said what a handler looks like, but not longer
// than patience.
func (s *Session) awaitVerdict(ctx context.Context, v *verdict, patience time.Duration, handler string) *status.Error {
	over := time.NewTimer(patience)
	defer over.Stop()
	select {
	case <-v.done:
		return v.err
	case <-over.C:
		e := status.WithOutcome(status.DeadlinePassed(), status.NotSent)
		e.Message = status.Quoted(s.Peer) + " has not said what handler " + handler + " looks like there"
		return e
	case <-ctx.Done():
		return status.WithOutcome(status.ContextError(ctx), status.NotSent)
	case <-s.Ended:
		return status.WithOutcome(s.err, status.NotSent)
	}
}

// patience is how long a call or stream may wait for the shape of its handler: until its
// deadline, or Limits.CallTimeout where a stream has no deadline.
func (s *Session) patience(o *calls.Options) time.Duration {
	if o.Deadline == 0 {
		return s.Limits.CallTimeout
	}
	return time.Duration(o.Deadline - s.M.Clock.Now())
}

// ask registers interest in a handler's shape and asks the peer for it.
func (t *verdicts) ask(id status.HandlerID, mine *handlers.Shape, name string) *verdict {
	v := &verdict{mine: mine, name: name, done: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	if theirs, known := t.theirs[id]; known {
		t.judgeLocked(v, id, theirs)
		return v
	}
	if t.pending == nil {
		t.pending = make(map[status.HandlerID][]*verdict)
	}
	first := len(t.pending[id]) == 0
	t.pending[id] = append(t.pending[id], v)
	if first {
		t.s.Out.Control(func(b []byte) []byte {
			return wire.AppendFrame(b, wire.KindShapes, binary.AppendUvarint([]byte{0}, uint64(id)), nil)
		})
	}
	return v
}

// judgeLocked compares the two shapes of a handler, and remembers a handler that does not
// fit.
func (t *verdicts) judgeLocked(v *verdict, id status.HandlerID, theirs shapeAnswer) {
	v.judge(id, theirs, t.s.Peer)
	if v.err == nil {
		return
	}
	if t.bad == nil {
		t.bad = make(map[status.HandlerID]*verdict)
	}
	t.bad[id] = v
}

// judge compares the two shapes of a handler, and wakes the calls that wait for the
// verdict.
func (v *verdict) judge(id status.HandlerID, theirs shapeAnswer, peer string) {
	v.theirs = theirs
	if v.mine == nil {
		close(v.done)
		return
	}
	if found := schema.NewSession(v.mine.Table, theirs.table).Handler(uint16(id)); len(found) > 0 {
		v.err = &status.Error{Code: status.Incompatible, Outcome: status.NotSent, Message: fmt.Sprintf("handler %s differs at %s: %s", handlers.Describe(id, v.name, ""), status.Quoted(peer), found.Reason())}
	}
	close(v.done)
}

// handleShapes answers a question, or takes an answer.
func (t *verdicts) handleShapes(body []byte) error {
	f := wire.Fields{B: body}
	flags, number := f.Uvarint(), f.Uvarint()
	if f.Bad || number == 0 || number > math.MaxUint16 {
		return fmt.Errorf("%w: an impossible shapes frame", wire.ErrFrame)
	}
	id := status.HandlerID(number) // fits: compared
	if flags&wire.ShapesAnswer == 0 {
		return t.answer(id)
	}
	if !t.wanted(id) {
		return fmt.Errorf("%w: a shape that nobody asked for", wire.ErrFrame)
	}
	if t.partial == nil {
		t.partial = make(map[status.HandlerID][]byte)
	}
	all := append(t.partial[id], f.B...)
	if len(all) > t.s.Limits.SchemaTable {
		return fmt.Errorf("%w: a shape of more than %d bytes", wire.ErrFrame, t.s.Limits.SchemaTable)
	}
	if flags&wire.ShapesMore != 0 {
		t.partial[id] = all
		return nil
	}
	delete(t.partial, id)
	theirs, err := schema.Decode(all)
	if err != nil {
		return fmt.Errorf("%w: a shape that cannot be read: %w", wire.ErrFrame, err)
	}
	t.learned(id, shapeAnswer{theirs, len(all)})
	return nil
}

func (t *verdicts) wanted(id status.HandlerID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.pending[id]) > 0
}

func (t *verdicts) learned(id status.HandlerID, theirs shapeAnswer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.theirs == nil {
		t.theirs = make(map[status.HandlerID]shapeAnswer)
	}
	t.theirs[id] = theirs
	for _, v := range t.pending[id] {
		t.judgeLocked(v, id, theirs)
		if v.err != nil {
			t.s.M.LogQueue.Note(slog.LevelError, "grid: incompatible handler", "peer", status.Logged(t.s.Peer), "reason", v.err.Message)
		}
	}
	delete(t.pending, id)
}

// answer sends the shape of one of our handlers, an empty table if it has none.
func (t *verdicts) answer(id status.HandlerID) error {
	table := &schema.Table{}
	if h := t.s.registry.ByID(id); h != nil && h.Settings.Table != nil && t.s.May(id) {
		table = h.Settings.Table.Select(func(x uint16) bool { return x == uint16(id) })
	}
	data := schema.Append(nil, table)
	return t.s.Out.Answer(func(b []byte) []byte {
		for {
			n := min(len(data), wire.ChunkSize/2)
			flags := byte(wire.ShapesAnswer)
			if n < len(data) {
				flags |= wire.ShapesMore
			}
			b = wire.AppendFrame(b, wire.KindShapes, binary.AppendUvarint([]byte{flags}, uint64(id)), data[:n])
			if data = data[n:]; len(data) == 0 {
				return b
			}
		}
	})
}

// refused returns those that do not fit, at most so many.
func (t *verdicts) refused(most int) (all []observe.Incompatible) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, v := range t.bad {
		all = append(all, observe.Incompatible{Peer: t.s.Peer, ID: id, Name: v.name, Verdict: status.Shortened(v.err.Message, 256)})
	}
	slices.SortFunc(all, func(a, b observe.Incompatible) int { return cmp.Compare(a.ID, b.ID) })
	return all[:min(most, len(all))]
}
