package breaking

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
)

// folderBaseline compares with a folder of older files. The folder is laid out as the
// current folder is, such as another checkout, or holds the older state of a folder that
// was named.
func folderBaseline(folder string, paths []string, reload func(paths ...string) (*ir.Schema, error)) (*Baseline, error) {
	base := path.Clean(filepath.ToSlash(folder))
	opts := load.Options{}.WithDefaults()
	p := &past{name: folder, opts: opts, paths: paths, root: opts.ModuleFolder(folderOf(paths[0]))}
	p.all = func() ([]string, error) { return load.Files(opts, base) }
	p.holds = func(file string) bool { return isBelow(file, base) }
	home, err := p.lookIn(base)
	if err != nil {
		return nil, err
	}
	p.today = func(file string) string { return path.Join(home, strings.TrimPrefix(file, base+"/")) }
	p.then = func(file string) string {
		if rel, err := filepath.Rel(home, filepath.FromSlash(file)); err == nil {
			return path.Join(base, filepath.ToSlash(rel))
		}
		return file
	}
	if base == "." {
		p.today, p.then = path.Clean, path.Clean
	}
	present, err := p.present()
	if err != nil {
		return nil, err
	}
	now, err := reload(present...)
	if err != nil {
		return nil, err
	}
	return p.baseline(now, reload)
}

// lookIn fills in the scope, and returns the folder whose older state is in base:
// the current one where the named paths are found in it.
func (p *past) lookIn(base string) (home string, err error) {
	home = "."
	for _, arg := range p.paths {
		arg = path.Clean(filepath.ToSlash(arg))
		there, err := existing(p.opts, []string{path.Join(base, arg)})
		if err != nil {
			return "", err
		}
		if path.IsAbs(arg) || filepath.IsAbs(arg) || strings.HasPrefix(arg, "..") {
			there = nil // it is not below the current folder
		}
		if len(there) == 0 && isFolderNow(arg) {
			home, there = arg, []string{base}
		}
		files, err := load.Files(p.opts, there...)
		if err != nil && !errors.Is(err, load.ErrNoFiles) {
			return "", err
		}
		p.scope = append(p.scope, files...)
	}
	slices.Sort(p.scope)
	p.scope = slices.Compact(p.scope)
	return home, nil
}

// present are the named paths without what belongs to the older revision, which
// may lie in a folder that was named. It fails when nothing else was named: a file
// that is compared with itself has never changed.
func (p *past) present() ([]string, error) {
	files, err := load.Files(p.opts, p.paths...)
	if err != nil {
		return nil, err
	}
	rest := slices.DeleteFunc(slices.Clone(files), p.holds)
	switch {
	case len(rest) == 0:
		return nil, fmt.Errorf("%w: all of %s would be compared with itself, for it lies in %s; give a folder with older files", ErrNothing, strings.Join(p.paths, " "), p.name)
	case len(rest) == len(files):
		return p.paths, nil
	default:
		return rest, nil
	}
}

// isBelow reports whether a file lies in a folder, whatever links lead there.
func isBelow(file, folder string) bool {
	real, err := load.RealPath(filepath.FromSlash(file))
	if err != nil {
		return false
	}
	base, err := load.RealPath(filepath.FromSlash(folder))
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(base, real)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// folderOf is the folder that a path is, or that holds it.
func folderOf(arg string) string {
	arg = path.Clean(filepath.ToSlash(arg))
	if isFolderNow(arg) {
		return arg
	}
	return path.Dir(arg)
}
