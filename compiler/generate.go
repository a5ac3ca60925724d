package compiler

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// GenOptions say where generated code goes.
type GenOptions struct {
	// Out is the folder that gets a folder for each package. When it is empty,
	// the code of a .grid file goes to gen/<package> beside that file.
	Out string
	// Cache, when it is not nil, gives what did not change since the last time.
	Cache PackageCache
}

// PackageCache knows what was generated before.
type PackageCache interface {
	// generated returns a function for the packages of s, whose Go import paths are
	// given. It returns the files of one package, its own or what generate returns.
	// It is safe for concurrent use.
	generated(s *Schema, paths map[*Package]string) func(p *Package, t target, generate func() ([]Output, error)) ([]Output, error)
}

// noCache is for those who have none.
type noCache struct{}

func (noCache) generated(*Schema, map[*Package]string) func(*Package, target, func() ([]Output, error)) ([]Output, error) {
	return func(_ *Package, _ target, generate func() ([]Output, error)) ([]Output, error) { return generate() }
}

// Output is one generated file.
type Output struct {
	Path    string // slash-separated, relative to where the paths of the schema are
	Content []byte

	target target
}

// target says where an output belongs, and what else may be there.
type target struct {
	root   string // the folder that nothing is written outside of
	folder string // of the package, below root
	name   string // of the file
	beside bool   // root holds the .grid file, and folder is gen/<package>
}

func (t target) path() string { return path.Join(t.root, t.folder, t.name) }

// Generate returns the files that the packages of s become, imported packages
// included. The same schema gives the same bytes, in the same order.
func Generate(s *Schema, opts GenOptions) ([]Output, error) {
	targets := map[*Package]target{}
	paths := map[*Package]string{}
	folders := map[string]*Package{}
	modules := newModules()
	for _, p := range s.Packages {
		t := packageTarget(p, opts)
		if first, taken := folders[t.path()]; taken {
			return nil, fmt.Errorf("%s and %s both generate into %s: give one of the packages another name", first.Path, p.Path, t.path())
		}
		folders[t.path()] = p
		imported, err := modules.importPath(t.path())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, err)
		}
		targets[p], paths[p] = t, imported
	}
	var cache PackageCache = noCache{}
	if opts.Cache != nil {
		cache = opts.Cache
	}
	files, err := filesOf(s, cache.generated(s, paths), targets, paths)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b Output) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// filesOf generates the packages of a schema side by side.
func filesOf(s *Schema, cached func(*Package, target, func() ([]Output, error)) ([]Output, error), targets map[*Package]target, paths map[*Package]string) ([]Output, error) {
	files := make([][]Output, len(s.Packages))
	errs := make([]error, len(s.Packages))
	each(len(s.Packages), func(i int) {
		p := s.Packages[i]
		files[i], errs[i] = cached(p, targets[p], func() ([]Output, error) { return generatePackage(unit{pkg: p, paths: paths}, targets[p]) })
	})
	var outputs []Output
	for i, p := range s.Packages {
		if errs[i] != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, errs[i])
		}
		outputs = append(outputs, files[i]...)
	}
	return outputs, nil
}

func packageTarget(p *Package, opts GenOptions) target {
	if opts.Out != "" {
		return target{root: opts.Out, folder: p.Name}
	}
	return target{root: path.Dir(p.Path), folder: path.Join(genFolder, p.Name), beside: true}
}

// genFolder is the folder beside a .grid file that holds its generated code.
const genFolder = "gen"

// fileEnding ends the name of every generated file. It is no platform's name,
// so Go never leaves one out.
const fileEnding = "_grid.go"

func generatePackage(u unit, t target) ([]Output, error) {
	var outputs []Output
	for name, f := range u.emit() {
		content, err := f.render()
		if err != nil {
			return nil, &Fault{Err: fmt.Errorf("generated %s is no Go code: %w", name+fileEnding, err)}
		}
		t.name = name + fileEnding
		outputs = append(outputs, Output{Path: t.path(), Content: content, target: t})
	}
	return outputs, nil
}

// emit returns the files of the package by name.
func (u unit) emit() map[string]goFile {
	files := map[string]goFile{"types": {code: emitTypes(u)}}
	if hasCodec(u.pkg) {
		files["codec"] = goFile{code: emitCodec(u)}
	}
	if len(u.pkg.Services) == 0 {
		return files
	}
	ids := u.idents()
	files["schema"] = u.emitSchema(ids)
	for _, svc := range u.pkg.Services {
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
