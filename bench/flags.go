package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

// flags are the settings of a run.
type flags struct {
	quick    bool
	list     bool
	rounds   int
	time     time.Duration // 0: as planned
	budget   time.Duration // from the start; no round begins that would not end in it; 0: no limit
	cells    *regexp.Regexp
	peers    []string
	markdown string
	json     string
	profiles string
	growth   string
	contest  bool // of compilers

	goals  bool // judge them
	extras bool // measure what no cell does
}

// quickBudget leaves a little of two minutes to `go run`, which builds this.
const quickBudget = 110 * time.Second

func parseFlags(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.BoolVar(&f.quick, "quick", false, "measure what the goals need, in two minutes")
	set.BoolVar(&f.list, "list", false, "list the cells and their peers, and measure nothing")
	set.IntVar(&f.rounds, "rounds", 0, "`number` of rounds (5; with -quick 3, or as many as fit)")
	set.DurationVar(&f.time, "time", 0, "how long each measurement takes (1s; with -quick 180ms)")
	set.StringVar(&f.markdown, "md", "", "also write the tables to this `file`")
	set.StringVar(&f.json, "json", "", "write everything as JSON to this `file`")
	set.StringVar(&f.profiles, "profiles", "", "write a CPU profile of each measurement to this `folder`")
	set.StringVar(&f.growth, "growth", "", "measure growth instead, and plot it as SVG in this `folder`")
	set.BoolVar(&f.contest, "compilers", false, "measure gridc gen and lint beside buf and protoc-gen-go instead; the first time installs them")
	cells := set.String("cells", "", "measure only cells whose name matches this `pattern`")
	peers := set.String("peers", "", "measure only these peers, a `list` with commas")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if set.NArg() > 0 {
		return nil, fmt.Errorf("there is nothing to be done with %q", set.Args())
	}
	return f, f.complete(*cells, *peers)
}

// complete fills in what depends on other flags, and checks them.
func (f *flags) complete(cells, peers string) (err error) {
	if f.cells, err = regexp.Compile(cells); err != nil {
		return err
	}
	if peers != "" {
		f.peers = strings.Split(peers, ",")
	}
	for _, name := range f.peers {
		if _, ok := peer.Find(name); !ok {
			return fmt.Errorf("there is no peer %q", name)
		}
	}
	everything := cells == "" && peers == ""
	f.goals, f.extras = everything || f.quick, everything
	if f.rounds == 0 {
		f.rounds = plan.FullRounds
		if f.quick {
			f.rounds, f.budget = plan.QuickRounds, quickBudget
		}
	}
	if f.profiles != "" {
		return os.MkdirAll(f.profiles, 0o755)
	}
	return nil
}

// steps are what is to be measured.
func (f *flags) steps() []plan.Step {
	steps := plan.Full()
	if f.quick {
		steps = plan.Quick()
	}
	steps = plan.Filter(steps, f.cells, f.peers)
	for i := range steps {
		if f.time > 0 {
			steps[i].Cell.Time = f.time
		}
	}
	return steps
}
