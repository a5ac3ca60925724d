package codecs

import (
	"runtime"
	"slices"
	"time"
)

// Result is what one operation of one value in one codec costs.
type Result struct {
	Codec, Value, Op string
	Size             int       // bytes on the wire
	Times            []float64 // ns an operation, by round
	Bytes, Allocs    float64   // allocated an operation
	n                int       // operations in a turn
}

// Median is the time of the operation in the median round, in nanoseconds.
func (r *Result) Median() float64 {
	sorted := slices.Sorted(slices.Values(r.Times))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// Measure checks each work, and then measures it in rounds, in each of which
// every operation takes one turn. Rounds start with another one each, so that
// nobody always follows the same neighbour.
func Measure(works []*Work, rounds int, turn time.Duration) ([]*Result, error) {
	var steps []step
	for _, op := range Ops {
		for _, w := range works {
			if op == Ops[0] {
				if err := w.Check(); err != nil {
					return nil, err
				}
			}
			s := step{w, &Result{Codec: w.Codec, Value: w.Value, Op: op, Size: w.Size()}}
			if err := s.calibrate(turn); err != nil {
				return nil, err
			}
			steps = append(steps, s)
		}
	}
	for round := range rounds {
		for i := range steps {
			if err := steps[(i+round)%len(steps)].take(); err != nil {
				return nil, err
			}
		}
	}
	var results []*Result
	for _, s := range steps {
		results = append(results, s.result)
	}
	return results, nil
}

// step is one operation that takes its turns.
type step struct {
	work   *Work
	result *Result
}

// calibrate finds out how many operations fill a turn, and what each allocates.
func (s step) calibrate(turn time.Duration) error {
	n, took := 1, time.Duration(0)
	for took < turn/4 && n < 1<<30 {
		n *= 2
		start := time.Now()
		if err := s.work.Run(s.result.Op, n); err != nil {
			return err
		}
		took = time.Since(start)
	}
	s.result.n = max(1, int(float64(n)*float64(turn)/float64(took)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := s.work.Run(s.result.Op, n)
	runtime.ReadMemStats(&after)
	s.result.Allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	s.result.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	return err
}

// take is one turn.
func (s step) take() error {
	runtime.GC() // the garbage of the one before is not this one's
	start := time.Now()
	err := s.work.Run(s.result.Op, s.result.n)
	s.result.Times = append(s.result.Times, float64(time.Since(start).Nanoseconds())/float64(s.result.n))
	return err
}
