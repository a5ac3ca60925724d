package grid

import (
	"testing"
	"time"
)

// keptOff plays a handler that is called all the time and found long after
// each of the gaps, and returns how long it was kept off in all.
func keptOff(gaps ...time.Duration) time.Duration {
	var p pace
	var off time.Duration
	now := int64(1)
	for _, gap := range gaps {
		now += int64(gap)
		p.strike(now)
		off += time.Duration(p.until.Load() - now)
		now = p.until.Load()
	}
	return off
}

func repeated(n int, gap time.Duration) []time.Duration {
	gaps := make([]time.Duration, n)
	for i := range gaps {
		gaps[i] = gap
	}
	return gaps
}

// A handler that is always long is soon kept off the reader for long; one that is
// long now and then is hardly kept off at all, however often that has been.
func TestPace(t *testing.T) {
	if off := keptOff(repeated(20, 2*time.Millisecond)...); off < 3*paceLast {
		t.Errorf("a handler that was long 20 times in a row was kept off for %v", off)
	}
	const n = 1000
	if off := keptOff(repeated(n, paceForgive*paceFirst)...); off != n*paceFirst {
		t.Errorf("a handler that was long now and then was kept off for %v", off)
	}
	long := repeated(14, 0)
	if off := keptOff(append(long, paceForgive*paceLast)...) - keptOff(long...); off != paceFirst {
		t.Errorf("a handler that was well for long was kept off for %v", off)
	}
}

// Many runs of one handler may be found long at once, on as many sessions: that is
// one time.
func TestPaceCountsOnce(t *testing.T) {
	var p pace
	for range 100 {
		p.strike(1000)
	}
	if off := p.until.Load() - 1000; off != int64(paceFirst) {
		t.Errorf("kept off for %v", time.Duration(off))
	}
}
