package plan

import (
	"regexp"
	"slices"
	"testing"
)

func TestTheGateMeasuresBothBuilds(t *testing.T) {
	var cells []string
	for _, s := range Gate([]string{Grid}, "v1") {
		cells = append(cells, s.Cell.String())
		if !slices.Equal(s.Peers, []string{"gridc", "gridc@v1"}) {
			t.Errorf("%s has %q", s.Cell, s.Peers)
		}
		if s.Cell.Count == 0 && s.Cell.Time <= 0 {
			t.Errorf("%s takes no time", s.Cell)
		}
	}
	want := []string{
		"echo/512B/1", "echo/512B/16", "echo/512B/256", "echo/1MiB/16", "pingpong/512B", "sessions/1024", "streams/10000",
	}
	if !slices.Equal(cells, want) {
		t.Errorf("the gate has %q", cells)
	}
	// What has no streams is not asked for any.
	for _, s := range Gate([]string{Bytes}, "v1") {
		if s.Cell.String() == "pingpong/512B" || s.Cell.String() == "streams/10000" {
			t.Errorf("%s has %q", s.Cell, s.Peers)
		}
	}
}

func TestAnyCellIsMeasuredWithBothBuilds(t *testing.T) {
	steps := Pairs(regexp.MustCompile("^(down/512B|echo/0B/1)$"), []string{Bytes, Grid}, "v1")
	if len(steps) != 2 || !slices.Equal(steps[1].Peers, []string{"gridc", "gridc@v1"}) ||
		!slices.Equal(steps[0].Peers, []string{"gridc-bytes", "gridc-bytes@v1", "gridc", "gridc@v1"}) {
		t.Errorf("%+v", steps)
	}
}

func TestAnOlderBuildTakesPartWhereItsPeerDoes(t *testing.T) {
	for _, s := range Filter(Quick("gridc@v1"), regexp.MustCompile(""), []string{"tcp", "gridc@v1", "gridc-bytes@v2"}) {
		if !slices.Contains(s.Peers, "gridc@v1") || slices.Contains(s.Peers, "gridc") {
			t.Errorf("%s has %q", s.Cell, s.Peers)
		}
		if got, want := slices.Contains(s.Peers, "gridc-bytes@v2"), s.Cell.String() == "echo/512B/1"; got != want {
			t.Errorf("%s has %q", s.Cell, s.Peers)
		}
	}
}
