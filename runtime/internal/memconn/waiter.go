package memconn

import (
	"sync"
	"time"
)

// waiter is where the readers, or the writers, of one end wait for an event,
// for a moment, or for their deadline.
//
// It waits on a sync.Cond and wakes by a timer that is made by the first wait
// that needs one: in a synctest bubble the first is durably blocking, and the
// second belongs to the bubble. All of it is guarded by cond.L.
type waiter struct {
	cond     sync.Cond
	deadline time.Time // zero: none
	timer    *time.Timer
	armed    time.Time // when timer fires next; zero if it does not
}

// waitLocked returns after an event, at until, or at the deadline; perhaps
// earlier, so callers look again.
func (w *waiter) waitLocked(until time.Time) {
	if at := earliest(w.deadline, until); !at.IsZero() {
		w.armLocked(at)
	}
	w.cond.Wait()
}

// armLocked sees to it that the timer fires by at. A timer that fires earlier
// stays: the one it wakes arms it again, and most waits end without it.
func (w *waiter) armLocked(at time.Time) {
	if !w.armed.IsZero() && !w.armed.After(at) {
		return
	}
	w.armed = at
	if w.timer == nil {
		w.timer = time.AfterFunc(time.Until(at), w.fire)
		return
	}
	w.timer.Reset(time.Until(at))
}

// fire runs on the timer's goroutine.
func (w *waiter) fire() {
	w.cond.L.Lock()
	defer w.cond.L.Unlock()
	w.armed = time.Time{}
	w.cond.Broadcast()
}

// setDeadlineLocked takes t as the time package gives it. The deadline is kept
// on the monotonic clock, as the timer is, so that both agree when it is over.
func (w *waiter) setDeadlineLocked(t time.Time) {
	w.deadline = t
	if !t.IsZero() {
		now := time.Now()
		w.deadline = now.Add(max(0, t.Sub(now)))
	}
	w.cond.Broadcast()
}

// expiredLocked reports whether the deadline is over.
func (w *waiter) expiredLocked() bool {
	return !w.deadline.IsZero() && !time.Now().Before(w.deadline)
}

// stopLocked ends the timer and wakes everyone, for the last time.
func (w *waiter) stopLocked() {
	if w.timer != nil {
		w.timer.Stop()
		w.armed = time.Time{}
	}
	w.cond.Broadcast()
}
