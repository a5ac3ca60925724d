package breaking

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/internal/parallel"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// past is the older revision of a comparison, as files. Their paths are those that opts
// can read.
type past struct {
	name string // as it was given
	opts load.Options
	// scope are the older files that the named paths stand for; all lists every older file.
	scope []string
	all   func() ([]string, error)
	// today returns the present path of an older file, then the older path of a present one.
	today, then func(file string) string
	// root is the folder, of the present revision, within which files may have moved.
	root string
	// holds reports whether a file of the present revision belongs to the older one.
	holds func(file string) bool

	paths    []string          // as they were named
	packages map[string]string // of scope: file by package
}

func gitBaseline(tree *load.GitTree, ref string, paths []string, reload func(paths ...string) (*ir.Schema, error)) (*Baseline, error) {
	same := func(file string) string { return file }
	p := &past{
		name: ref, opts: tree.Options(), all: tree.Files, today: same, then: same, root: load.ShownPath(tree.Root),
		holds: func(string) bool { return false }, paths: paths,
	}
	now, err := reload(paths...)
	if err != nil {
		return nil, err
	}
	known, err := existing(p.opts, paths)
	if err != nil {
		return nil, err
	}
	if p.scope, err = load.Files(p.opts, known...); err != nil {
		return nil, err
	}
	return p.baseline(now, reload)
}

// baseline loads the files of the older revision that are to be compared with now.
func (p *past) baseline(now *ir.Schema, reload func(paths ...string) (*ir.Schema, error)) (*Baseline, error) {
	if err := p.findOlder(now); err != nil {
		return nil, err
	}
	s, ds, err := check.Load(p.opts, p.scope...)
	b := &Baseline{Schema: s, Diagnostics: ds, ReadFile: p.opts.ReadFile, Now: now}
	if err != nil || s == nil {
		return b, err
	}
	moved := p.findNewer(s, now)
	for _, pkg := range s.Packages {
		pkg.Path = p.today(pkg.Path)
		for i, file := range pkg.Files {
			pkg.Files[i] = p.today(file)
		}
	}
	s.TellApart()
	if len(moved) > 0 {
		if b.Now, err = reload(append(slices.Clone(rootPaths(now)), moved...)...); err != nil {
			return nil, err
		}
	}
	return b, b.mustCompare(p.name)
}

// rootPaths are the files of a schema that were named.
func rootPaths(s *ir.Schema) []string {
	var files []string
	for _, p := range s.Packages {
		if p.Root {
			files = append(files, p.Path)
		}
	}
	return files
}

// packageOf returns the name of the package of a file; it is empty while that
// cannot be told.
func packageOf(opts load.Options, file string) (string, error) {
	text, err := opts.ReadFile(file)
	if err != nil {
		return "", err
	}
	if tree, _ := idl.Parse(file, text); tree.Package != nil {
		return tree.Package.Name, nil
	}
	return "", nil
}

// byPackage are files by the name of their package. What cannot be read is no
// package, and its error is returned beside the others.
func byPackage(opts load.Options, files []string) (map[string][]string, error) {
	names, errs := make([]string, len(files)), make([]error, len(files))
	parallel.Each(len(files), func(i int) { names[i], errs[i] = packageOf(opts, files[i]) })
	found := map[string][]string{}
	for i, name := range names {
		inFolder := func(other string) bool { return path.Dir(other) == path.Dir(files[i]) } // and so of the same package
		if name != "" && !slices.ContainsFunc(found[name], inFolder) {
			found[name] = append(found[name], files[i])
		}
	}
	return found, errors.Join(errs...)
}

// existing returns those of the paths that stand for files.
func existing(opts load.Options, paths []string) ([]string, error) {
	var known []string
	for _, p := range paths {
		_, err := load.Files(opts, p)
		if err == nil {
			err = statFile(opts, p)
		}
		switch {
		case err == nil:
			known = append(known, p)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, load.ErrNoFiles):
			return nil, err
		}
	}
	return known, nil
}

// statFile fails for a file that is not there.
func statFile(opts load.Options, name string) error {
	if _, err := opts.ReadDir(filepath.ToSlash(name)); err == nil {
		return nil
	}
	_, err := opts.ReadFile(filepath.ToSlash(name))
	return err
}
