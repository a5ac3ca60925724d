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

// Loop runs until closed is. While it ticks it calls look, which reports whether
// there is something to watch.
func (w *watch) Loop(closed <-chan struct{}, look func() bool) {
	for {
		select {
		case <-w.Wake:
			w.tickWhileBusy(closed, look)
		case <-closed:
			return
		}
	}
}

func (w *watch) tickWhileBusy(closed <-chan struct{}, look func() bool) {
	tick := time.NewTicker(WatchTick)
	defer tick.Stop()
	for quiet := 0; quiet < watchIdle; {
		select {
		case <-tick.C:
		case <-closed:
			return
		}
		if look() {
			quiet = 0
		} else {
			quiet++
		}
	}
	w.armed.Store(false)
	if look() {
		w.Arm() // one began between the last look and now
	}
}
