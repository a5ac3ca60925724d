package grid

import (
	"sync"
	"sync/atomic"
)

// servingTable holds the handlers of calls that run here for the peer. A slot is
// taken when the request arrives and freed when the handler returns, not when
// the caller loses interest: only so is the number of handlers bounded.
type servingTable struct {
	s        *link
	registry *registry
	large    map[uint64]*serving // answers that travel in chunks; guarded by the writer's lock

	// gathered says that the reader holds answers of calls whose slots are free.
	gathered atomic.Bool
	awaited  atomic.Bool // somebody waits until nothing is served

	mu             sync.Mutex // taken below the writer's
	closed         bool
	full, nodeFull *wireError // why calls are refused; made on demand
	byID           map[uint64]*serving
	idle           chan struct{} // closed once nothing is served; nil until somebody waits
}

func (t *servingTable) init(l *link, r *registry) {
	t.s, t.registry = l, r
	t.byID = make(map[uint64]*serving)
}

// handleReset ends a call that its caller gave up: its handler is told, a large
// answer stops.
func (t *servingTable) handleReset(id uint64, code Code) {
	t.mu.Lock()
	sv := t.byID[id]
	t.mu.Unlock()
	if sv != nil {
		end, cause := gaveUp(code)
		t.stop(sv, end, cause)
	}
	w := &t.s.out
	w.mu.Lock()
	if sv := t.large[id]; sv != nil {
		sv.large.dropLocked(w)
		sv.written()
	}
	w.mu.Unlock()
}

// gaveUp is what a handler is told when its caller resets the call or stream. The
// caller's clock may be the first to find a deadline passed: that is the deadline of
// both ends, not a change of mind.
func gaveUp(code Code) (endKind, *Error) {
	switch code {
	case DeadlineExceeded:
		return endLate, deadlinePassed()
	case "":
		code = Canceled
	}
	return endCanceled, &Error{Code: code, Message: "the caller gave up", Remote: true}
}

// stop cancels a handler. One that waits for the rest of its request never
// starts, and its slot is free at once.
func (t *servingTable) stop(sv *serving, end endKind, cause *Error) {
	sv.ctx.cancel(end, cause)
	t.mu.Lock()
	waiting := !sv.started
	t.mu.Unlock()
	if waiting {
		t.remove(sv)
		t.s.parts.forget(targetCall, sv.id) // last: see beginLarge
	}
}

// remove frees a slot.
func (t *servingTable) remove(sv *serving) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID[sv.id] != sv {
		return
	}
	delete(t.byID, sv.id)
	t.s.m.running.give()
	t.restLocked()
}

// restLocked tells who waits until nothing is served, if that is so.
func (t *servingTable) restLocked() {
	if t.idle != nil && t.atRestLocked() {
		close(t.idle)
		t.idle = nil
	}
}

func (t *servingTable) atRestLocked() bool { return len(t.byID) == 0 && !t.gathered.Load() }

// handedOver says that the writer has got what the reader held.
func (t *servingTable) handedOver() {
	t.gathered.Store(false)
	if !t.awaited.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restLocked()
}

// busy reports whether a call is being served.
func (t *servingTable) busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byID) > 0
}

// drained returns a channel that is closed once no call is being served, and the
// writer has the answers of all.
func (t *servingTable) drained() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.awaited.Store(true) // before the look: see handedOver
	if t.atRestLocked() {
		return closedChan
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// expire cancels the handlers whose deadline has passed, and reports whether any
// call is being served.
func (t *servingTable) expire(now int64) bool {
	t.mu.Lock()
	var late []*serving
	for _, sv := range t.byID {
		if sv.ctx.deadline != 0 && now > sv.ctx.deadline && !sv.ctx.ended() {
			late = append(late, sv)
		}
	}
	busy := len(t.byID) > 0
	t.mu.Unlock()
	for _, sv := range late {
		t.stop(sv, endLate, deadlinePassed())
	}
	return busy
}

// cancelAll tells every handler that nobody waits for it any more.
func (t *servingTable) cancelAll(err *Error) {
	t.mu.Lock()
	t.closed = true
	all := make([]*serving, 0, len(t.byID))
	for _, sv := range t.byID {
		all = append(all, sv)
	}
	t.mu.Unlock()
	for _, sv := range all {
		t.stop(sv, endCanceled, err)
	}
}
