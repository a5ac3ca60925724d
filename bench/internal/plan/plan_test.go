package plan

import (
	"regexp"
	"slices"
	"testing"

	"github.com/gridrpc/gridc/bench/internal/load"
)

func TestCellsHaveDifferentNames(t *testing.T) {
	for name, steps := range map[string][]Step{"quick": Quick("gridc@v1"), "full": Full()} {
		seen := map[string]bool{}
		for _, s := range steps {
			if seen[s.Cell.String()] {
				t.Errorf("%s has %s twice", name, s.Cell)
			}
			seen[s.Cell.String()] = true
			if s.Cell.Time <= 0 && s.Cell.Count == 0 {
				t.Errorf("%s: %s takes no time", name, s.Cell)
			}
		}
	}
}

func TestTheFullPlanHasTheQuickOne(t *testing.T) {
	full := map[string]bool{}
	for _, s := range Full() {
		full[s.Cell.String()] = true
	}
	for _, s := range Quick("gridc@v1") {
		if !full[s.Cell.String()] {
			t.Errorf("%s is only measured by the quick plan", s.Cell)
		}
	}
}

// Where the quick plan measures @reuse, it measures the default stubs beside it.
func TestTheQuickPlanMeasuresReuse(t *testing.T) {
	var cells []string
	for _, s := range Quick("gridc@v1") {
		if slices.Contains(s.Peers, Reuse) {
			cells = append(cells, s.Cell.String())
			if !slices.Contains(s.Peers, Grid) {
				t.Errorf("%s has no %s", s.Cell, Grid)
			}
		}
	}
	want := []string{
		"echo/512B/1", "echo/512B/16", "echo/512B/256", "echo/64KiB/1", "echo/1MiB/16", "echo/64KiB/16",
		"down/512B", "up/512B", "down/64KiB", "up/64KiB",
	}
	if !slices.Equal(cells, want) {
		t.Errorf("it does so in %q", cells)
	}
}

func TestFilter(t *testing.T) {
	steps := Filter(Full(), regexp.MustCompile("^down/512B$"), nil)
	if len(steps) != 1 || slices.Contains(steps[0].Peers, "net/rpc") || !slices.Contains(steps[0].Peers, Grid) {
		t.Errorf("down/512B: %+v", steps)
	}
	steps = Filter(Full(), regexp.MustCompile(""), []string{"net/rpc"})
	for _, s := range steps {
		if !slices.Equal(s.Peers, []string{"net/rpc"}) || s.Cell.Kind == load.Down {
			t.Errorf("net/rpc alone: %s %v", s.Cell, s.Peers)
		}
	}
	if len(steps) == 0 {
		t.Error("net/rpc is never measured")
	}
}

func TestEveryHeapIsMeasured(t *testing.T) {
	steps := WithHeaps(Quick(""), []int{0, 256})
	if len(steps) != 2*len(Quick("")) || steps[0].Cell.Heap != 0 || steps[1].Cell.String() != "echo/512B/1/heap256" {
		t.Errorf("%d steps begin with %s and %s", len(steps), steps[0].Cell, steps[1].Cell)
	}
}

// The rate of a step that depends on grpc-go is asked of it over the same transport
// and with the same heap.
func TestCapacityIsThatOfTheSameTransport(t *testing.T) {
	seen := 0
	for _, s := range WithHeaps(Full(), []int{0, 256}) {
		if s.HalfOf == "" {
			continue
		}
		seen++
		want, c := load.Cell{Kind: load.Echo, Size: 512, Flight: 256, TLS: s.Cell.TLS, Split: s.Cell.Split, Heap: s.Cell.Heap}, s.Capacity()
		if want.Time = c.Time; s.HalfOf != GRPC || c != want || c.Time == 0 {
			t.Errorf("%s of %s: %+v", s.Cell, s.HalfOf, c)
		}
	}
	if seen == 0 {
		t.Error("there is no such step")
	}
}

func TestOlderBuildsAreLeftOutOfTheQuickPlanWhereThereIsNone(t *testing.T) {
	for _, s := range Quick("") {
		if slices.Contains(s.Peers, "") || slices.Contains(s.Peers, "gridc@v1") {
			t.Errorf("%s has %q", s.Cell, s.Peers)
		}
	}
}
