package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gridrpc/gridc/bench/internal/hello"
	"github.com/gridrpc/gridc/bench/internal/report"
	"github.com/gridrpc/gridc/bench/internal/tool"
)

// extras measures what no cell does: the size of programs, and the gridc command.
func extras(ctx context.Context, progress io.Writer) (x report.Extra, err error) {
	start := time.Now()
	if x.Hello, err = hello.Measure(ctx); err != nil {
		return x, err
	}
	times, err := tool.Measure(ctx)
	if err != nil {
		// The command is another part of the tree; calls can be measured without it.
		fmt.Fprintln(progress, "the gridc command is left out:", err)
		err = nil
	}
	x.GenCold, x.GenWarm, x.Lint = times.Cold.Seconds(), times.Warm.Seconds(), times.Lint.Seconds()
	fmt.Fprintf(progress, "programs were built in %v\n", time.Since(start).Round(time.Second))
	return x, err
}
