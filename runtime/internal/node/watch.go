package node

import (
	"sync/atomic"
	"time"
)

// watch takes the reader's role from handlers that run too long. It ticks only
// while handlers run on readers.
type watch struct {
	armed atomic.Bool
	Wake  chan struct{} // capacity 1
	quiet int           // ticks in a row that saw nothing; of the goroutine that runs Tick
}

// WatchTick is how often the watch looks. A handler that is seen twice has run
// for a whole tick.
const WatchTick = time.Millisecond

// watchIdle is after how many quiet ticks the watch stops ticking.
const watchIdle = 50

func (w *watch) Arm() {
	if w.armed.Load() || w.armed.Swap(true) {
		return
	}
	select {
	case w.Wake <- struct{}{}:
	default:
	}
}

// tick calls look, which reports whether there is something to watch. It reports whether the
// watch ticks on.
func (w *watch) tick(look func() bool) bool {
	if look() {
		w.quiet = 0
		return true
	}
	if w.quiet++; w.quiet < watchIdle {
		return true
	}
	w.quiet = 0
	w.armed.Store(false)
	if look() {
		w.Arm() // one began between the last look and now
	}
	return false
}
