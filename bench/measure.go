package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gridrpc/gridc/bench/internal/plan"
	"github.com/gridrpc/gridc/bench/internal/proc"
	"github.com/gridrpc/gridc/bench/internal/report"
)

// measure runs all rounds. Within a round every cell goes through its peers one
// after the other, so that what disturbs the machine disturbs them all.
func measure(ctx context.Context, f *flags, b *builds, begin time.Time, steps []plan.Step, progress io.Writer) *report.Results {
	results := report.NewResults()
	for round := range f.rounds {
		start := time.Now()
		measureRound(ctx, b, steps, round, results)
		took := time.Since(start)
		fmt.Fprintf(progress, "round %d of %d took %v\n", round+1, f.rounds, took.Round(time.Second))
		if ctx.Err() != nil || f.budget > 0 && time.Since(begin)+took > f.budget {
			break
		}
	}
	return results
}

func measureRound(ctx context.Context, b *builds, steps []plan.Step, round int, results *report.Results) {
	for _, s := range steps {
		if s.Rounds > 0 && round >= s.Rounds {
			continue
		}
		for i := range s.Peers {
			name := s.Peers[(i+round)%len(s.Peers)] // nobody is always first
			if ctx.Err() != nil {
				return
			}
			m, err := b.Spawn(ctx, proc.Job{Peer: name, Cell: s.Cell})
			if err != nil {
				results.Fail(s.Cell, name, err)
				continue
			}
			results.Add(s.Cell, name, m)
		}
	}
}
