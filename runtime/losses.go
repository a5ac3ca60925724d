package grid

import (
	"slices"
	"time"
)

// losses are the sessions of a Connection that were lost not long ago, the oldest first.
type losses []loss

type loss struct {
	at    time.Time
	lived time.Duration
}

const (
	maxLosses = 100 // that are remembered, of the last minute
	maxLived  = 8   // of which the length is told, however long ago they were
	lately    = time.Minute
)

// add notes a session that was lost.
func (l *losses) add(at time.Time, lived time.Duration) {
	*l = append(*l, loss{at, lived})
	old := len(*l) - maxLosses
	for old = max(old, 0); len(*l)-old > maxLived && at.Sub((*l)[old].at) > lately; {
		old++
	}
	*l = slices.Delete(*l, 0, old)
}

// since is how many there were in the last minute, and how long the last ones had lived.
func (l losses) since(now time.Time) (count int, lived []time.Duration) {
	for _, x := range l {
		if now.Sub(x.at) <= lately {
			count++
		}
	}
	for _, x := range l[max(0, len(l)-maxLived):] {
		lived = append(lived, x.lived)
	}
	return count, lived
}
