package breaking

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
)

// findOlder adds to the scope the files of the older revision that held packages
// of now somewhere else: packages are looked up, not paths.
func (p *past) findOlder(now *ir.Schema) error {
	p.packages = map[string]string{}
	for _, file := range p.scope {
		name, err := packageOf(p.opts, file)
		if err != nil {
			return err
		}
		p.packages[name] = file
	}
	var missing []*ir.Package
	for _, pkg := range now.Packages {
		if pkg.Root && p.packages[pkg.Name] == "" {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	others, err := p.others()
	if err != nil {
		return err
	}
	index, err := byPackage(p.opts, others)
	if err != nil {
		return err
	}
	for _, pkg := range missing {
		if err := p.addOlder(pkg, index[pkg.Name]); err != nil {
			return err
		}
	}
	p.addLeftBehind(index)
	return nil
}

// others are the files of the older revision that are not in scope.
func (p *past) others() ([]string, error) {
	all, err := p.all()
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, file := range p.scope {
		key, err := p.opts.RealPath(file)
		if err != nil {
			return nil, err
		}
		taken[key] = true
	}
	return slices.DeleteFunc(all, func(file string) bool {
		key, err := p.opts.RealPath(file)
		known := taken[key] // a link to a file is no second one
		taken[key] = true
		return err != nil || known
	}), nil
}

// addOlder adds the file that held a package, when that has moved since. One that
// is still there holds another package with the same name, as in another module.
func (p *past) addOlder(pkg *ir.Package, candidates []string) error {
	name, opts := pkg.Name, load.Options{}.WithDefaults()
	here, err := opts.RealPath(pkg.Path)
	if err != nil {
		return err
	}
	moved := slices.DeleteFunc(slices.Clone(candidates), func(file string) bool {
		still, err := packageOf(opts, p.today(file))
		there, realErr := opts.RealPath(p.today(file))
		return err == nil && realErr == nil && still == name && there != here // else a link leads there
	})
	switch len(moved) {
	case 0:
		return nil
	case 1:
		p.scope, p.packages[name] = append(p.scope, moved[0]), moved[0]
		return nil
	default:
		return fmt.Errorf("package `%s` may be either of %s at %s, so that it cannot be compared: let the path stay what it was, and move it in a step of its own",
			name, strings.Join(moved, " and "), p.name)
	}
}

// addLeftBehind adds what stood beside files that have moved and is gone: a folder
// that is named now may have had another name, and lost files on the way.
func (p *past) addLeftBehind(index map[string][]string) {
	if !slices.ContainsFunc(p.paths, isFolderNow) {
		return
	}
	left := map[string]bool{} // folders
	for _, file := range p.scope {
		if _, err := os.Stat(filepath.FromSlash(p.today(file))); err != nil {
			left[path.Dir(file)] = true
		}
	}
	for name, files := range index {
		for _, file := range files {
			_, err := os.Stat(filepath.FromSlash(p.today(file)))
			if err != nil && left[path.Dir(file)] && p.packages[name] == "" {
				p.scope, p.packages[name] = append(p.scope, file), file
			}
		}
	}
	slices.Sort(p.scope)
}

func isFolderNow(name string) bool {
	info, err := os.Stat(filepath.FromSlash(name))
	return err == nil && info.IsDir()
}

// findNewer returns the files of the present revision, beside those that were
// named, that hold packages which the older scope held.
func (p *past) findNewer(old, now *ir.Schema) []string {
	here := map[string]bool{}
	for _, pkg := range now.Packages {
		here[pkg.Name] = here[pkg.Name] || pkg.Root
	}
	var missing []string
	for _, pkg := range old.Packages {
		if pkg.Root && !here[pkg.Name] {
			missing = append(missing, pkg.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	opts := load.Options{}.WithDefaults()
	files, _ := opts.Walk(p.root) // what cannot be read is no package,
	files = slices.DeleteFunc(files, p.holds)
	index, _ := byPackage(opts, files) // and then the old one is told to be gone
	var moved []string
	for _, name := range missing {
		candidates := slices.DeleteFunc(index[name], func(file string) bool {
			before, err := packageOf(p.opts, p.then(file))
			return err == nil && before == name // which was there before, beside it
		})
		if len(candidates) == 1 {
			moved = append(moved, candidates[0])
		}
	}
	return moved
}
