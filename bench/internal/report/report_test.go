package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

func TestMedians(t *testing.T) {
	if s := newStat([]float64{3, 1, 2}); s != (Stat{2, 1, 3, 3}) {
		t.Errorf("of three: %+v", s)
	}
	if s := newStat([]float64{4, 1, 2, 3}); s.Median != 2.5 || s.spread() != 3/2.5 {
		t.Errorf("of four: %+v", s)
	}
}

// older is the build that some goals are ratios to.
const older = "gridc@v1"

// filled has the same figure for every cell of the quick plan.
func filled(value float64) *Results {
	r := NewResults()
	for _, s := range plan.Quick(older) {
		for _, name := range s.Peers {
			r.Add(s.Cell, name, load.Metrics{
				load.Rate: value, load.MBRate: value, load.P99: value, load.P50: value, load.CPU: value,
				load.Allocs: value, load.AllocBytes: value, load.Held: value, load.Goroutines: value,
				load.P999: value, load.Ready: value,
			})
		}
	}
	return r
}

// TestTheQuickPlanHasWhatTheGoalsNeed finds a goal that would silently be left
// out because no cell measures it.
func TestTheQuickPlanHasWhatTheGoalsNeed(t *testing.T) {
	goals := Goals(filled(1), Extra{
		Hello: []Hello{{Peer: plan.Grid, Bytes: 1, Modules: 1}}, GenCold: 0.1, GenWarm: 0.01, Lint: 0.001,
	}, older, []int{0})
	if len(goals) != 63 {
		t.Errorf("%d goals are judged", len(goals))
		for _, g := range goals {
			t.Logf("%+v", g)
		}
	}
}

func TestGoalsAreJudgedByRatio(t *testing.T) {
	r := NewResults()
	c := plan.Unary()[0]
	r.Add(c, plan.Base, load.Metrics{load.Rate: 100})
	r.Add(c, plan.Grid, load.Metrics{load.Rate: 79})
	if goals := Goals(r, Extra{}, older, []int{0}); len(goals) == 0 || goals[0].Pass {
		t.Errorf("0.79 of 0.80 passes: %+v", goals)
	}
	r.Add(c, plan.Grid, load.Metrics{load.Rate: 90})
	if goals := Goals(r, Extra{}, older, []int{0}); len(goals) == 0 || !goals[0].Pass {
		t.Errorf("0.845 of 0.80 does not pass: %+v", goals)
	}
	if goals := Goals(NewResults(), Extra{}, older, []int{0}); len(goals) != 0 {
		t.Errorf("nothing was measured, but judged: %+v", goals)
	}
}

// Goals are judged by the default stubs. What @reuse makes of them stands beside it,
// where it was measured.
func TestGoalsShowReuse(t *testing.T) {
	c := plan.Unary()[0] // wants 0.80 of tcp
	for _, x := range []struct {
		grid, reuse   float64
		row, markdown string
		verdict       string
	}{
		{79, 80, "0.79 × tcp | 0.80 × tcp", "**miss**, pass with @reuse", "miss, pass with @reuse"},
		{70, 79, "0.70 × tcp | 0.79 × tcp", "**miss**", "miss"},
		{85, 70, "0.85 × tcp | 0.70 × tcp", "pass", "pass"},
		{70, 0, "0.70 × tcp | ", "**miss**", "miss"},
		{0, 90, "", "", ""}, // the default stubs were not measured
	} {
		r := NewResults()
		for name, rate := range map[string]float64{plan.Base: 100, plan.Grid: x.grid, plan.Reuse: x.reuse} {
			if rate > 0 {
				r.Add(c, name, load.Metrics{load.Rate: rate})
			}
		}
		report := &Report{Results: r, Goals: Goals(r, Extra{}, older, []int{0})}
		var text, asJSON bytes.Buffer
		if err := errors.Join(report.Markdown(&text), report.JSON(&asJSON)); err != nil {
			t.Fatal(err)
		}
		if x.row == "" {
			if len(report.Goals) != 0 {
				t.Errorf("judged by @reuse alone: %+v", report.Goals)
			}
			continue
		}
		for _, want := range []string{"| goal | want | got | with @reuse |  |\n", "| ≥ 0.80 × tcp | " + x.row + " | " + x.markdown + " |\n"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q is not in\n%s", want, text.String())
			}
		}
		if want := `"verdict": "` + x.verdict + "\"\n"; !strings.Contains(asJSON.String(), want) {
			t.Errorf("%s is not in\n%s", want, asJSON.String())
		}
	}
}

// What is allocated is shown with @reuse too: fewer and less is better.
func TestAllocationsShowReuse(t *testing.T) {
	r, calls := NewResults(), plan.Unary()
	r.Add(calls[0], plan.Grid, load.Metrics{load.Allocs: 9})
	r.Add(calls[0], plan.Reuse, load.Metrics{load.Allocs: 4.04})
	r.Add(calls[3], plan.Grid, load.Metrics{load.AllocBytes: 2 << 16})
	r.Add(calls[3], plan.Reuse, load.Metrics{load.AllocBytes: 1 << 15})
	goals := Goals(r, Extra{}, older, []int{0})
	if len(goals) != 2 || goals[0].Reuse != "4" || goals[0].Verdict != "miss, pass with @reuse" ||
		goals[1].Reuse != "0.50 × payload" || goals[1].Verdict != "pass" {
		t.Errorf("%+v", goals)
	}
}

// A call allocates a whole number of times. What the collector and the pools add
// to that is no miss, and another tenth is one.
func TestAllocationsAreJudgedByTheFirstDecimal(t *testing.T) {
	for measured, want := range map[float64]bool{7.6: true, 8: true, 8.03: true, 8.06: false, 9.02: false} {
		r := NewResults()
		r.Add(plan.Unary()[0], plan.Grid, load.Metrics{load.Allocs: measured})
		if goals := Goals(r, Extra{}, older, []int{0}); len(goals) != 1 || goals[0].Pass != want {
			t.Errorf("%v allocations: %+v, want pass: %v", measured, goals, want)
		}
	}
}

func TestTablesShowRatiosAndFailures(t *testing.T) {
	c := load.Cell{Kind: load.Echo, Size: 512, Flight: 1}
	r := NewResults()
	r.Add(c, "tcp", load.Metrics{load.Rate: 20_000})
	r.Add(c, "tcp", load.Metrics{load.Rate: 22_000})
	r.Add(c, "gridc", load.Metrics{load.Rate: 10_500, load.Allocs: 7})
	r.Fail(c, "drpc", errors.New("it broke"))
	var out bytes.Buffer
	if err := (&Report{Results: r}).Markdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"### echo/512B/1\n", "| peer | × tcp | a second | allocs |\n",
		"| tcp | 1 | 21,000 ±5% | – |\n", "| gridc | 0.50 | 10,500 | 7 |\n", "- drpc echo/512B/1: it broke\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestJSONCanBeReadBack(t *testing.T) {
	r := filled(3)
	var out bytes.Buffer
	if err := (&Report{Results: r, Goals: Goals(r, Extra{}, older, []int{0})}).JSON(&out); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Goals   []Goal
		Results []struct {
			Cell, Peer string
			Metrics    map[string]Stat
		}
	}
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Goals) == 0 || len(back.Results) == 0 || back.Results[0].Metrics[load.Rate].Median != 3 {
		t.Errorf("read back: %+v", back)
	}
}

func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 0.123: "0.12", 1.5: "1.50", 12.34: "12.3", 8: "8", 123.4: "123", 9999.4: "9999",
		12_345.6: "12,346", 1_234_567: "1,234,567", 100_000: "100,000",
	} {
		if got := number(x); got != want {
			t.Errorf("%v is written %s, not %s", x, got, want)
		}
	}
}

// A process with data in it is judged apart from one that is empty.
func TestGoalsAreJudgedWithEachHeap(t *testing.T) {
	r := NewResults()
	c := plan.Unary()[0]
	for heap, rate := range map[int]float64{0: 90, 256: 70} {
		c.Heap = heap
		r.Add(c, plan.Base, load.Metrics{load.Rate: 100})
		r.Add(c, plan.Grid, load.Metrics{load.Rate: rate})
	}
	goals := Goals(r, Extra{Lint: 0.001}, "", []int{0, 256})
	if len(goals) != 3 || !goals[0].Pass || goals[1].Pass || goals[1].Name != "512 B, 1 in flight, heap of 256 MiB" || !strings.Contains(goals[2].Name, "lint, one file") {
		t.Errorf("%+v", goals)
	}
}

// find returns the goal whose name begins so.
func find(t *testing.T, goals []Goal, name, want string) Goal {
	t.Helper()
	for _, g := range goals {
		if strings.HasPrefix(g.Name, name) && strings.Contains(g.Want, want) {
			return g
		}
	}
	t.Fatalf("there is no goal %q %q in %+v", name, want, goals)
	return Goal{}
}

// To be ahead of all others means of the fastest, over the same transport.
func TestGridcIsComparedWithTheFastest(t *testing.T) {
	r := NewResults()
	c := plan.Secure(plan.Unary()[4])
	for name, rate := range map[string]float64{plan.Grid: 100, plan.GRPC: 50, "connect": 101, "drpc": 99, plan.Base: 500} {
		r.Add(c, name, load.Metrics{load.Rate: rate})
	}
	if g := find(t, Goals(r, Extra{}, older, []int{0}), "TLS, 1 MiB", "fastest"); g.Pass || g.Got != "0.99 × the fastest peer" {
		t.Errorf("%+v", g)
	}
}

func TestALargeMeshIsComparedWithASmallOne(t *testing.T) {
	r := NewResults()
	for name, cpu := range map[string]float64{plan.Grid: 12, plan.GRPC: 20} {
		r.Add(plan.Mesh(2), name, load.Metrics{load.CPU: 10})
		r.Add(plan.Mesh(plan.MeshNodes), name, load.Metrics{load.CPU: cpu})
	}
	if g := find(t, Goals(r, Extra{}, older, []int{0}), "mesh", "two nodes"); !g.Pass || g.Got != "1.20 × two nodes" || !strings.HasSuffix(g.Name, "(grpc-go 2)") {
		t.Errorf("%+v", g)
	}
}

// What crypto/tls holds is no merit and no fault of anybody.
func TestWhatTLSItselfHoldsIsShownApart(t *testing.T) {
	r := NewResults()
	c := load.Cell{Kind: load.Sessions, Count: plan.Sessions}
	r.Add(c, plan.Base, load.Metrics{load.Held: 20_000})
	r.Add(plan.Secure(c), plan.Base, load.Metrics{load.Held: 42_000})
	r.Add(plan.Secure(c), plan.Grid, load.Metrics{load.Held: 35_500})
	if g := find(t, Goals(r, Extra{}, older, []int{0}), "TLS, idle session", ""); g.Pass || !strings.Contains(g.Name, "crypto/tls 22 KB") || g.Got != "35.5 KB" {
		t.Errorf("%+v", g)
	}
}
