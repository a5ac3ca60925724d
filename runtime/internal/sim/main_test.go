package sim

import (
	"os"
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if any test leaves a goroutine behind. Should the process die,
// its traceback shows the labels of goroutines, and so the seed of their world.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // worlds are short and make much garbage: a third less time
	os.Setenv("GODEBUG", os.Getenv("GODEBUG")+",tracebacklabels=1")
	goleak.VerifyTestMain(m)
}
