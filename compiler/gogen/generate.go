package gogen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/internal/parallel"
	"github.com/gridrpc/gridc/compiler/ir"
)

// Options say where generated code goes.
type Options struct {
	// Out is the folder that gets a folder for each package. When it is empty,
	// the code of a .grid file goes to gen/<package> beside that file.
	Out string
	// Cache, when it is not nil, gives what did not change since the last time.
	Cache Cache
}

// Cache knows what was generated before.
type Cache interface {
	// Generated returns a function for the packages of s, whose Go import paths are
	// given. It returns the files of one package, its own or what generate returns.
	// It is safe for concurrent use.
	Generated(s *ir.Schema, paths map[*ir.Package]string) func(p *ir.Package, t emit.Target, generate func() ([]emit.Output, error)) ([]emit.Output, error)
}

// noCache is the Cache that remembers nothing.
type noCache struct{}

func (noCache) Generated(*ir.Schema, map[*ir.Package]string) func(*ir.Package, emit.Target, func() ([]emit.Output, error)) ([]emit.Output, error) {
	return func(_ *ir.Package, _ emit.Target, generate func() ([]emit.Output, error)) ([]emit.Output, error) {
		return generate()
	}
}

// Generate returns the files that the packages of s become, imported packages
// included. The same schema gives the same bytes, in the same order.
func Generate(s *ir.Schema, opts Options) ([]emit.Output, error) {
	targets := map[*ir.Package]emit.Target{}
	paths := map[*ir.Package]string{}
	folders := map[string]*ir.Package{}
	modules := NewModules()
	for _, p := range s.Packages {
		t := emit.PackageTarget(p, opts.Out, emit.Go)
		if first, taken := folders[t.Path()]; taken {
			return nil, fmt.Errorf("%s and %s both generate into %s: give one of the packages another name", first.Path, p.Path, t.Path())
		}
		folders[t.Path()] = p
		imported, err := modules.ImportPath(t.Path())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, err)
		}
		targets[p], paths[p] = t, imported
	}
	var cache Cache = noCache{}
	if opts.Cache != nil {
		cache = opts.Cache
	}
	files, err := filesOf(s, cache.Generated(s, paths), targets, paths)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b emit.Output) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// filesOf generates the packages of a schema side by side.
func filesOf(s *ir.Schema, cached func(*ir.Package, emit.Target, func() ([]emit.Output, error)) ([]emit.Output, error), targets map[*ir.Package]emit.Target, paths map[*ir.Package]string) ([]emit.Output, error) {
	files := make([][]emit.Output, len(s.Packages))
	errs := make([]error, len(s.Packages))
	parallel.Each(len(s.Packages), func(i int) {
		p := s.Packages[i]
		files[i], errs[i] = cached(p, targets[p], func() ([]emit.Output, error) { return generatePackage(unit{Pkg: p, Paths: paths}, targets[p]) })
	})
	var outputs []emit.Output
	for i, p := range s.Packages {
		if errs[i] != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, errs[i])
		}
		outputs = append(outputs, files[i]...)
	}
	return outputs, nil
}

// fileEnding ends the name of every generated file. It is no platform's name,
// so Go never leaves one out.
const fileEnding = "_grid.go"

func generatePackage(u unit, t emit.Target) ([]emit.Output, error) {
	var outputs []emit.Output
	for name, f := range u.emit() {
		content, err := f.render()
		if err != nil {
			return nil, &diag.Fault{Err: fmt.Errorf("generated %s is no Go code: %w", name+fileEnding, err)}
		}
		t.Name = name + fileEnding
		outputs = append(outputs, emit.Output{Path: t.Path(), Content: content, Target: t})
	}
	return outputs, nil
}

// emit returns the files of the package by name.
func (u unit) emit() map[string]goFile {
	files := map[string]goFile{"types": {code: emitTypes(u)}}
	if hasCodec(u.Pkg) {
		files["codec"] = goFile{code: emitCodec(u)}
	}
	if len(u.ruled()) > 0 {
		files["validate"] = goFile{code: emitValidate(u)}
	}
	if len(u.Pkg.Services) == 0 {
		return files
	}
	ids := u.idents()
	files["schema"] = u.emitSchema(ids)
	for _, svc := range u.Pkg.Services {
		s := &service{unit: u, Service: svc, ids: ids.services[svc], schema: ids.schema}
		files[s.ids.file+"_client"] = goFile{code: s.emitClient()}
		files[s.ids.file+"_server"] = goFile{code: s.emitServer()}
		files[s.ids.file+"_fake"] = goFile{code: s.emitFake()}
		if s.hasRPCs() {
			files[s.ids.file+"_group"] = goFile{code: s.emitGroup()}
		}
	}
	return files
}
