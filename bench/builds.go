package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/gridrpc/gridc/bench/internal/build"
	"github.com/gridrpc/gridc/bench/internal/peer"
	"github.com/gridrpc/gridc/bench/internal/plan"
	"github.com/gridrpc/gridc/bench/internal/proc"
)

// builds are the measuring programs of a run: this one, and those of older
// versions of gridc that take part.
type builds struct {
	proc.Spawner
	versions map[string]string // of gridc, by commit
	notes    []string          // what could not be built, and why
	close    func() error
}

// newBuilds builds what the flags ask for. Where builds are compared, that of this
// tree is built like the older one.
func newBuilds(ctx context.Context, f *flags, progress io.Writer) (*builds, error) {
	b := &builds{
		Spawner:  proc.Spawner{Programs: map[string][]string{}, Profiles: f.profiles},
		versions: map[string]string{}, close: func() error { return nil },
	}
	commits := slices.DeleteFunc(f.commits(), func(commit string) bool { return commit == f.base && commit != "" })
	if len(commits) == 0 && f.base == "" {
		return b, nil
	}
	builder, err := build.New(".")
	if err != nil {
		return nil, err
	}
	builder.Layouts = f.layouts
	b.close = builder.Close
	for _, commit := range commits {
		if err := b.add(ctx, builder, commit, progress); err != nil {
			_ = builder.Close() // the first error says more
			return nil, err
		}
	}
	if err := b.addBase(ctx, builder, f, progress); err != nil {
		_ = builder.Close() // as above
		return nil, err
	}
	return b, nil
}

// addBase builds what goals are ratios to. Where that cannot be done, as in a
// shallow clone, all else is measured nevertheless.
func (b *builds) addBase(ctx context.Context, builder *build.Builder, f *flags, progress io.Writer) error {
	if f.base == "" {
		return nil
	}
	err := b.add(ctx, builder, f.base, progress)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	b.notes = append(b.notes, fmt.Sprintf("Goals against %s are left out: %v", f.older(), err))
	fmt.Fprintln(progress, b.notes[len(b.notes)-1])
	f.base = ""
	return nil
}

// add builds the program of a commit; that of this tree if it is empty.
func (b *builds) add(ctx context.Context, builder *build.Builder, commit string, progress io.Writer) (err error) {
	start := time.Now()
	var p build.Program
	if commit == "" {
		p, err = builder.WorkTree(ctx)
	} else {
		p, err = builder.Commit(ctx, commit)
	}
	if err != nil {
		return err
	}
	b.Programs[commit] = p.Paths
	b.versions[commit] = p.Version
	fmt.Fprintf(progress, "gridc, %s, was built in %v\n", p.Version, time.Since(start).Round(time.Second))
	return nil
}

// addVersions says which versions the peers are that are older builds.
func (b *builds) addVersions(all map[string]string, steps []plan.Step) {
	for _, s := range steps {
		for _, name := range s.Peers {
			if _, commit := peer.Version(name); commit != "" {
				all[name] = b.versions[commit]
			}
		}
	}
}

// commits are the versions to be built, "" that of this tree.
func (f *flags) commits() []string {
	set := map[string]bool{}
	for _, name := range f.peers {
		if _, commit := peer.Version(name); commit != "" {
			set[commit] = true
		}
	}
	if f.against != "" {
		set[f.against] = true
	}
	if f.against != "" || f.layouts > 1 {
		set[""] = true
	}
	var all []string
	for commit := range maps.Keys(set) {
		all = append(all, commit)
	}
	return all
}
