package sim

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "play this one world, and tell what happens; 0: many")
	seedsFlag = flag.Uint64("seeds", 2000/slowdown, "how many worlds to play")
	wireFlag  = flag.Int("wire", -1, "play all worlds over this wire: 0 without TLS, 1 and 2 with; -1: what the seed says")
	fromFlag  = flag.Uint64("from", 1, "the first seed")
)

// margin is what is left of -timeout when the last world begins: who wants as many
// as fit into a time says -seeds 1000000000 -timeout 1h.
const margin = 10 * time.Second

// workers play worlds side by side. A world has its own bubble and shares nothing.
const workers = 2

// TestSimulation plays worlds and checks all that happens in them. It proves P1
// to P5 and P7 to P10 for as many seeds as -seeds says.
func TestSimulation(t *testing.T) {
	if *seedFlag != 0 {
		replay(t, *seedFlag)
		return
	}
	var next atomic.Uint64
	var failed atomic.Bool
	var sum tally
	began := time.Now()
	deadline, limited := t.Deadline()
	t.Run("worlds", func(t *testing.T) {
		for i := range workers {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for {
					n := next.Add(1) - 1
					if n >= *seedsFlag || failed.Load() || limited && time.Until(deadline) < margin {
						return
					}
					sum.add(play(t, *fromFlag+n, io.Discard))
					failed.CompareAndSwap(false, t.Failed())
				}
			})
		}
	})
	t.Logf("%d worlds in %v: %s", sum.worlds.Load(), time.Since(began).Round(time.Second), &sum)
}

// play plays the world of one seed. Should the process die in it, the labels of
// its goroutines name the seed in the traceback.
func play(t *testing.T, seed uint64, log io.Writer) (h *History) {
	how := fmt.Sprintf("replay: go test ./runtime/internal/sim -run TestSimulation -seed %d", seed)
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("seed %d: %v\n%s", seed, r, how)
			panic(r)
		}
	}()
	pprof.Do(context.Background(), pprof.Labels("seed", strconv.FormatUint(seed, 10)), func(context.Context) {
		synctest.Test(t, func(t *testing.T) { h = Play(planOf(seed), log) })
	})
	for _, what := range Check(h) {
		t.Errorf("seed %d: %s", seed, what)
	}
	if t.Failed() {
		t.Log(how)
	}
	return h
}

// planOf is the plan of a seed, over the wire that was asked for.
func planOf(seed uint64) *Plan {
	p := NewPlan(seed)
	if *wireFlag >= 0 {
		p.Wire = Wire(*wireFlag)
	}
	return p
}

// replay plays one world and tells its story.
func replay(t *testing.T, seed uint64) {
	p := planOf(seed)
	t.Logf("nodes %v, wire %d, link %+v, limits %+v, capacities %v", p.Nodes, p.Wire, p.Link, p.Limits, p.Capacity)
	for _, f := range p.Faults {
		t.Logf("fault: %+v", f)
	}
	h := play(t, seed, t.Output())
	for _, c := range h.Calls {
		t.Logf("call: %+v %+v %s", c, c.Failure, told(c.Runs))
	}
	for _, s := range h.Streams {
		t.Logf("stream: %+v %+v", s, s.Failure)
		for _, run := range s.Runs {
			t.Logf("   run: %+v", run)
		}
	}
	for _, s := range h.Shutdowns {
		t.Logf("shutdown: %+v", s)
	}
}

func told(runs []*Run) (s string) {
	for _, run := range runs {
		s += fmt.Sprintf("; run %+v", *run)
	}
	return s
}

// tally counts what was checked.
type tally struct {
	worlds, calls, answered, streams, complete, messages, faults atomic.Int64
	outcomes                                                     [grid.Ran + 1]atomic.Int64
}

func (s *tally) add(h *History) {
	if h == nil {
		return
	}
	s.worlds.Add(1)
	s.calls.Add(int64(len(h.Calls)))
	s.streams.Add(int64(len(h.Streams)))
	s.faults.Add(int64(len(h.Faults)))
	for _, c := range h.Calls {
		if c.Failure == nil {
			s.answered.Add(1)
		} else {
			s.outcomes[c.Failure.Outcome].Add(1)
		}
	}
	for _, st := range h.Streams {
		if st.EOF {
			s.complete.Add(1)
		}
		s.messages.Add(int64(len(st.Client.Received)))
		for _, run := range st.Runs {
			s.messages.Add(int64(len(run.Server.Received)))
		}
	}
}

// String tells the counts.
func (s *tally) String() string {
	text := fmt.Sprintf("%d calls, %d answered", s.calls.Load(), s.answered.Load())
	for o := grid.NotSent; o <= grid.Ran; o++ {
		text += fmt.Sprintf(", %d %s", s.outcomes[o].Load(), o)
	}
	return text + fmt.Sprintf("; %d streams, %d complete, %d messages; %d faults", s.streams.Load(), s.complete.Load(), s.messages.Load(), s.faults.Load())
}
