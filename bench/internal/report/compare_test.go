package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// The order statistics that hold the median with 95 %, as tables of the sign test
// have them: (6: 1, 6), (11: 2, 10), (21: 6, 16).
func TestIntervals(t *testing.T) {
	for n, want := range map[int][2]float64{1: {1, 1}, 3: {1, 3}, 5: {1, 5}, 6: {1, 6}, 8: {1, 8}, 9: {2, 8}, 11: {2, 10}, 21: {6, 16}, 30: {10, 21}} {
		var values []float64
		for i := range n {
			values = append(values, float64(n-i))
		}
		if low, high := interval(values); low != want[0] || high != want[1] {
			t.Errorf("of %d: %v to %v, want %v", n, low, high, want)
		}
	}
}

// pairOf compares two builds that differ by the same factor in each round, while
// the machine becomes slower and slower.
func pairOf(t *testing.T, metric string, then, now float64) Pair {
	t.Helper()
	r := NewResults()
	c := load.Cell{Kind: load.Echo, Size: 512, Flight: 1}
	for round := range 11 {
		machine := 1 / float64(1+round)
		if metric == load.Allocs {
			machine = 1
		}
		r.Add(c, "gridc", load.Metrics{metric: now * machine})
		r.Add(c, "gridc@v1", load.Metrics{metric: then * machine})
	}
	rows := Compare(r, "v1", "v1 of then").Rows
	if len(rows) != 1 {
		t.Fatalf("there are %d rows", len(rows))
	}
	return rows[0]
}

func TestBuildsAreComparedRoundByRound(t *testing.T) {
	for _, x := range []struct {
		metric    string
		then, now float64
		want      Verdict
	}{
		{load.Rate, 100, 99, Within}, {load.Rate, 100, 97, Worse}, {load.Rate, 100, 103, Better},
		{load.CPU, 100, 101, Within}, {load.CPU, 100, 103, Worse}, {load.CPU, 100, 97, Better},
		{load.Allocs, 8.01, 8.04, Within}, {load.Allocs, 8, 9, Worse}, {load.Allocs, 8, 7, Better},
		{load.Allocs, 100, 101, Worse}, {load.AllocBytes, 1000, 1010, Within}, {load.Held, 1000, 1030, Worse},
	} {
		p := pairOf(t, x.metric, x.then, x.now)
		if p.Verdict != x.want || math.Abs(p.Ratio-x.now/x.then) > 1e-9 || p.Now.Rounds != 11 {
			t.Errorf("%s from %v to %v: %+v", x.metric, x.then, x.now, p)
		}
	}
}

// noisy has rounds of which some are faster with either build.
func noisy() *Results {
	r := NewResults()
	c := load.Cell{Kind: load.Echo, Size: 512, Flight: 1}
	for round := range 8 {
		r.Add(c, "gridc", load.Metrics{load.Rate: 100 + float64(round%4)*10})
		r.Add(c, "gridc@v1", load.Metrics{load.Rate: 100 + float64(round%3)*10})
	}
	return r
}

func TestNoiseIsCalledNoise(t *testing.T) {
	c := Compare(noisy(), "v1", "v1 of then")
	if len(c.Rows) != 1 || c.Rows[0].Verdict != Noisy {
		t.Fatalf("%+v", c.Rows)
	}
	var out bytes.Buffer
	if err := (&Report{Results: noisy(), Comparison: c}).Markdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"### Against v1 of then\n", "1 are too noisy to tell", "2 % cannot be seen in 8 of them", "| noisy |",
		"| cell | peer | figure | then | now | now/then | 95 % | rounds ± |  |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// Times of a few rounds may all be faster by chance; memory that is held may not.
func TestFewRoundsSayNothingOfTimes(t *testing.T) {
	for metric, want := range map[string]Verdict{load.Rate: Noisy, load.CPU: Noisy, load.Allocs: Worse, load.AllocBytes: Worse} {
		r := NewResults()
		c := load.Cell{Kind: load.Echo, Size: 512, Flight: 1}
		for range fewest - 1 {
			r.Add(c, "gridc", load.Metrics{metric: 20})
			r.Add(c, "gridc@v1", load.Metrics{metric: 10})
		}
		if rows := Compare(r, "v1", "").Rows; len(rows) != 1 || rows[0].Verdict != want {
			t.Errorf("%s: %+v", metric, rows)
		}
	}
}

func TestWhatFailedInARoundIsNotCompared(t *testing.T) {
	r := noisy()
	c := load.Cell{Kind: load.Echo, Size: 512, Flight: 1}
	r.Add(c, "gridc", load.Metrics{load.Rate: 1})
	if rows := Compare(r, "v1", "").Rows; len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}

func TestWhatBecameWorseIsAnError(t *testing.T) {
	r := NewResults()
	c := load.Cell{Kind: load.Streams, Count: 10}
	r.Add(c, "gridc", load.Metrics{load.Held: 103, load.Rate: 1})
	r.Add(c, "gridc@v1", load.Metrics{load.Held: 100, load.Rate: 2})
	report := &Report{Results: r, Comparison: Compare(r, "v1", "v1 of then")}
	err := report.Err()
	if err == nil || !strings.Contains(err.Error(), "worse than v1 of then:\ngridc streams/10 held_bytes: 1.030 to 1.030") {
		t.Errorf("the error is %v", err)
	}
	report.Comparison = Compare(r, "v2", "")
	if err := report.Err(); err != nil {
		t.Error(err)
	}
}

// What an observer costs is judged like what a change costs, and nothing else is in the table.
func TestAnObserverIsComparedWithNone(t *testing.T) {
	r := NewResults()
	c := load.Cell{Kind: load.Echo, Size: 512, Flight: 16}
	for range 11 {
		r.Add(c, "gridc", load.Metrics{load.CPU: 10})
		r.Add(c, "gridc-observed", load.Metrics{load.CPU: 10.3})
		r.Add(c, "tcp", load.Metrics{load.CPU: 5})
	}
	comparison := CompareObserved(r)
	if len(comparison.Rows) != 1 || comparison.Rows[0].Verdict != Worse || math.Abs(comparison.Rows[0].Ratio-1.03) > 1e-9 {
		t.Fatalf("%+v", comparison.Rows)
	}
	var b strings.Builder
	comparison.write(&b)
	for _, want := range []string{"### Against gridc without an observer", "with/without", "| gridc-observed |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
