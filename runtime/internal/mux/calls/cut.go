package calls

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
)

// Each calls f for what is known of the handler of each call in flight, with the writer's
// lock held.
func (t *Table) Each(f func(*handlers.Handler)) {
	t.s.Out.Mu.Lock()
	defer t.s.Out.Mu.Unlock()
	for _, c := range *t.slots.Load() {
		if c.state.Load() != 0 {
			f(c.what)
		}
	}
}

// Each calls f for the handler of each call that is being served, with the table
// locked.
func (t *Served) Each(f func(*handlers.Handler)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for sv := range t.running.all {
		f(sv.Ctx.H)
	}
}
