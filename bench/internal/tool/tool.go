// Package tool measures the gridc command: how long it takes to generate code
// for many files, to find that nothing changed, and to lint one file.
package tool

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Times are the medians of what was measured.
type Times struct {
	Cold, Warm, Lint time.Duration
}

// files is how many files are generated: 12,000 lines in all.
const files = 100

// Measure builds gridc and times it. It runs in the folder of this module.
func Measure(ctx context.Context) (t Times, err error) {
	err = inFolder(ctx, func(gridc, work string) error {
		if err := writeCorpus(work, files, 9); err != nil {
			return err
		}
		t, err = measure(ctx, gridc, work)
		return err
	})
	return t, err
}

// Generate times a cold run over one file with so many messages.
func Generate(ctx context.Context, messages int) (took time.Duration, err error) {
	err = inFolder(ctx, func(gridc, work string) error {
		if err := writeCorpus(work, 1, messages); err != nil {
			return err
		}
		took, err = cold(ctx, gridc, work)
		return err
	})
	return took, err
}

// inFolder builds gridc, and runs fn with it and with a folder to work in.
func inFolder(ctx context.Context, fn func(gridc, work string) error) error {
	dir, err := os.MkdirTemp("", "tool")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	gridc := filepath.Join(dir, "gridc")
	if out, err := exec.CommandContext(ctx, "go", "build", "-C", "..", "-o", gridc, "./cmd/gridc").CombinedOutput(); err != nil {
		return fmt.Errorf("build of gridc: %w\n%s", err, out)
	}
	return fn(gridc, filepath.Join(dir, "work"))
}

// rounds is how often each is timed; the median counts.
const rounds = 3

// cold times gen without anything generated before, here or in the cache.
func cold(ctx context.Context, gridc, work string) (time.Duration, error) {
	return median(rounds, func() (time.Duration, error) {
		if err := setAside(filepath.Join(work, "gen"), filepath.Dir(work)); err != nil {
			return 0, err
		}
		return timed(ctx, work, []string{"GRIDC_CACHE=off"}, gridc, "gen", ".")
	})
}

func measure(ctx context.Context, gridc, work string) (t Times, err error) {
	if t.Cold, err = cold(ctx, gridc, work); err != nil {
		return t, err
	}
	// The first run fills the cache; the median is one of the others.
	cache := []string{"GRIDC_CACHE=" + filepath.Join(work, "cache")}
	if t.Warm, err = median(rounds, func() (time.Duration, error) { return timed(ctx, work, cache, gridc, "gen", ".") }); err != nil {
		return t, err
	}
	t.Lint, err = median(rounds, func() (time.Duration, error) { return timed(ctx, work, cache, gridc, "lint", "file0.grid") })
	return t, err
}

// timed runs a command with some variables added to the environment, and returns
// how long it took.
func timed(ctx context.Context, dir string, env []string, name string, args ...string) (time.Duration, error) {
	took, _, err := used(ctx, dir, env, name, args...)
	return took, err
}

// used is timed, with the CPU time of the command and of what it started.
func used(ctx context.Context, dir string, env []string, name string, args ...string) (took, cpu time.Duration, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(start)
	if err != nil {
		return 0, 0, fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, out)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

func median(n int, fn func() (time.Duration, error)) (time.Duration, error) {
	var all []time.Duration
	for range n {
		d, err := fn()
		if err != nil {
			return 0, err
		}
		all = append(all, d)
	}
	slices.Sort(all)
	return all[n/2], nil
}
