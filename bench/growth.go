package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gridrpc/gridc/bench/internal/grow"
	"github.com/gridrpc/gridc/bench/internal/report"
)

// growthTime is how long a point of a growth plot takes.
const growthTime = 500 * time.Millisecond

// growth measures and plots what grows.
func growth(ctx context.Context, f *flags, b *builds, stdout io.Writer) error {
	each := f.time
	if each == 0 {
		each = growthTime
	}
	e := report.NewEnvironment("go run . -growth " + f.growth)
	if err := grow.Studies(ctx, b.Spawner, f.growth, f.peers, each, stdout); err != nil {
		return err
	}
	e.Finish()
	_, err := fmt.Fprintf(stdout, "%s, commit %s, %s, %d × %s, load %s before and %s after.\n",
		e.Date, e.Commit, e.Go, e.CPUs, e.Processor, e.LoadBefore, e.LoadAfter)
	return err
}
