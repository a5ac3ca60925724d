package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
	"github.com/gridrpc/gridc/bench/internal/proc"
	"github.com/gridrpc/gridc/bench/internal/report"
)

// measure runs all rounds. Within a round every cell goes through its peers one
// after the other, so that what disturbs the machine disturbs them all.
func measure(ctx context.Context, f *flags, b *builds, begin time.Time, steps []plan.Step, progress io.Writer) *report.Results {
	m := &measurement{builds: b, results: report.NewResults(), rates: map[string]int{}}
	if f.budget > 0 {
		m.end = begin.Add(f.budget)
	}
	for round := range f.rounds {
		start := time.Now()
		whole := m.round(ctx, steps, round)
		took := time.Since(start).Round(time.Second)
		if !whole {
			fmt.Fprintf(progress, "round %d of %d was ended after %v\n", round+1, f.rounds, took)
			break
		}
		fmt.Fprintf(progress, "round %d of %d took %v\n", round+1, f.rounds, took)
	}
	return m.results
}

// measurement is the rounds under way.
type measurement struct {
	*builds
	results *report.Results
	end     time.Time      // of what may be cut short; zero: never
	rates   map[string]int // of steps whose calls are due at half of what a peer can do
}

// round measures each cell once, and tells whether it came to its end: the first
// one does, others end where the time is over.
func (m *measurement) round(ctx context.Context, steps []plan.Step, round int) bool {
	for _, s := range steps {
		if s.Rounds > 0 && round >= s.Rounds {
			continue
		}
		if ctx.Err() != nil || round > 0 && !m.end.IsZero() && time.Now().After(m.end) {
			return false
		}
		m.step(ctx, s, round)
	}
	return true
}

// step measures a cell with all of its peers.
func (m *measurement) step(ctx context.Context, s plan.Step, round int) {
	job := proc.Job{Cell: s.Cell, Round: round}
	if s.HalfOf != "" {
		rate, err := m.half(ctx, s)
		if err != nil {
			m.results.Fail(s.Cell, s.HalfOf, err)
			return
		}
		job.Cell.PerSecond = rate
	}
	for i := range s.Peers {
		job.Peer = s.Peers[(i+round)%len(s.Peers)] // nobody is always first
		if ctx.Err() != nil {
			return
		}
		figures, err := m.Spawn(ctx, job)
		if err != nil {
			m.results.Fail(s.Cell, job.Peer, err)
			continue
		}
		m.results.Add(s.Cell, job.Peer, figures)
	}
}

// half is the rate of a step, the same for all peers and rounds: half of what a peer
// did, or does now if that is not measured anyway.
func (m *measurement) half(ctx context.Context, s plan.Step) (int, error) {
	name := s.Cell.String()
	if rate, ok := m.rates[name]; ok {
		return rate, nil
	}
	most, ok := m.results.Stat(s.Capacity().String(), s.HalfOf, load.Rate)
	if !ok {
		figures, err := m.Spawn(ctx, proc.Job{Peer: s.HalfOf, Cell: s.Capacity()})
		if err != nil {
			return 0, err
		}
		most.Median = figures[load.Rate]
	}
	m.rates[name] = max(int(most.Median/2), 1)
	return m.rates[name], nil
}
