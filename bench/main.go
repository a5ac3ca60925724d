// Command bench compares gridc with what one could use instead: the same work,
// on the same machine, in the same run. See README.md.
//
//	go run . -quick                       the goals, with pass or miss; two minutes
//	go run . -md all.md -json all.json    everything; an hour
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
	"strings"
	"syscall"
	"time"

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
	if f.growth != "" {
		return growth(ctx, f, stdout)
	}
	if f.contest {
		return contest(ctx, stdout, stderr)
	}
	steps := f.steps()
	if f.list {
		for _, s := range steps {
			fmt.Fprintf(stdout, "%-22s %s\n", s.Cell, strings.Join(s.Peers, " "))
		}
		return nil
	}
	r := &report.Report{Environment: report.NewEnvironment("go run . " + strings.Join(args, " "))}
	if f.extras {
		if r.Extra, err = extras(ctx, stderr); err != nil {
			return err
		}
	}
	r.Results = measure(ctx, f, begin, steps, stderr)
	if f.goals {
		r.Goals = report.Goals(r.Results, r.Extra)
	}
	r.Environment.Finish()
	if err := write(f, r, stdout); err != nil {
		return err
	}
	if n := len(r.Results.Failures()); n > 0 {
		return fmt.Errorf("%d measurements failed", n)
	}
	return ctx.Err()
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
