package tsgen

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/ir"
)

// Options say where generated code goes, and what it is.
type Options struct {
	// Out is the folder that gets a folder for each package. When it is empty,
	// the code of a .grid file goes to gen/<package> beside that file.
	Out string
	// JavaScript asks for modules and declarations, .js and .d.ts, in place of .ts: for
	// pages and programs that run what is generated as it is.
	JavaScript bool
}

// Generate returns the modules that the packages of s become, imported packages
// included. The same schema gives the same bytes, in the same order.
func Generate(s *ir.Schema, opts Options) ([]emit.Output, error) {
	targets := map[*ir.Package]emit.Target{}
	taken := map[string]*ir.Package{}
	for _, p := range s.Packages {
		t := emit.PackageTarget(p, opts.Out, emit.TypeScript)
		t.Name = moduleName(p)
		if first := taken[t.Path()]; first != nil {
			return nil, fmt.Errorf("%s and %s both generate %s: give one of the packages another name", first.Path, p.Path, t.Path())
		}
		taken[t.Path()], targets[p] = p, t
	}
	var outputs []emit.Output
	for _, p := range s.Packages {
		paths, err := importPaths(p, targets)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, err)
		}
		outputs = append(outputs, files(newUnit(p, paths), targets[p], opts)...)
	}
	slices.SortFunc(outputs, func(a, b emit.Output) int { return strings.Compare(a.Path, b.Path) })
	return outputs, nil
}

// moduleName is the name of the module of a package, without its ending: lock_grid,
// history_v1_grid.
func moduleName(p *ir.Package) string { return strings.ReplaceAll(p.Name, ".", "_") + "_grid" }

// importPaths are the paths of the modules that p imports as it imports them, without
// their endings.
func importPaths(p *ir.Package, targets map[*ir.Package]emit.Target) (map[*ir.Package]string, error) {
	from := path.Dir(targets[p].Path())
	paths := map[*ir.Package]string{}
	for _, imported := range p.Imports {
		rel, err := filepath.Rel(filepath.FromSlash(from), filepath.FromSlash(targets[imported].Path()))
		if err != nil {
			return nil, fmt.Errorf("no path leads from %s to %s: name both files in one way", from, targets[imported].Path())
		}
		paths[imported] = filepath.ToSlash(rel)
		if !strings.HasPrefix(paths[imported], "../") {
			paths[imported] = "./" + paths[imported]
		}
	}
	return paths, nil
}

// files are what a package becomes.
func files(u *unit, t emit.Target, opts Options) []emit.Output {
	m := u.module()
	if !opts.JavaScript {
		return []emit.Output{output(t, ".ts", m.typeScript())}
	}
	return []emit.Output{output(t, ".js", m.javaScript()), output(t, ".d.ts", m.declarations())}
}

func output(t emit.Target, ending, text string) emit.Output {
	t.Name += ending
	return emit.Output{Path: t.Path(), Content: []byte(text), Target: t}
}

// module writes the module of the package: what is used stands before what uses it.
func (u *unit) module() *module {
	m := &module{sources: emit.Sources(u.pkg), about: emit.DocLines(u.pkg.Doc)}
	if len(u.pkg.Services)+len(u.pkg.Errors) > 0 {
		m.imports = append(m.imports, importLine{name: "grid", path: "@gridc/runtime"})
	}
	if len(u.pkg.Messages)+len(u.pkg.Unions)+len(u.pkg.Errors)+len(u.pkg.Services) > 0 {
		m.imports = append(m.imports, importLine{name: "codec", path: "@gridc/runtime/codec"})
	}
	m.imports = append(m.imports, u.imports...)
	for _, c := range u.pkg.Consts {
		m.add(constItem(c))
	}
	for _, e := range u.pkg.Enums {
		u.addEnum(m, e)
	}
	zeros := u.addZeros(m)
	for _, msg := range u.ordered() {
		u.addMessage(m, msg)
		if zeros[msg] {
			m.add(zeroItem(u.zeros[msg], u.bodyType(msg), "new"+u.bodyName(msg)))
		}
	}
	for _, x := range u.pkg.Unions {
		u.addUnion(m, x)
	}
	for _, e := range u.pkg.Errors {
		u.addError(m, e)
	}
	for _, s := range u.pkg.Services {
		newService(u, s).add(m)
	}
	return m
}
