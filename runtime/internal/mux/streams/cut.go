package streams

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
)

// Each calls f for the handler of each stream that is served here, with the table
// locked, and returns how many there are that this end has opened.
func (t *Table) Each(f func(*handlers.Handler)) (opened int) {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	for _, st := range t.byID {
		if !st.Client {
			f(st.H)
		} else {
			opened++
		}
	}
	return opened + len(t.Opening)
}
