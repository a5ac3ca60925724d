package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
	"github.com/gridrpc/gridc/bench/internal/proc"
	"github.com/gridrpc/gridc/bench/internal/report"
)

// TestMain lets the tests start this binary as a measurement or a server.
func TestMain(m *testing.M) {
	if proc.Main(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

func TestARunWritesWhatItFound(t *testing.T) {
	dir := t.TempDir()
	markdown, file := filepath.Join(dir, "a.md"), filepath.Join(dir, "a.json")
	var out, progress bytes.Buffer
	err := run(t.Context(), []string{
		"-quick", "-rounds", "2", "-time", "20ms", "-cells", "^(echo/512B/1|down/64KiB)$", "-peers", "tcp,gridc",
		"-md", markdown, "-json", file,
	}, &out, &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	for _, want := range []string{"### Goals", "| 512 B, 1 in flight | ≥ 0.80 × tcp |", "### echo/512B/1", "### down/64KiB", "| gridc |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if text, err := os.ReadFile(markdown); err != nil || string(text) != out.String() {
		t.Errorf("the file has %d bytes, %v", len(text), err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Results []struct {
			Metrics map[string]struct{ Rounds int }
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 4 || report.Results[0].Metrics["rate"].Rounds != 2 {
		t.Errorf("the JSON has %+v", report)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-peers", "nobody"}, {"-cells", "("}, {"x"}, {"-no-such"},
		{"-peers", "tcp@HEAD"}, {"-peers", "gridc@"}, {"-against", "HEAD", "-quick"}, {"-against", "HEAD", "-peers", "tcp"},
		{"-against", "HEAD", "-peers", "gridc@HEAD"},
		{"-heap", "x"}, {"-heap", "-1"}, {"-heap", "256,256"}, {"-heap", ""},
		{"-layouts", "0"}, {"-layouts", "2", "-rounds", "3"},
	} {
		if err := run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%q is fine", args)
		}
	}
}

func TestListMeasuresNothing(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-list"}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "echo/1MiB/256/2p") || strings.Contains(out.String(), "a second") {
		t.Errorf("the list is\n%s", out.String())
	}
}

func TestAnOlderBuildThatIsNotThereIsNamed(t *testing.T) {
	for _, args := range [][]string{{"-against", "no-such-commit"}, {"-peers", "gridc@no-such-commit"}} {
		err := run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), "no-such-commit") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestListHasTheGate(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-list", "-against", "HEAD"}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "gridc gridc@HEAD") || strings.Contains(out.String(), "tcp") {
		t.Errorf("the list is\n%s", out.String())
	}
}

// Where the base of the goals cannot be built, all else is measured, and the report
// says what is missing.
func TestTheQuickPlanGoesOnWithoutItsBase(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"-quick", "-rounds", "1", "-time", "10ms", "-cells", "^echo/512B/1$", "-base", "no-such-commit",
	}, &out, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Goals against gridc@no-such-commit are left out", "no-such-commit", "| gridc |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// Calls that are due at half of what grpc-go can do are due at the same rate for
// every peer, also where nothing else was measured.
func TestTheRateIsTheSameForAll(t *testing.T) {
	m := &measurement{builds: &builds{}, results: report.NewResults(), rates: map[string]int{}}
	s := plan.Step{Cell: plan.Half(), HalfOf: plan.GRPC, Peers: []string{"gridc", "tcp"}}
	s.Cell.Time = 20 * time.Millisecond
	m.step(t.Context(), s, 0)
	rate := m.rates["due/512B/half"]
	m.results.Add(s.Capacity(), plan.GRPC, load.Metrics{load.Rate: 1})
	m.step(t.Context(), s, 1)
	if len(m.rates) != 1 || rate <= 1 || m.rates["due/512B/half"] != rate {
		t.Errorf("the rates are %v, and %d at first", m.rates, rate)
	}
	for _, name := range s.Peers {
		if st, ok := m.results.Stat("due/512B/half", name, load.P999); !ok || st.Rounds != 2 {
			t.Errorf("%s: %+v %v", name, st, m.results.Failures())
		}
	}
}

// The rate is taken from what was measured in the same run, if it was.
func TestTheRateIsHalfOfWhatWasMeasured(t *testing.T) {
	m := &measurement{builds: &builds{}, results: report.NewResults(), rates: map[string]int{}}
	s := plan.Step{Cell: plan.Half(), HalfOf: plan.GRPC}
	m.results.Add(s.Capacity(), plan.GRPC, load.Metrics{load.Rate: 3000})
	if rate, err := m.half(t.Context(), s); rate != 1500 || err != nil {
		t.Errorf("the rate is %d, %v", rate, err)
	}
}

// What is over its time ends between two cells, but not in the first round.
func TestTheFirstRoundIsWhole(t *testing.T) {
	m := &measurement{builds: &builds{}, results: report.NewResults(), end: time.Now().Add(-time.Hour)}
	s := plan.Step{Cell: load.Cell{Kind: load.Echo, Size: 64, Flight: 1, Time: 5 * time.Millisecond}, Peers: []string{"tcp"}}
	if !m.round(t.Context(), []plan.Step{s}, 0) || m.round(t.Context(), []plan.Step{s}, 1) {
		t.Error("it is not ended where it should be")
	}
	if st, ok := m.results.Stat("echo/64B/1", "tcp", load.Rate); !ok || st.Rounds != 1 {
		t.Errorf("%+v %v", st, m.results.Failures())
	}
}
