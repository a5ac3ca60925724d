package codecs

import (
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Result is what one operation of one value in one codec costs.
type Result struct {
	Codec, Value, Op string
	Size             int       // bytes on the wire
	Times            []float64 // ns an operation, by round
	Bytes, Allocs    float64   // allocated an operation
}

// Median is the time of the operation in the median round, in nanoseconds.
func (r *Result) Median() float64 {
	sorted := slices.Sorted(slices.Values(r.Times))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// Measure checks each work, and then measures it in rounds. In a round every
// operation takes one turn: the codecs do the same to the same value as often as
// each other, one after the other, in another order each round. So nobody always
// follows the same neighbour, and all meet the same caches and the same heap.
//
// The heap of this program is tiny, and would be collected every few thousand
// operations: GOGC is raised meanwhile, to what a program with more of it sees.
func Measure(works []*Work, rounds int, turn time.Duration) ([]*Result, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	groups, err := groupsOf(works, turn)
	if err != nil {
		return nil, err
	}
	order := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		for _, g := range groups {
			for _, i := range order.Perm(len(g.steps)) {
				if err := g.steps[i].take(g.n); err != nil {
					return nil, err
				}
			}
		}
	}
	var results []*Result
	for _, g := range groups {
		for _, s := range g.steps {
			results = append(results, s.result)
		}
	}
	return results, nil
}

// group is what is compared: one operation on one value, by each codec.
type group struct {
	steps []step
	n     int // operations in a turn, of the slowest
}

func groupsOf(works []*Work, turn time.Duration) ([]*group, error) {
	for _, w := range works {
		if err := w.Check(); err != nil {
			return nil, err
		}
	}
	var groups []*group
	for _, op := range Ops {
		for i, w := range works {
			if i == 0 || works[i-1].Value != w.Value {
				groups = append(groups, &group{n: math.MaxInt})
			}
			g := groups[len(groups)-1]
			s := step{w, &Result{Codec: w.Codec, Value: w.Value, Op: op, Size: w.Size()}}
			n, err := s.calibrate(turn)
			if err != nil {
				return nil, err
			}
			g.steps, g.n = append(g.steps, s), min(g.n, n)
		}
	}
	return groups, nil
}

// step is one operation that takes its turns.
type step struct {
	work   *Work
	result *Result
}

// calibrate finds out how many operations fill a turn, and what each allocates.
func (s step) calibrate(turn time.Duration) (int, error) {
	n, took := 1, time.Duration(0)
	for took < turn/4 && n < 1<<30 {
		n *= 2
		start := time.Now()
		if err := s.work.Run(s.result.Op, n); err != nil {
			return 0, err
		}
		took = time.Since(start)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := s.work.Run(s.result.Op, n)
	runtime.ReadMemStats(&after)
	s.result.Allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	s.result.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	return max(1, int(float64(n)*float64(turn)/float64(took))), err
}

// take is one turn of n operations. It starts with an empty heap, and with memory,
// caches and branches as it will leave them.
func (s step) take(n int) error {
	runtime.GC()
	if err := s.work.Run(s.result.Op, n/4+1); err != nil {
		return err
	}
	start := time.Now()
	err := s.work.Run(s.result.Op, n)
	s.result.Times = append(s.result.Times, float64(time.Since(start).Nanoseconds())/float64(n))
	return err
}
