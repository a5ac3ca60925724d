package peers_test

import (
	"runtime"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// A Manager without peers has two goroutines: one for all that depends on time, and one that
// starts others.
func TestIdleManager(t *testing.T) {
	before := started()
	m, err := grid.NewManager(grid.Options{Name: "idle", Auth: grid.InsecureNoAuth(), Accept: func(string) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	if n := started() - before; n != 2 {
		t.Errorf("an idle Manager has %d goroutines, not 2", n)
	}
	if err := m.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if n := started() - before; n != 0 {
		t.Errorf("%d goroutines of a Manager that was shut down are left", n)
	}
}

// started is how many goroutines there are that Managers have started.
func started() int {
	all := make([]byte, 1<<20)
	return strings.Count(string(all[:runtime.Stack(all, true)]), "created by github.com/gridrpc/gridc/runtime/internal/node.(*Goroutines).Go ")
}
