package handlers

import (
	"testing"
	"time"
)

// keptOff plays a handler that is called all the time and found long again and
// again: after a gap, in which it was short some times. It returns how long it was
// kept off in all.
func keptOff(times int, gap time.Duration, short int) time.Duration {
	var p inlinePenalty
	var off time.Duration
	now := int64(1)
	for range times {
		now += int64(gap)
		p.NoteLong(now)
		off += time.Duration(p.Until.Load() - now)
		now = p.Until.Load()
		for range short {
			p.NoteShort()
		}
	}
	return off
}

// A handler that is mostly long is soon kept off the reader for long; one that is
// long now and then only as long as it takes to keep the readers' loss small,
// however often that has been.
func TestInlinePenalty(t *testing.T) {
	const n = 1000
	for _, c := range []struct {
		what        string
		gap         time.Duration
		short       int
		least, most time.Duration // of a time, in the mean
	}{
		{"always long", 2 * time.Millisecond, 0, longestPenalty * 9 / 10, longestPenalty},
		{"mostly long", 2 * time.Millisecond, 10, longestPenalty * 9 / 10, longestPenalty},
		{"long now and then", 30 * time.Millisecond, mostlyShort, longRunGap - 31*time.Millisecond, longRunGap - 30*time.Millisecond},
		{"long at times", longRunGap, mostlyShort, firstPenalty, firstPenalty},
		{"long and rare", longRunGap, 0, firstPenalty, firstPenalty},
	} {
		if mean := keptOff(n, c.gap, c.short) / n; mean < c.least || mean > c.most {
			t.Errorf("%s: kept off for %v each time, wanted %v to %v", c.what, mean, c.least, c.most)
		}
	}
}

// One that was mostly long and then is well, be it for many runs or for a while,
// is forgiven.
func TestInlinePenaltyForgives(t *testing.T) {
	for _, well := range []struct {
		runs int
		gap  time.Duration
	}{{mostlyShort, longRunGap}, {0, longRunGap / firstPenalty * longestPenalty}} {
		var p inlinePenalty
		now := int64(1)
		for range 20 {
			p.NoteLong(now)
			now = p.Until.Load()
		}
		for range well.runs {
			p.NoteShort()
		}
		now += int64(well.gap)
		p.NoteLong(now)
		if off := time.Duration(p.Until.Load() - now); off != firstPenalty {
			t.Errorf("after %d short runs in %v: kept off for %v", well.runs, well.gap, off)
		}
	}
}

// Many runs of one handler may be found long at once, on as many sessions: that is
// one time.
func TestInlinePenaltyCountsOnce(t *testing.T) {
	var p inlinePenalty
	for range 100 {
		p.NoteLong(1000)
	}
	if off := p.Until.Load() - 1000; off != int64(firstPenalty) {
		t.Errorf("kept off for %v", time.Duration(off))
	}
}
