// Command bench compares gridc with what one could use instead: the same work,
// on the same machine, in the same run. See README.md.
//
//	go run . -quick                       the goals, with pass or miss; three minutes
//	go run . -md all.md -json all.json    everything; two hours
//	go run . -against 4abbec9             whether gridc became slower since that commit
//	go run . -compilers                   gridc gen and lint beside buf and protoc-gen-go
//	go run . -cells '^echo/512B' -peers tcp,gridc -profiles /tmp/p
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
	"github.com/gridrpc/gridc/bench/internal/plan"
	"github.com/gridrpc/gridc/bench/internal/proc"
	"github.com/gridrpc/gridc/bench/internal/report"
)

func main() {
	if proc.Main(os.Args[1:]) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	begin := time.Now()
	f, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	if f.contest {
		return contest(ctx, stdout, stderr)
	}
	if f.list {
		for _, s := range f.steps() {
			fmt.Fprintf(stdout, "%-22s %s\n", s.Cell, strings.Join(s.Peers, " "))
		}
		return nil
	}
	b, err := newBuilds(ctx, f, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	if f.growth != "" {
		return growth(ctx, f, b, stdout)
	}
	r, err := newReport(ctx, f, b, begin, args, stderr)
	if err != nil {
		return err
	}
	if err := write(f, r, stdout); err != nil {
		return err
	}
	return errors.Join(r.Err(), ctx.Err())
}

// newReport measures everything that the flags ask for.
func newReport(ctx context.Context, f *flags, b *builds, begin time.Time, args []string, progress io.Writer) (r *report.Report, err error) {
	r = &report.Report{Environment: report.NewEnvironment("go run . " + strings.Join(args, " "))}
	r.Notes = b.notes
	steps := f.steps()
	b.addVersions(r.Environment.Versions, steps)
	if f.extras {
		if r.Extra, err = extras(ctx, progress); err != nil {
			return nil, err
		}
	}
	r.Results = measure(ctx, f, b, begin, steps, progress)
	if f.goals {
		r.Goals = report.Goals(r.Results, r.Extra, f.older(), f.heaps)
	}
	switch {
	case f.against != "":
		r.Comparison = report.Compare(r.Results, f.against, b.versions[f.against])
	case slices.Contains(f.peers, peer.Observed) && slices.Contains(f.peers, plan.Grid):
		r.Comparison = report.CompareObserved(r.Results)
	}
	r.Environment.Finish()
	return r, nil
}

// write writes the report to where the flags say.
func write(f *flags, r *report.Report, stdout io.Writer) error {
	errs := []error{r.Markdown(stdout)}
	for path, fn := range map[string]func(io.Writer) error{f.markdown: r.Markdown, f.json: r.JSON} {
		if path == "" {
			continue
		}
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		errs = append(errs, fn(file), file.Close())
	}
	return errors.Join(errs...)
}
