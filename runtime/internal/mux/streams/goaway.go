package streams

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
)

// RefuseUnopened ends the streams that have no id yet. After BeginNothing they get
// none.
func (t *Table) RefuseUnopened() {
	t.Mu.Lock()
	unopened := make([]*Stream, 0, len(t.Opening))
	for st := range t.Opening {
		unopened = append(unopened, st)
	}
	t.Mu.Unlock()
	for _, st := range unopened {
		st.over(link.ErrPeerLeaving)
	}
}

// Leave lets no stream begin but those of handlers that are still running, and tells
// those that are there.
func (t *Table) Leave() {
	t.Mu.Lock()
	t.leaving = true
	t.Mu.Unlock()
	t.TellDraining()
}
