package grid_test

import (
	"bytes"
	"runtime/pprof"
	"testing"
	"testing/synctest"
)

// While a session lives no goroutine waits for its end to dial again: an idle
// session has one at each side, its reader. Its end brings the next one.
func TestNobodyWaitsToDialAgain(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho})
		for range 3 {
			w.connected(t)
			synctest.Wait()
			var all bytes.Buffer
			if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(all.Bytes(), []byte("dialUntilConnected")) {
				t.Errorf("a goroutine dials although the nodes are connected:\n%s", all.Bytes())
			}
			w.Cut(r.caller, r.server)
			synctest.Wait()
			w.HealAll()
		}
		w.connected(t)
	})
}
