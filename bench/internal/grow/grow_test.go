package grow

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/bench/internal/proc"
)

// line fails for one peer at 100.
func fake() study {
	return study{
		name: "x", title: "something", x: "number", y: "cost", xs: []int{0, 1, 10, 100}, peers: []string{"tcp", "gridc"},
		measure: func(_ context.Context, peer string, x int) (float64, error) {
			if peer == "tcp" && x == 100 {
				return 0, errors.New("no more")
			}
			return float64(1 + x), nil
		},
	}
}

func TestAStudyIsMeasuredPrintedAndPlotted(t *testing.T) {
	s := fake()
	lines := s.run(t.Context())
	var out bytes.Buffer
	if err := s.print(&out, lines); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| number | tcp | gridc |", "| 10 | 11 | 11 |", "| 100 | – | 101 |", "tcp ends at 100: no more"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	path := filepath.Join(t.TempDir(), "x.svg")
	if err := s.plot(path, lines); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(text); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"<svg", "something", "gridc", "number"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%q is not in the plot", want)
		}
	}
}

func wellFormed(text []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestStudiesHavePointsAndNames(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range studies(proc.Spawner{}, []string{"gridc"}, 0) {
		if len(s.xs) < 5 || seen[s.name] || len(s.peers) == 0 {
			t.Errorf("%+v", s)
		}
		seen[s.name] = true
	}
}
