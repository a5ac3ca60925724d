package poll

import (
	"testing"
	"time"
)

// ticking is a clock that goes on by a step each time it is looked at.
func ticking(step time.Duration) func() time.Duration {
	var now time.Duration
	return func() time.Duration { now += step; return now }
}

// after is a try that finds something at the nth attempt.
func after(n int, tries *int) func() bool {
	return func() bool { *tries++; n--; return n == 0 }
}

func TestMostLooking(t *testing.T) {
	for _, c := range []struct {
		threads, processors int
		want                int32
	}{{1, 1, 0}, {1, 8, 0}, {2, 2, 2}, {4, 8, 4}, {8, 2, 0}} {
		if got := mostLooking(c.threads, c.processors); got != c.want {
			t.Errorf("%d threads on %d processors: %d, want %d", c.threads, c.processors, got, c.want)
		}
	}
}

func TestBusyPollLooksUntilItFinds(t *testing.T) {
	p, tries := busyPoll{now: ticking(time.Microsecond), most: 1}, 0
	if !p.find(after(7, &tries)) || tries != 7 {
		t.Errorf("found after %d tries", tries)
	}
	if n := looking.Load(); n != 0 {
		t.Errorf("%d are looking afterwards", n)
	}
}

func TestBusyPollEnds(t *testing.T) {
	p, tries := busyPoll{now: ticking(10 * time.Microsecond), most: 1}, 0
	if p.find(after(-1, &tries)) || tries != int(lookFor/(10*time.Microsecond))+1 {
		t.Errorf("gave up after %d tries", tries)
	}
	p.turn(false)
	tries = 0
	if p.find(after(1, &tries)) || tries != 0 {
		t.Errorf("%d tries while it is off", tries)
	}
}

// Where nothing comes in time nobody looks, but for a few tries now and then.
func TestBusyPollRestsAfterMisses(t *testing.T) {
	p, looked := busyPoll{now: ticking(lookFor), most: 1}, 0
	const waits = 10 * (missesMost + restFor)
	for range waits {
		tries := 0
		p.find(after(-1, &tries))
		if tries > 0 {
			looked++
		}
	}
	if want := 10 * missesMost; looked != want {
		t.Errorf("looked before %d of %d waits, want %d", looked, waits, want)
	}
	for range restFor + 1 { // hits make up for misses, and not for any number of them
		tries := 0
		p.find(after(1, &tries))
	}
	for range 100 {
		p.since = 0
		tries := 0
		p.find(after(1, &tries))
	}
	looked = 0
	for range aheadMost + 2*missesMost {
		tries := 0
		if p.find(after(-1, &tries)); tries > 0 {
			looked++
		}
	}
	if looked != aheadMost+missesMost {
		t.Errorf("looked %d times after many hits, want %d", looked, aheadMost+missesMost)
	}
}

// A reader that always finds something waits once in a while, so that the scheduler asks the network.
func TestBusyPollWaitsOnceInAWhile(t *testing.T) {
	p, found, tries := busyPoll{now: ticking(100 * time.Microsecond), most: 1}, 0, 0
	for p.find(after(1, &tries)) {
		found++
	}
	if most := int(lookingMost/(100*time.Microsecond)) + 1; found == 0 || found > most {
		t.Errorf("found %d times in a row, at most %d are due", found, most)
	}
	if !p.find(after(1, &tries)) {
		t.Error("it does not look again after it has waited")
	}
}

func TestBusyPollOneForEachProcessor(t *testing.T) {
	one, other, tries := busyPoll{now: ticking(1), most: 1}, busyPoll{now: ticking(1), most: 1}, 0
	one.find(func() bool {
		if other.find(after(1, &tries)) || tries != 0 {
			t.Error("two look where there is room for one")
		}
		return true
	})
	if !other.find(after(1, &tries)) {
		t.Error("it does not look when there is room")
	}
}
