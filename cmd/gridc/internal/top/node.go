package top

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
)

// sample is what a page said at one moment.
type sample struct {
	observe.Snapshot
	raw []byte // its JSON
}

// remembered is how long samples are kept, for rates and latencies.
const remembered = time.Minute

// node is a page that is asked again and again, by one goroutine.
type node struct {
	target *target

	mu    sync.Mutex
	past  []*sample // of one process, the oldest first
	fault error     // why the last attempt failed, nil: it did not
	since time.Time // when the first of such attempts was made
}

// reading is what is known of a node at one moment. Nobody changes it.
type reading struct {
	target *target
	past   []*sample
	fault  error
	since  time.Time
}

// watch asks the page until ctx ends, or once. told is called after each answer.
func (n *node) watch(ctx context.Context, o *Options, told func()) {
	for {
		began := time.Now()
		s, err := fetch(ctx, o.Client, n.target, o.Header)
		if ctx.Err() != nil {
			return
		}
		n.note(began, s, err)
		told()
		if o.Once {
			return
		}
		select {
		case <-time.After(o.Interval - time.Since(began)):
		case <-ctx.Done():
			return
		}
	}
}

// note takes what came of an attempt.
func (n *node) note(began time.Time, s *sample, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		if n.fault == nil {
			n.since = began
		}
		n.fault = err
		return
	}
	n.fault = nil
	if last := n.last(); last != nil && last.Node.Incarnation != s.Node.Incarnation {
		n.past = nil // another process counts from 0
	} else if last != nil && !s.At.After(last.At) {
		return // a page looks at its node once a second at most
	}
	n.past = append(n.past, s)
	old := 0
	for s.At.Sub(n.past[old].At) > remembered {
		old++
	}
	n.past = slices.Delete(n.past, 0, old)
}

func (n *node) last() *sample {
	if len(n.past) == 0 {
		return nil
	}
	return n.past[len(n.past)-1]
}

func (n *node) read() reading {
	n.mu.Lock()
	defer n.mu.Unlock()
	return reading{target: n.target, past: slices.Clone(n.past), fault: n.fault, since: n.since}
}

// last is the newest sample, or nil.
func (r *reading) last() *sample {
	if len(r.past) == 0 {
		return nil
	}
	return r.past[len(r.past)-1]
}
