// Command codecs compares gridc's generated codec with those of msgp's generator,
// protobuf-go and vtprotobuf on the same messages, in one run:
//
//	go run ./codecs
//	go run ./codecs -rounds 201 -values 'small|wide' -codecs gridc
//
// In a round everything takes its turn, so that what disturbs the machine
// disturbs all; the tables show medians and ratios to vtprotobuf.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/codecs"
	"github.com/gridrpc/gridc/bench/internal/report"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "codecs:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	set := flag.NewFlagSet("codecs", flag.ContinueOnError)
	set.SetOutput(stderr)
	rounds := set.Int("rounds", 41, "how often each operation takes its turn")
	turn := set.Duration("time", 5*time.Millisecond, "how long a turn takes, about")
	values := set.String("values", ".", "the values to measure, a regular expression")
	others := set.String("codecs", ".", "the codecs to compare with "+codecs.Base+", a regular expression")
	if err := set.Parse(args); err != nil {
		return err
	}
	pick, err := picker(*values, *others)
	if err != nil {
		return err
	}
	works := pick(codecs.All())
	if len(works) == 0 {
		return fmt.Errorf("no value is called %s", *values)
	}
	e := report.NewEnvironment(strings.TrimSpace("go run ./codecs " + strings.Join(args, " ")))
	results, err := codecs.Measure(works, *rounds, *turn)
	if err != nil {
		return err
	}
	e.Finish()
	fmt.Fprintf(stdout, "`%s` on %s, commit %s, %s, %s, %d × %s, load %s before and %s after.\n",
		e.Command, e.Date, e.Commit, e.Go, e.System, e.CPUs, e.Processor, e.LoadBefore, e.LoadAfter)
	codecs.Tables(stdout, results)
	codecs.Goals(stdout, results)
	return nil
}

// picker returns a function that leaves what the expressions match; the base
// stays, for there is no ratio without it.
func picker(values, others string) (func([]*codecs.Work) []*codecs.Work, error) {
	value, err := regexp.Compile(values)
	if err != nil {
		return nil, err
	}
	codec, err := regexp.Compile(others)
	if err != nil {
		return nil, err
	}
	return func(all []*codecs.Work) []*codecs.Work {
		var picked []*codecs.Work
		for _, w := range all {
			if value.MatchString(w.Value) && (w.Codec == codecs.Base || codec.MatchString(w.Codec)) {
				picked = append(picked, w)
			}
		}
		return picked
	}, nil
}
