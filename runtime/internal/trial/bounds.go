package trial

import (
	"io"
	"log"
	"runtime"
	"testing/synctest"
	"time"
)

// reporter takes the findings of an arena: the test, or one that tests the arena.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// QuietLog is for servers whose complaints of their clients nobody wants to read.
var QuietLog = log.New(io.Discard, "", 0)

// bounds are what an attack may cost the node, and what was there before.
type bounds struct {
	// The most that an attack holds while its sockets are open, see Arena.Bounded,
	// and what it makes the node allocate beside what it sends.
	heap, goroutines, once int

	atRest level // before the witness began to call
	before level // the attack
	served int64 // calls of the witness before the attack
}

// level is how much there is in the process.
type level struct {
	heap, goroutines int
	allocated        int64
	processor        time.Duration
}

// Bounds of an attack that states none: of a socket or a frame that is refused,
// which leaves next to nothing to its sender.
const (
	leastHeap       = 1 << 20
	leastGoroutines = 2
)

// What a socket holds before it is authenticated: the buffer that it is read into,
// those of the HTTP server, and those of its other end. And what comes and goes with
// the calls of a witness.
const (
	PendingHolds = 36 << 10
	WitnessHolds = 16 << 10
)

// Bounds of what an attack makes the node allocate: for each byte that attackers
// sent, for each call of the witness, and where nothing else is stated, once.
const (
	allocatedByByte = 64
	allocatedByCall = 16 << 10
	allocatedOnce   = 8 << 20
)

// The same for processor time, which the clock of a bubble does not count, and the
// witness does not feel.
const (
	processorByByte = 500 * time.Nanosecond
	processorByCall = 200 * time.Microsecond
	ProcessorOnce   = 500 * time.Millisecond
)

// measure counts the goroutines and what is allocated. What the log of the target
// takes belongs to the test.
func (a *Arena) measure() level {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return level{
		heap: int(now.HeapAlloc) - a.Log.size(), allocated: int64(now.TotalAlloc),
		goroutines: runtime.NumGoroutine(), processor: ProcessTime(),
	}
}

// collect frees what can be freed, what is in pools included.
func collect() {
	runtime.GC()
	runtime.GC()
}

// rest notes what there is before the witness calls, which is what must be left when
// the attack is over, and sets the bounds of an attack that states none.
func (a *Arena) rest() {
	time.Sleep(time.Second)
	a.bounds = bounds{heap: leastHeap, goroutines: leastGoroutines, once: allocatedOnce}
	a.Baseline()
	a.bounds.atRest = a.bounds.before
}

// Baseline is what memory and goroutines are counted from.
func (a *Arena) Baseline() {
	synctest.Wait()
	collect()
	a.bounds.before = a.measure()
	a.bounds.served = a.witness.served.Load()
	a.sent.Store(0)
}

// Bounded states what the attack may hold from now on, and fails the test if there
// is more on the heap, or there are more goroutines.
func (a *Arena) Bounded(t reporter, heap, goroutines int) {
	t.Helper()
	a.bounds.heap, a.bounds.goroutines = heap, goroutines
	a.checkHeld(t)
}

// MayAllocate states what the attack makes the node allocate beside what it sends: by
// handlers that give large answers, or by calls that the test makes.
func (a *Arena) MayAllocate(bytes int) { a.bounds.once = bytes + allocatedOnce }

func (a *Arena) checkHeld(t reporter) {
	t.Helper()
	// What is forbidden is growth with the attack, which sends hundreds and more.
	// A few goroutines come and go with the witness's calls and the node's own work.
	const comeAndGo = 4
	b := &a.bounds
	a.check(t, "more", b.before, b.heap, b.goroutines+comeAndGo)
}

// check compares what there is with a level before.
func (a *Arena) check(t reporter, what string, before level, heap, goroutines int) {
	t.Helper()
	synctest.Wait()
	n := runtime.NumGoroutine() - before.goroutines
	for try := 0; n > goroutines && try < 1_000_000; try++ {
		// The count is the process's: what another test or the runtime is just
		// ending needs a moment outside of the bubble, where time stands still.
		runtime.Gosched()
		n = runtime.NumGoroutine() - before.goroutines
	}
	if n > goroutines {
		t.Errorf("%d goroutines %s, at most %d are allowed", n, what, goroutines)
	}
	now := a.measure()
	if now.heap-before.heap > heap { // with what is to be collected
		collect()
		now = a.measure()
	}
	if n := now.heap - before.heap; n > heap {
		t.Errorf("%d KiB %s on the heap, at most %d are allowed", n>>10, what, heap>>10)
	}
}

// Allocated returns how many bytes were allocated since the baseline, 0 where that
// cannot be told.
func (a *Arena) Allocated() int64 {
	if RaceDetector {
		return 0
	}
	return a.measure().allocated - a.bounds.before.allocated
}

// checkAllocated fails the test if the attack made the node allocate more than what
// it cost the attackers to send, many times over. So what was held for a moment
// only is bounded, too.
func (a *Arena) checkAllocated(t reporter) {
	t.Helper()
	sent, calls := a.sent.Load(), a.witness.served.Load()-a.bounds.served
	most := allocatedByByte*sent + allocatedByCall*calls + int64(a.bounds.once)
	if got := a.Allocated(); got > most {
		t.Errorf("%d KiB sent made the node allocate %d KiB, at most %d are allowed", sent>>10, got>>10, most>>10)
	}
}

// checkProcessor fails the test if the attack took more of a processor than what it
// sent is worth.
func (a *Arena) checkProcessor(t reporter) {
	t.Helper()
	sent, calls := time.Duration(a.sent.Load()), time.Duration(a.witness.served.Load()-a.bounds.served)
	most := processorByByte*sent + processorByCall*calls + ProcessorOnce
	if RaceDetector {
		most *= 10
	}
	got := ProcessTime() - a.bounds.before.processor
	if got > most {
		t.Errorf("%d KiB sent took %v of a processor, at most %v are allowed", sent>>10, got, most)
	}
}

// Finish holds the attack to its bounds: in what it makes the node allocate and in
// processor time, in what it holds while its sockets are open, in what is left when they are closed, and in
// what the witness feels of it, which must have been served within three times its
// undisturbed latency all along.
func (a *Arena) Finish(t reporter) {
	t.Helper()
	if n := a.witness.watch(); n < 5 {
		t.Errorf("the witness was served %d times while the attack was on", n)
	}
	a.checkAllocated(t)
	a.checkProcessor(t)
	a.checkHeld(t)
	a.letGo()
	a.witness.end(t)
	time.Sleep(time.Second) // an HTTP server lingers on requests that it did not read
	a.check(t, "left behind", a.bounds.atRest, leastHeap, 0)
	a.witness.close()
}
