package stubs

import (
	"crypto/sha256"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/parallel"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
)

// cachedRun is what a run of gen read and wrote: while all of it is as it was,
// there is nothing to do.
type cachedRun struct {
	Roots   []string // the files that the arguments stood for
	Inputs  []cachedInput
	Beside  []string // the .grid files in the folders of the inputs
	Folders []cachedFolder
	Outputs []cachedOutput
}

type cachedInput struct {
	Path, Key string
	Sum       [sha256.Size]byte
}

// cachedFolder is a folder of generated code, with its Go import path.
type cachedFolder struct{ Path, Import string }

type cachedOutput struct {
	Root, Folder, Name string
	Beside             bool
	Sum                [sha256.Size]byte
}

// runKey names a run by where it happens and what it is told to do.
func (c *Cache) runKey(gen gogen.Options, paths []string) (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	return c.cacheKey("run", append([]string{dir, gen.Out}, paths...)...), true
}

// Unchanged reports whether generating from the paths would change nothing on
// disk and find nothing to say: the last run that did so with these options, in
// this folder, read the same files and left the stubs that are there.
func (c *Cache) Unchanged(gen gogen.Options, paths ...string) bool {
	if c == nil {
		return false
	}
	key, ok := c.runKey(gen, paths)
	var run cachedRun
	return ok && c.get(key, &run) && run.sameInputs(paths) && run.sameOutputs()
}

func (r *cachedRun) sameInputs(paths []string) bool {
	opts := load.Options{}.WithDefaults()
	roots, err := load.Files(opts, paths...)
	if err != nil || !slices.Equal(roots, r.Roots) {
		return false
	}
	if !slices.Equal(load.Beside(opts, r.inputPaths()), r.Beside) {
		return false // a file more, or one less, may be a part of a package
	}
	same := make([]bool, len(r.Inputs))
	parallel.Each(len(r.Inputs), func(i int) {
		in := &r.Inputs[i]
		key, err := opts.RealPath(in.Path)
		if err != nil || key != in.Key {
			return
		}
		text, err := opts.ReadFile(in.Path)
		same[i] = err == nil && sha256.Sum256(text) == in.Sum
	})
	return !slices.Contains(same, false)
}

func (r *cachedRun) inputPaths() []string {
	var paths []string
	for _, in := range r.Inputs {
		paths = append(paths, in.Path)
	}
	return paths
}

// sameOutputs looks at the disk just as Write does, so that a link in the way or
// an orphan is met in the same way.
func (r *cachedRun) sameOutputs() bool {
	modules := gogen.NewModules()
	for _, f := range r.Folders {
		if imported, err := modules.ImportPath(f.Path); err != nil || imported != f.Import {
			return false
		}
	}
	outputs := make([]emit.Output, len(r.Outputs))
	sums := make(map[emit.Target][sha256.Size]byte)
	for i, o := range r.Outputs {
		t := emit.Target{Root: o.Root, Folder: o.Folder, Name: o.Name, Beside: o.Beside}
		outputs[i] = emit.Output{Path: t.Path(), Target: t}
		sums[t] = o.Sum
	}
	plan, err := newPlan(outputs)
	if err != nil {
		return false
	}
	defer plan.close()
	return len(plan.orphans)+len(plan.temps) == 0 && !slices.ContainsFunc(plan.writes, func(w *genFile) bool {
		return w.old == nil || sha256.Sum256(w.old) != sums[w.Target]
	})
}

// Remember keeps that generating from the paths gave these outputs, and that
// they are on disk.
func (c *Cache) Remember(s *ir.Schema, outputs []emit.Output, gen gogen.Options, paths ...string) {
	if c == nil {
		return
	}
	key, ok := c.runKey(gen, paths)
	if !ok {
		return
	}
	var run cachedRun
	for _, src := range load.LoadedFor(s.Origin).Files {
		if src.Root {
			run.Roots = append(run.Roots, src.Path)
		}
		run.Inputs = append(run.Inputs, cachedInput{src.Path, src.Key, sha256.Sum256(src.Tree.Source)})
	}
	roots, err := load.Files(load.Options{}, paths...)
	if err != nil || len(roots) != len(run.Roots) {
		return // one file by two names, or a file that came in between
	}
	run.Roots, run.Beside = roots, load.Beside(load.Options{}, run.inputPaths())
	modules := gogen.NewModules()
	for _, p := range s.Packages {
		folder := emit.PackageTarget(p, gen.Out, emit.Go).Path()
		imported, err := modules.ImportPath(folder)
		if err != nil {
			return
		}
		run.Folders = append(run.Folders, cachedFolder{folder, imported})
	}
	for _, o := range outputs {
		t := o.Target
		run.Outputs = append(run.Outputs, cachedOutput{t.Root, t.Folder, t.Name, t.Beside, sha256.Sum256(o.Content)})
	}
	slices.SortFunc(run.Inputs, func(a, b cachedInput) int { return strings.Compare(a.Path, b.Path) })
	c.put(key, run)
	c.prune(time.Now())
}
