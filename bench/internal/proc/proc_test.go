package proc

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// TestMain lets the tests start this binary as a measurement or a server.
func TestMain(m *testing.M) {
	if Main(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

func TestMeasurementsRunInProcessesOfTheirOwn(t *testing.T) {
	cell := load.Cell{Kind: load.Echo, Size: 64, Flight: 2, Time: 20 * time.Millisecond}
	split, secure, both := cell, cell, cell
	split.Split, secure.TLS, both.Split, both.TLS = true, true, true, true
	for _, c := range []load.Cell{cell, split, secure, both} {
		t.Run(c.String(), func(t *testing.T) {
			dir := t.TempDir()
			m, err := Spawner{Profiles: dir}.Spawn(t.Context(), Job{Peer: "gridc", Cell: c})
			if err != nil {
				t.Fatal(err)
			}
			if m[load.Rate] <= 0 || m[load.Allocs] <= 0 {
				t.Errorf("measured %v", m)
			}
			if profiles, err := os.ReadDir(dir); err != nil || len(profiles) != 1 {
				t.Errorf("there are %d profiles, %v", len(profiles), err)
			}
		})
	}
}

// TestBothEndsAreCounted compares with a call in one process, which counts both
// by itself.
func TestBothEndsAreCounted(t *testing.T) {
	c := load.Cell{Kind: load.Echo, Size: 64, Flight: 1, Time: 30 * time.Millisecond}
	one, err := Spawner{}.Spawn(t.Context(), Job{Peer: "grpc-go", Cell: c})
	if err != nil {
		t.Fatal(err)
	}
	c.Split = true
	two, err := Spawner{}.Spawn(t.Context(), Job{Peer: "grpc-go", Cell: c})
	if err != nil {
		t.Fatal(err)
	}
	if ratio := two[load.Allocs] / one[load.Allocs]; ratio < 0.7 || ratio > 1.4 {
		t.Errorf("%.0f allocations a call in one process, %.0f in two", one[load.Allocs], two[load.Allocs])
	}
}

func TestWhatFailsSaysWhy(t *testing.T) {
	_, err := Spawner{}.Spawn(t.Context(), Job{Peer: "nobody", Cell: load.Cell{Kind: load.Echo}})
	if err == nil || !strings.Contains(err.Error(), `there is no peer "nobody"`) {
		t.Errorf("the error is %v", err)
	}
}

// A build is never taken for another one.
func TestEachBuildHasAProgramOfItsOwn(t *testing.T) {
	s := Spawner{Programs: map[string][]string{"": {"/now"}, "v1": {"/then"}}}
	for name, want := range map[string]string{"gridc": "/now", "gridc@v1": "/then", "gridc-bytes@v1": "/then", "tcp": "/now"} {
		if got, err := s.program(name, 3); got != want || err != nil {
			t.Errorf("%s is measured by %s, %v", name, got, err)
		}
	}
	if got, err := s.program("gridc@v2", 0); err == nil {
		t.Errorf("gridc@v2 is measured by %s", got)
	}
	if self, err := os.Executable(); err != nil {
		t.Fatal(err)
	} else if got, err := (Spawner{}).program("gridc", 0); got != self || err != nil {
		t.Errorf("gridc is measured by %s, %v", got, err)
	}
}

// Layouts take turns every other round, and all peers of a round have the same one.
func TestLayoutsTakeTurns(t *testing.T) {
	s := Spawner{Programs: map[string][]string{"": {"/now-1", "/now-2"}, "v1": {"/then-1", "/then-2"}}}
	for round, want := range []string{"-1", "-1", "-2", "-2", "-1"} {
		for name, version := range map[string]string{"gridc": "/now", "gridc-observed": "/now", "gridc@v1": "/then"} {
			if got, err := s.program(name, round); got != version+want || err != nil {
				t.Errorf("round %d: %s is measured by %s, %v", round, name, got, err)
			}
		}
	}
}
