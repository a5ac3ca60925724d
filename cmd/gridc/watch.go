package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gridrpc/gridc/compiler"
)

const (
	// watchInterval is how often the files are looked at. Polling works on every
	// system and file system, and stays below a percent of a processor.
	watchInterval = 100 * time.Millisecond
	// freshFor is how long a file counts as fresh: its time of change says
	// nothing yet about a second change in the same tick of the file system.
	freshFor = 2 * time.Second
)

// stamp tells one state of a file from another; the zero stamp is no file.
type stamp struct {
	changed time.Time
	size    int64
	sum     [sha256.Size]byte // while the file is fresh
}

// watcher follows the files that a gen reads.
type watcher struct {
	cmd    *genCmd
	env    *environment
	inputs []string // what a run reads, imports that are not there included
}

func (cmd *genCmd) watchUntilInterrupted(env *environment) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cmd.watch(ctx, env)
}

// watch generates, and does so again after each change, until ctx ends. Mistakes
// in the files are reported and waited for; only faults of gridc's own end it.
func (cmd *genCmd) watch(ctx context.Context, env *environment) error {
	w := &watcher{cmd: cmd, env: env}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	seen, text := w.refresh()
	if err := w.generate(); err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "gridc: watching %s\n", count(len(w.inputs), "file", "files"))
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := w.look()
		if maps.Equal(now, seen) {
			continue
		}
		w.settle(ctx, now)
		before := text
		if seen, text = w.refresh(); text == before {
			continue
		}
		if err := w.generate(); err != nil {
			return err
		}
	}
}

// refresh finds out which files the next run reads, and what they hold.
func (w *watcher) refresh() (map[string]stamp, [sha256.Size]byte) {
	// What cannot be read is watched as well as it can be: by the arguments.
	w.inputs, _ = compiler.Inputs(compiler.Options{}, w.cmd.Paths...)
	seen := w.look()
	return seen, hashOf(seen)
}

// settle waits until nothing changes for one interval: editors write in steps,
// and a checkout changes many files.
func (w *watcher) settle(ctx context.Context, seen map[string]stamp) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchInterval):
		}
		now := w.look()
		if maps.Equal(now, seen) {
			return
		}
		seen = now
	}
}

// generate runs once and says what came of it.
func (w *watcher) generate() error {
	changed, err := w.cmd.generate(w.env)
	for _, change := range changed {
		fmt.Fprintf(w.env.stderr, "gridc: %v\n", change)
	}
	if _, fault := errors.AsType[*compiler.Fault](err); fault {
		return err
	}
	conclude(err, nil, w.env.stderr)
	return nil
}

// look takes the stamps of all files that the next run would read.
func (w *watcher) look() map[string]stamp {
	stamps := make(map[string]stamp)
	for _, path := range w.inputs {
		stamps[path] = stampOf(path)
	}
	files, err := compiler.Files(compiler.Options{}, w.cmd.Paths...)
	if err != nil {
		files = w.cmd.Paths
	}
	for _, path := range compiler.Beside(compiler.Options{}, append(files, w.inputs...)) { // a file that is new may belong to a package
		stamps[path] = stampOf(path)
	}
	return stamps
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return stamp{}
	}
	s := stamp{changed: info.ModTime(), size: info.Size()}
	if time.Since(s.changed) < freshFor {
		text, _ := os.ReadFile(path) // an unreadable file has the sum of nothing
		s.sum = sha256.Sum256(text)
	}
	return s
}

// hashOf is the hash of what the files hold: a file that was only touched is as
// it was before.
func hashOf(files map[string]stamp) [sha256.Size]byte {
	var all [sha256.Size]byte
	for path := range files {
		text, err := os.ReadFile(path)
		one := sha256.Sum256(fmt.Appendf(nil, "%q %t %s", path, err == nil, text))
		for i := range all {
			all[i] ^= one[i] // in any order
		}
	}
	return all
}
