package stubs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/internal/atomicfile"
	"github.com/gridrpc/gridc/compiler/internal/parallel"
	"github.com/gridrpc/gridc/compiler/load"
)

// plan is what has to be done so that the disk is as the outputs say. Making it
// reads everything and refuses what must not be touched, so that nothing is
// written unless all of it can be.
type plan struct {
	roots   map[string]*os.Root // by folder; nil for one that does not exist
	writes  []*genFile
	orphans []*genFile
	temps   []*genFile // that look like those of a run which was killed
}

func newPlan(outputs []emit.Output) (*plan, error) {
	p := &plan{roots: map[string]*os.Root{}}
	err := p.compare(outputs)
	if err == nil {
		err = p.findOrphans(outputs)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *plan) close() {
	for _, root := range p.roots {
		if root != nil {
			_ = root.Close() // it was only a handle to a folder
		}
	}
}

// compare reads what is there in the place of every output, side by side: most
// of it is waiting for the disk.
func (p *plan) compare(outputs []emit.Output) error {
	files := make([]*genFile, len(outputs))
	for i, o := range outputs {
		root, err := p.open(o.Target.Root)
		if err != nil {
			return err
		}
		files[i] = &genFile{Target: o.Target, root: root, content: o.Content}
	}
	errs := make([]error, len(files))
	parallel.Each(len(files), func(i int) { errs[i] = files[i].read() })
	for i, w := range files {
		if errs[i] != nil {
			return errs[i]
		}
		if w.old == nil || !bytes.Equal(w.old, w.content) {
			p.writes = append(p.writes, w)
		}
	}
	return nil
}

func (p *plan) open(dir string) (*os.Root, error) {
	root, known := p.roots[dir]
	if known {
		return root, nil
	}
	root, err := os.OpenRoot(filepath.FromSlash(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot open the folder %s: %w", dir, err)
	}
	p.roots[dir] = root
	return root, nil
}

// findOrphans finds the files of gridc's that nothing generates any more: in
// the folders of the outputs, and, beside .grid files, in the folders of
// packages that none of those files declares. In a folder given with --out a
// folder of another package may be somebody else's output, and is left alone.
func (p *plan) findOrphans(outputs []emit.Output) error {
	folders := map[emit.Target]bool{} // without name
	wanted := map[string]bool{}
	beside := map[emit.Target]bool{} // roots, each of which is looked through once for a language
	for _, o := range outputs {
		wanted[o.Target.Path()] = true
		t := o.Target
		t.Name = ""
		folders[t] = true
		if t.Beside {
			beside[emit.Target{Root: t.Root, Language: t.Language, Beside: true}] = true
		}
	}
	for root := range beside {
		others, err := p.abandoned(root)
		if err != nil {
			return err
		}
		for _, other := range others {
			folders[other] = true
		}
	}
	for t := range folders {
		if err := p.orphansIn(t, wanted); err != nil {
			return err
		}
	}
	slices.SortFunc(p.orphans, func(a, b *genFile) int { return cmp.Compare(a.Path(), b.Path()) })
	return nil
}

// orphansIn adds the unwanted files of gridc's in one package's folder.
func (p *plan) orphansIn(t emit.Target, wanted map[string]bool) error {
	root := p.roots[t.Root]
	if root == nil || refuseLinks(root, path.Join(t.Folder, "x")) != nil {
		return nil // after a link nothing is ours
	}
	entries, err := fs.ReadDir(root.FS(), t.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot list %s: %w", t.Path(), err)
	}
	for _, e := range entries {
		t.Name = e.Name()
		if atomicfile.IsTemp(e) {
			p.temps = append(p.temps, &genFile{Target: t, root: root})
			continue
		}
		if !e.Type().IsRegular() || wanted[t.Path()] || !hasEnding(t) {
			continue
		}
		content, err := root.ReadFile(path.Join(t.Folder, t.Name))
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", t.Path(), err)
		}
		if isGenerated(content) {
			p.orphans = append(p.orphans, &genFile{Target: t, root: root, old: unixLines(content)})
		}
	}
	return nil
}

// hasEnding reports whether a file may be one of its language.
func hasEnding(t emit.Target) bool {
	return slices.ContainsFunc(t.Language.Endings(), func(ending string) bool { return strings.HasSuffix(t.Name, ending) })
}

// sweep removes the temporary files of runs that were killed.
func (p *plan) sweep() {
	for _, t := range p.temps {
		atomicfile.RemoveAbandoned(t.root, t.rel())
	}
}

// abandoned returns the folders in gen/ below a root whose package no .grid file in
// the root declares. When one of those files cannot be understood there are none:
// nobody knows what it stands for.
func (p *plan) abandoned(beside emit.Target) ([]emit.Target, error) {
	dir := beside.Root
	root := p.roots[dir]
	if root == nil || refuseLinks(root, path.Join(emit.GenFolder, "x")) != nil {
		return nil, nil
	}
	declared, ok, err := declaredPackages(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if !ok {
		return nil, nil
	}
	var out []emit.Target
	err = fs.WalkDir(root.FS(), emit.GenFolder, func(folder string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("cannot list %s: %w", path.Join(dir, folder), err)
		case !e.IsDir() || folder == emit.GenFolder:
			return nil
		}
		if name := strings.TrimPrefix(folder, emit.GenFolder+"/"); !declared[name] {
			beside.Folder = folder
			out = append(out, beside)
		}
		return nil
	})
	return out, err
}

// declaredPackages are the folders of the packages of the .grid files in a folder; ok is false
// when one of them does not say.
func declaredPackages(root *os.Root) (declared map[string]bool, ok bool, err error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, false, err
	}
	declared = map[string]bool{}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".grid" {
			continue
		}
		source, err := root.ReadFile(e.Name())
		if err != nil {
			return nil, false, err
		}
		name := load.PackageOf(source)
		if name == "" {
			return nil, false, nil
		}
		declared[goname.PackageFolder(name)] = true
	}
	return declared, true, nil
}
