package node

import (
	"sync"
	"time"
)

// Ration lets one of many log lines through in each rationTime.
type Ration struct {
	mu   sync.Mutex
	last int64 // manager clock, 0: never
	more int   // lines left out since then
}

const rationTime = time.Minute

// Take reports whether a line may be written now, and how many were left out.
func (x *Ration) Take(now int64) (more int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.last != 0 && now-x.last < int64(rationTime) {
		x.more++
		return 0, false
	}
	more, x.more, x.last = x.more, 0, now
	return more, true
}
