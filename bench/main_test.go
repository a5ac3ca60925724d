package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/bench/internal/proc"
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
