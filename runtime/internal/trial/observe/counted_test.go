package observe_test

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Calls are counted from the first Snapshot on, at the end that was looked at: a node at
// which nobody ever looks does nothing for it.
func TestCallsAreCountedOnceSomebodyLooks(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		ran := func(node string, served bool) (n uint64) {
			for _, h := range w.Node(node).Manager().Snapshot().Handlers {
				if h.ID == trial.IdCall && h.Server == served {
					n += h.Ran
				}
			}
			return n
		}
		call := func(n int) {
			for range n {
				reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("x"))
				trial.WantReply(t, "a call", reply, err, "x")
			}
		}
		call(3)
		if n := ran(r.Server, true); n != 0 {
			t.Errorf("%d calls were counted before anybody looked", n)
		}
		call(2)
		if n := ran(r.Server, true); n != 2 {
			t.Errorf("%d calls were counted at the server, want 2", n)
		}
		if n := ran(r.Caller, false); n != 0 {
			t.Errorf("%d calls were counted at the caller, at which nobody had looked", n)
		}
		call(1)
		if n := ran(r.Caller, false); n != 1 {
			t.Errorf("%d calls were counted at the caller, want 1", n)
		}
	})
}
