package node

import "time"

// Ticks is what a Manager does from time to time. Each function gets the present time of the
// Manager's clock, and must not block.
type Ticks struct {
	CheckLive func(now int64)      // as often as Clock.CheckEvery says
	Expire    func(now int64) bool // ends what is overdue, and reports whether deadlines are left
	Watch     func(now int64) bool // sees to readers, and reports whether there is one to watch
}

// Tick runs until the Manager is closed. One goroutine does all that depends on time: each that
// is idle costs memory, and time in each round of the garbage collector (TestIdleManager).
func (m *Node) Tick(t Ticks) {
	live := time.NewTicker(time.Duration(m.Clock.liveness.Load()))
	defer live.Stop()
	scan := time.NewTimer(0)
	defer scan.Stop()
	watch := time.NewTicker(WatchTick)
	defer watch.Stop()
	watch.Stop() // until it is armed
	look := func() bool { return t.Watch(m.Clock.Now()) }
	for {
		select {
		case <-m.Closed:
			return
		case <-live.C:
			t.CheckLive(m.Clock.Now())
		case <-m.Clock.sooner:
			live.Reset(time.Duration(m.Clock.liveness.Load()))
		case <-m.Clock.wake:
			scan.Reset(deadlineTick)
		case <-scan.C:
			// Disarmed first: a call that begins meanwhile arms the clock again.
			m.Clock.armed.Store(false)
			if t.Expire(m.Clock.Now()) && !m.Clock.armed.Swap(true) {
				scan.Reset(deadlineTick)
			}
		case <-m.Watch.Wake:
			watch.Reset(WatchTick)
		case <-watch.C:
			if !m.Watch.tick(look) {
				watch.Stop()
			}
		}
	}
}
