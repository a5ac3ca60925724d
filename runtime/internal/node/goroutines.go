package node

import (
	"context"
	"runtime/debug"
	"runtime/pprof"

	"github.com/gridrpc/gridc/runtime/internal/thread"
)

// What a goroutine carries besides its stack must not get from one handler to the
// next:
//
//   - a thread that it is locked to (runtime.LockOSThread): who changed the thread and
//     does not unlock it means the thread to end with the goroutine
//   - labels of the profiler (pprof.SetGoroutineLabels), which new goroutines inherit
//   - debug.SetPanicOnFault
//   - what lasts as long as a function, but is inherited by goroutines that begin
//     meanwhile: fips140.WithoutEnforcement, subtle.WithDataIndependentTiming
//
// Handlers with a goroutine of their own leave all of it behind when they return.
// After a handler on a session's reader LeftClean sees to the first three; the last
// is why readers and handlers begin on goroutines that no handler or caller has
// started, see Afresh.

// LeftClean takes from the present goroutine what a handler that has returned may have
// left. It reports false if the goroutine is locked to its thread, and so must not run
// anything else. It takes 8 ns (BenchmarkLeft of package thread) of the 2.1 µs of CPU that
// a call of 512 B takes at both ends with 256 in flight; where nobody knows whether a
// goroutine is locked, and so each handler is the last on its goroutine, that is 2.8
// (BenchmarkInline/reader, with -tags purego).
func LeftClean() bool {
	pprof.SetGoroutineLabels(context.Background())
	debug.SetPanicOnFault(false)
	return !thread.Locked()
}

// Starter runs the functions that Afresh was given, until the Manager is closed.
func (m *Node) Starter() {
	for {
		select {
		case start := <-m.Starts:
			start()
		case <-m.Closed:
			return
		}
	}
}

// Afresh calls start, which starts a goroutine, on a goroutine that never ran code of
// others. It returns once that goroutine, which never blocks, has taken start.
func (m *Node) Afresh(start func()) {
	select {
	case m.Starts <- start:
	case <-m.Closed:
		start() // nothing new begins any more
	}
}
