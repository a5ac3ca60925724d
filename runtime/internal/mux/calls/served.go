package calls

import (
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Served holds the handlers of calls that run here for the peer. A slot is
// taken when the request arrives and freed when the handler returns, not when
// the caller loses interest: only so is the number of handlers bounded.
type Served struct {
	s        *link.Link
	registry *handlers.Registry
	large    map[uint64]*Serving // answers that travel in chunks; guarded by the writer's lock

	// Gathered says that the reader holds answers of calls whose slots are free.
	Gathered atomic.Bool
	awaited  atomic.Bool // somebody waits until nothing is served

	mu             sync.Mutex // taken below the writer's
	closed         bool
	full, nodeFull *wire.Failure // why calls are refused; made on demand
	running        running
	idle           chan struct{} // closed once nothing is served; nil until somebody waits
}

func (t *Served) Init(l *link.Link, r *handlers.Registry) {
	t.s, t.registry = l, r
}

// HandleReset ends a call that its caller gave up: its handler is told, a large
// answer stops.
func (t *Served) HandleReset(id uint64, code status.Code) {
	t.mu.Lock()
	sv := t.running.find(id)
	t.mu.Unlock()
	if sv != nil {
		end, cause := handlers.GaveUp(code)
		t.stop(sv, end, cause)
	}
	w := &t.s.Out
	w.Mu.Lock()
	if sv := t.large[id]; sv != nil {
		sv.Large.drop(w)
		sv.written()
	}
	w.Mu.Unlock()
}

// stop cancels a handler. One that waits for the rest of its request never
// starts, and its slot is free at once.
func (t *Served) stop(sv *Serving, end handlers.EndKind, cause *status.Error) {
	sv.Ctx.Cancel(end, cause)
	t.mu.Lock()
	waiting := !sv.started && t.removeLocked(sv)
	t.mu.Unlock()
	if waiting {
		sv.Ctx.Dropped(handlers.GivenUp(end, cause))
		t.s.Parts.Forget(wire.TargetCall, sv.ID) // last: see beginLarge
	}
}

// Remove frees a slot.
func (t *Served) Remove(sv *Serving) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.removeLocked(sv)
}

// removeLocked reports whether the slot was the call's still.
func (t *Served) removeLocked(sv *Serving) bool {
	if !t.running.remove(sv) {
		return false
	}
	t.s.Running.Give()
	t.restLocked()
	return true
}

// restLocked tells who waits until nothing is served, if that is so.
func (t *Served) restLocked() {
	if t.idle != nil && t.atRestLocked() {
		close(t.idle)
		t.idle = nil
	}
}

func (t *Served) atRestLocked() bool { return t.running.len() == 0 && !t.Gathered.Load() }

// HandedOver says that the writer has got what the reader held.
func (t *Served) HandedOver() {
	t.Gathered.Store(false)
	if !t.awaited.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restLocked()
}

// Busy reports whether a call is being served.
func (t *Served) Busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running.len() > 0
}

// Drained returns a channel that is closed once no call is being served, and the
// writer has the answers of all.
func (t *Served) Drained() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.awaited.Store(true) // before the look: see HandedOver
	if t.atRestLocked() {
		return node.ClosedChan
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// Expire cancels the handlers whose deadline has passed, and reports whether any
// call is being served.
func (t *Served) Expire(now int64) bool {
	t.mu.Lock()
	var late []*Serving
	for sv := range t.running.all {
		if sv.Ctx.DueAt != 0 && now > sv.Ctx.DueAt && !sv.Ctx.Ended() {
			late = append(late, sv)
		}
	}
	busy := t.running.len() > 0
	t.mu.Unlock()
	for _, sv := range late {
		t.stop(sv, handlers.EndLate, status.DeadlinePassed())
	}
	return busy
}

// CancelAll tells every handler that nobody waits for it any more.
func (t *Served) CancelAll(err *status.Error) {
	t.mu.Lock()
	t.closed = true
	all := make([]*Serving, 0, t.running.len())
	for sv := range t.running.all {
		all = append(all, sv)
	}
	t.mu.Unlock()
	for _, sv := range all {
		t.stop(sv, handlers.EndCanceled, err)
	}
}
