//go:build unix

package trial

import (
	"syscall"
	"time"
)

// ProcessTime is the processor time that this process has used. It means the same
// in a bubble, where the clock stands still.
func ProcessTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
