package poll

import (
	"runtime"
	"sync/atomic"
	"time"
)

// BusyPoller is a ReadyReader that can look for bytes again and again before it waits for them, as
// SO_BUSY_POLL of Linux does in the kernel. A processor that has gone idle takes longer to wake up than
// the next piece of a large message takes to come: where a peer sends a few pieces and waits for room, each
// such delay is one of the transfer. It takes processor time that nobody else has a use for: a turn of the
// scheduler lies between two attempts.
type BusyPoller interface {
	ReadyReader
	// BusyPoll turns it on or off for the reads to come. Whoever may call ReadReady may call it.
	BusyPoll(on bool)
}

const (
	// lookFor is how long a reader looks. Measured with calls of 512 B beside two of 16 MiB (bench, cell
	// beside/512B/2pump): see bench/MISSES.md.
	lookFor = 100 * time.Microsecond
	// lookingMost is how long a reader may go on looking and finding before it waits once. While
	// each processor has a goroutine to run, the Go scheduler does not ask the network, and its monitor
	// does so only every 10 ms.
	lookingMost = 5 * time.Millisecond
	// missesMost is how many more misses than twice the hits end the looking, for restFor waits: over a network
	// with a long round trip nothing comes in time.
	missesMost = 8
	restFor    = 64
	// aheadMost is how many misses earlier hits make up for.
	aheadMost = 16
)

// looking is how many readers of the process look at this moment: at most one for each processor.
var looking atomic.Int32

// busyPoll decides when a reader looks, and for how long. It belongs to who reads.
type busyPoll struct {
	now    func() time.Duration // monotonic
	most   int32                // of looking; 0: it is off
	misses int                  // less twice the hits
	rest   int                  // so many waits without looking
	since  time.Duration        // when it began to look and find, 0 if it has waited since
}

// turn turns it on or off, and finds out whether it is of use here.
func (p *busyPoll) turn(on bool) {
	p.most = 0
	if on {
		p.most = mostLooking(runtime.GOMAXPROCS(0), runtime.NumCPU())
	}
}

// mostLooking is how many readers may look at a time. With one processor who looks is in the way of who
// has something to do; so it is where the kernel has to share processors out among more threads than there are of
// them: a call of 16 MiB with 512 B beside it takes 1.6 times the CPU then (bench, cell beside/512B/1pump/P8).
func mostLooking(threads, processors int) int32 {
	if threads == 1 || threads > processors {
		return 0
	}
	return int32(threads) // fits: processors
}

// find tries until there is something, or until it is time to wait.
func (p *busyPoll) find(try func() bool) bool {
	if p.most == 0 {
		return false
	}
	if p.rest > 0 {
		p.rest--
		return false
	}
	if looking.Add(1) <= p.most && p.look(try) {
		looking.Add(-1)
		return true
	}
	looking.Add(-1)
	p.since = 0
	return false
}

func (p *busyPoll) look(try func() bool) bool {
	begin := p.now()
	if p.since == 0 {
		p.since = begin
	}
	if begin-p.since > lookingMost {
		return false
	}
	for {
		runtime.Gosched()
		if try() {
			p.misses = max(p.misses-2, -aheadMost)
			return true
		}
		if p.now()-begin > lookFor {
			break
		}
	}
	if p.misses++; p.misses >= missesMost {
		p.misses, p.rest = 0, restFor
	}
	return false
}
