package calls

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
)

// RefuseUnsent fails the calls whose request is not in a batch yet.
func (t *Table) RefuseUnsent() {
	w := &t.s.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	for _, c := range *t.slots.Load() {
		if id := c.state.Load(); id != 0 && c.asked.Load() != id && c.Claim(id) {
			c.complete(nil, link.ErrPeerLeaving)
		}
	}
}

// Leave lets no call begin but those of handlers that are still running.
func (t *Table) Leave() {
	t.s.Out.Mu.Lock()
	defer t.s.Out.Mu.Unlock()
	t.leaving = true
}
