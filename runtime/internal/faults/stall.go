package faults

import (
	"sync"
	"time"
)

// Stalls notes when this process did not get to run, because the machine had
// something else to do: what came late for that reason the runtime cannot help.
type Stalls struct {
	stop chan struct{}
	done sync.WaitGroup

	mu  sync.Mutex
	all [lookOuts][]span
}

// span is a time in which a goroutine that was due did not run.
type span struct{ from, to time.Time }

// A look-out wakes so often, and calls it a stall when it is late by so much. There
// are several, for one processor may be taken away while another goes on.
const (
	lookOuts  = 4
	lookEvery = 5 * time.Millisecond
	stalled   = 5 * time.Millisecond
)

// WatchStalls begins to look out.
func WatchStalls() *Stalls {
	s := &Stalls{stop: make(chan struct{})}
	for i := range lookOuts {
		s.done.Go(func() { s.watch(&s.all[i]) })
	}
	return s
}

// Stop ends it.
func (s *Stalls) Stop() {
	close(s.stop)
	s.done.Wait()
}

func (s *Stalls) watch(all *[]span) {
	for {
		due := time.Now().Add(lookEvery)
		if !pause(s.stop, lookEvery) {
			return
		}
		if now := time.Now(); now.Sub(due) > stalled {
			s.mu.Lock()
			*all = append(*all, span{due, now})
			s.mu.Unlock()
		}
	}
}

// Between returns how much of a time was stalled: the most that one look-out saw.
func (s *Stalls) Between(from, to time.Time) (most time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, all := range s.all {
		sum := time.Duration(0)
		for i := len(all) - 1; i >= 0 && all[i].to.After(from); i-- {
			sum += all[i].overlap(from, to)
		}
		most = max(most, sum)
	}
	return most
}

// overlap is how much of x lies between two times.
func (x span) overlap(from, to time.Time) time.Duration {
	if from.Before(x.from) {
		from = x.from
	}
	if to.After(x.to) {
		to = x.to
	}
	return max(0, to.Sub(from))
}

// Worst returns the longest.
func (s *Stalls) Worst() (most time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, all := range s.all {
		for _, x := range all {
			most = max(most, x.to.Sub(x.from))
		}
	}
	return most
}
