package peers_test

import (
	"bytes"
	"runtime/pprof"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// While a session lives no goroutine waits for its end to dial again: an idle
// session has one at each side, its reader. Its end brings the next one.
func TestNobodyWaitsToDialAgain(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		for range 3 {
			w.Connected(t)
			synctest.Wait()
			var all bytes.Buffer
			if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(all.Bytes(), []byte("dialUntilConnected")) {
				t.Errorf("a goroutine dials although the nodes are connected:\n%s", all.Bytes())
			}
			w.Cut(r.Caller, r.Server)
			synctest.Wait()
			w.HealAll()
		}
		w.Connected(t)
	})
}
