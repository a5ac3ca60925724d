package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// ownTemp gives the tour a place for its files, to see what it leaves there.
func ownTemp(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // where Windows looks
	return dir
}

func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The whole tour, as a person gets to see it. It checks every answer itself;
// here it is only made sure that it came to each of them.
func TestTour(t *testing.T) {
	temp := ownTemp(t)
	began := time.Now()
	var out bytes.Buffer
	if err := tour(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	said := out.String()
	for _, milestone := range []string{
		"1. Three servers", "a process of its own",
		"2. DiskInfo", "alpha disk1: online", "alpha disk2: online", "beta  disk1: online", "beta  disk2: online", "gamma disk1: online", "gamma disk2: online",
		"3. WalkDir", "2026/01/snow.raw", "4 files, and the folder holds just these.",
		"4. ReadVersion", `It begins with "package main".`,
		"5. Errors", `*storage.FileNotFound, volume "source", path "cobol/main.cob"`, "invalid_argument",
		"6. Replicate", "acknowledged: number 6, failed: true", "byte for byte",
		"7. The other direction", "still session 1 of the pair",
		"8. gamma is killed", "signal: killed", "MayHaveRun", "with an error", "NotSent",
		"9. gamma comes back", "alpha is connected with it again", "beta is connected with it again", "session 2", "@idempotent", "all 3 copies",
		"10. The end", "All as it should be",
	} {
		before, after, found := strings.Cut(said, milestone)
		if !found {
			t.Fatalf("%q is missing, or not in its place, before:\n%s", milestone, said)
		}
		_, said = before, after
	}
	nothingLeft(t, temp)
}

// A tour that is interrupted fails, and leaves neither files nor processes.
func TestTourInterrupted(t *testing.T) {
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond, 350 * time.Millisecond} {
		temp := ownTemp(t)
		ctx, cancel := context.WithTimeout(t.Context(), after)
		var out bytes.Buffer
		if err := tour(ctx, &out); err == nil {
			t.Errorf("after %s: no error\n%s", after, out.String())
		}
		cancel()
		nothingLeft(t, temp)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 3 << 20: "3.0 MiB", 5 << 40: "5.0 TiB", 1<<64 - 1: "16.0 EiB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
