package load

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sleepUntil lets the calling thread sleep, which must be locked to its goroutine;
// it is woken some microseconds after t.
func sleepUntil(t time.Time) {
	d := time.Until(t)
	if d <= 0 {
		return
	}
	// Where the kernel refuses, sleep is 50 µs less exact.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	for ; d > 0; d = time.Until(t) { // a signal ends it early
		ts := syscall.NsecToTimespec(d.Nanoseconds())
		_ = syscall.Nanosleep(&ts, nil)
	}
}
