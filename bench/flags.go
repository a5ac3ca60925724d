package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
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
	chosen   bool // cells are named
	growth   string
	contest  bool // of compilers
	against  string
	layouts  int    // binaries of each version
	base     string // the commit that some goals are ratios to; "" for none
	heaps    []int  // MiB, of every measuring process

	goals  bool // judge them
	extras bool // measure what no cell does
}

// quickBudget leaves a little of three minutes to `go run`, which builds this.
const quickBudget = 160 * time.Second

// baseCommit is the build that the goals of November 2026 were set by.
const baseCommit = "4abbec9"

func parseFlags(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.BoolVar(&f.quick, "quick", false, "measure what the goals need, in three minutes")
	set.BoolVar(&f.list, "list", false, "list the cells and their peers, and measure nothing")
	set.IntVar(&f.rounds, "rounds", 0, "`number` of rounds (5; with -quick 3, or as many as fit)")
	set.DurationVar(&f.time, "time", 0, "how long each measurement takes (1s; with -quick 150ms)")
	set.StringVar(&f.markdown, "md", "", "also write the tables to this `file`")
	set.StringVar(&f.json, "json", "", "write everything as JSON to this `file`")
	set.StringVar(&f.profiles, "profiles", "", "write a CPU profile of each measurement to this `folder`")
	set.StringVar(&f.growth, "growth", "", "measure growth instead, and plot it as SVG in this `folder`")
	set.BoolVar(&f.contest, "compilers", false, "measure gridc gen and lint beside buf and protoc-gen-go instead; the first time installs them")
	set.StringVar(&f.against, "against", "", "measure gridc beside its build of this `commit`, and say whether it became slower; with -cells other cells than those of the gate, with -peers others of gridc's")
	set.IntVar(&f.layouts, "layouts", 1, "build this `number` of programs of each version, with their functions in different random orders, which take turns every two rounds: where code lies may change what a call costs by a percent or two")
	set.StringVar(&f.base, "base", baseCommit, "with -quick: the `commit` whose build some goals are ratios to; empty for none")
	heaps := set.String("heap", "0", "live memory that every measuring process has besides, in MiB; a `list` with commas measures with each")
	cells := set.String("cells", "", "measure only cells whose name matches this `pattern`")
	peers := set.String("peers", "", "measure only these peers, a `list` with commas; gridc@4abbec9 is gridc as it was at that commit")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if set.NArg() > 0 {
		return nil, fmt.Errorf("there is nothing to be done with %q", set.Args())
	}
	return f, f.complete(*cells, *peers, *heaps)
}

// complete fills in what depends on other flags, and checks them.
func (f *flags) complete(cells, peers, heaps string) (err error) {
	if f.cells, err = regexp.Compile(cells); err != nil {
		return err
	}
	if f.heaps, err = parseHeaps(heaps); err != nil {
		return err
	}
	if peers != "" {
		f.peers = strings.Split(peers, ",")
	}
	if err := f.checkPeers(); err != nil {
		return err
	}
	if !f.quick || !slices.ContainsFunc(f.steps(), func(s plan.Step) bool { return slices.Contains(s.Peers, f.older()) }) {
		f.base = "" // nobody asks for it
	}
	everything := cells == "" && peers == "" && f.against == ""
	f.goals, f.extras = everything || f.quick, everything
	f.chosen = cells != ""
	if f.rounds == 0 {
		f.rounds = plan.FullRounds
		switch {
		case f.against != "":
			f.rounds = plan.GateRounds
		case f.quick:
			f.rounds, f.budget = plan.QuickRounds, quickBudget
		}
	}
	if most := max(f.rounds/2, 1); f.layouts < 1 || f.layouts > most {
		return fmt.Errorf("-layouts %d: want 1 to %d, each for two of the %d rounds", f.layouts, most, f.rounds)
	}
	if f.profiles != "" {
		return os.MkdirAll(f.profiles, 0o755)
	}
	return nil
}

// maxHeap is more than any process should be made to hold, in MiB.
const maxHeap = 64 << 10

// parseHeaps reads a list of sizes.
func parseHeaps(list string) (heaps []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxHeap || slices.Contains(heaps, n) {
			return nil, fmt.Errorf("-heap %s: want different numbers of MiB from 0 to %d, with commas between them", list, maxHeap)
		}
		heaps = append(heaps, n)
	}
	return heaps, nil
}

// older names the build of gridc that goals are ratios to; "" for none.
func (f *flags) older() string {
	if f.base == "" {
		return ""
	}
	return plan.Older(plan.Grid, f.base)
}

// checkPeers finds out whether all peers exist, and can be compared where they
// are to be.
func (f *flags) checkPeers() error {
	for _, name := range f.peers {
		base, commit := peer.Version(name)
		switch _, ok := peer.Find(name); {
		case !ok && commit != "":
			return fmt.Errorf("there is no peer %q: older builds are those of gridc, gridc-reuse, gridc-bytes and mux-typed", name)
		case !ok || strings.Contains(name, "@") && commit == "":
			return fmt.Errorf("there is no peer %q", name)
		}
		if _, ok := peer.Find(plan.Older(base, f.against)); f.against != "" && (!ok || commit != "") {
			return fmt.Errorf("%q cannot be measured -against %s: name gridc, gridc-reuse, gridc-bytes or mux-typed", name, f.against)
		}
	}
	if f.against == "" {
		return nil
	}
	if f.quick || f.growth != "" || f.contest {
		return errors.New("-against has a plan of its own: leave -quick, -growth and -compilers out")
	}
	if len(f.peers) == 0 {
		f.peers = []string{plan.Grid}
	}
	return nil
}

// steps are what is to be measured.
func (f *flags) steps() []plan.Step {
	var steps []plan.Step
	switch {
	case f.against != "" && f.chosen:
		steps = plan.Pairs(f.cells, f.peers, f.against)
	case f.against != "":
		steps = plan.Gate(f.peers, f.against)
	case f.quick:
		steps = plan.Filter(plan.Quick(f.older()), f.cells, f.peers)
	default:
		steps = plan.Filter(plan.Full(), f.cells, f.peers)
	}
	steps = plan.WithHeaps(steps, f.heaps)
	for i := range steps {
		if f.time > 0 {
			steps[i].Cell.Time = f.time
		}
	}
	return steps
}
