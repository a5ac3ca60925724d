package load

import (
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gridrpc/gridc/idl"
)

// Neighbour is a .grid file of the module that was not loaded: what is loaded may
// be a part, and some things can be said only of the whole.
type Neighbour struct {
	Path string
	file *idl.File // nil when it cannot be read
	// sound is false while a part of the file is not understood.
	sound   bool
	imports []neighbourImport
}

// neighbourImport is an import of a file that was loaded.
type neighbourImport struct {
	name string // the qualifier; empty when it cannot be told
	to   *File
}

// lookAround returns a function that finds the neighbours of what was loaded, when
// somebody first needs them.
func (l *loader) lookAround() func() []*Neighbour {
	return sync.OnceValue(l.neighbours)
}

// neighbours are the files in the modules of the named ones that were not loaded.
func (l *loader) neighbours() []*Neighbour {
	var files []string
	seen := make(map[string]bool)
	for _, s := range l.sources {
		if folder := l.opts.ModuleFolder(path.Dir(s.Path)); s.Root && !seen[folder] {
			seen[folder] = true
			found, _ := l.opts.Walk(folder) // a folder that cannot be listed has no neighbours
			files = append(files, found...)
		}
	}
	l.prefetch(files)
	var found []*Neighbour
	for _, file := range files {
		key, err := l.realPath(file)
		if err != nil || l.byKey[key] != nil || seen[key] {
			continue
		}
		seen[key] = true
		found = append(found, l.neighbour(file))
	}
	return found
}

func (l *loader) neighbour(file string) *Neighbour {
	p := l.parsed[file]
	n := &Neighbour{Path: file, file: p.tree, sound: p.err == nil && len(p.ds) == 0}
	if p.err != nil {
		return n
	}
	for _, decl := range p.tree.Imports {
		key, err := l.realPath(path.Join(path.Dir(file), decl.Path))
		if err != nil || l.byKey[key] == nil {
			continue
		}
		to := l.byKey[key]
		name := to.Name()
		if decl.Alias != nil {
			name = decl.Alias.Name
		}
		n.imports = append(n.imports, neighbourImport{name, to})
	}
	return n
}

// maxAbove is how many folders above are looked through for a go.mod.
const maxAbove = 64

// ModuleFolder is the folder of the module or repository that a folder lies in, or
// the folder itself when it lies in none. The options have their defaults.
func (o Options) ModuleFolder(folder string) string {
	repository := ""
	for dir, n := folder, 0; n < maxAbove; n++ {
		entries, err := o.ReadDir(dir)
		if err != nil {
			break
		}
		for _, e := range entries {
			switch {
			case e.Name() == "go.mod" && !e.IsDir():
				return dir
			case e.Name() == ".git" && repository == "":
				repository = dir
			}
		}
		above := path.Join(dir, "..")
		if dir == "/" || dir == filepath.VolumeName(dir) || o.sameFolder(dir, above) {
			break
		}
		dir = above
	}
	if repository != "" {
		return repository
	}
	return folder
}

func (o Options) sameFolder(a, b string) bool {
	first, err := o.RealPath(a)
	second, err2 := o.RealPath(b)
	return err != nil || err2 != nil || first == second
}

// Uses reports whether the file may refer to a name of a file that was loaded.
func (n *Neighbour) Uses(in *File, name string) bool {
	if n.file == nil {
		return true // nobody knows
	}
	for _, imp := range n.imports {
		if imp.to.SharesPackage(in) && (!n.sound || refersTo(n.file, imp.name, name)) {
			return true
		}
	}
	return false
}

// refersTo reports whether a file holds a reference to a name of a package.
func refersTo(file *idl.File, qualifier, name string) bool {
	return slices.ContainsFunc(refsOf(file), func(ref *idl.Ref) bool {
		return ref.Package != nil && ref.Package.Name == qualifier && ref.Name.Name == name
	})
}

// refsOf are all references of a file to types and errors.
func refsOf(file *idl.File) []*idl.Ref {
	var refs []*idl.Ref
	add := func(types ...*idl.Type) {
		for len(types) > 0 {
			t := types[0]
			if types = types[1:]; t == nil {
				continue
			}
			if t.Ref != nil {
				refs = append(refs, t.Ref)
			}
			types = append(types, t.Key, t.Elem)
		}
	}
	for _, decl := range file.Decls {
		for _, f := range fieldsIn(decl) {
			add(f.Type)
		}
		svc, ok := decl.(*idl.Service)
		if !ok {
			continue
		}
		refs = append(refs, svc.Errors...)
		for _, h := range svc.Handlers {
			add(h.Request, h.Response)
			for _, flow := range []*idl.Flow{h.In, h.Out} {
				if flow != nil {
					add(flow.Type)
				}
			}
			refs = append(refs, h.Errors...)
		}
	}
	return refs
}

// fieldsIn are the fields or variants of a declaration.
func fieldsIn(decl idl.Decl) []*idl.Field {
	switch d := decl.(type) {
	case *idl.Message:
		return d.Fields
	case *idl.Union:
		return d.Fields
	case *idl.Error:
		return d.Fields
	}
	return nil
}

// MarkIDs marks the handler ids that the services of a product in a neighbour use or reserve.
func (n *Neighbour) MarkIDs(used []bool, product string) {
	if n.file != nil {
		n.file.MarkHandlerIDs(used, func(svc *idl.Service) bool { return svc.Product() == product })
	}
}

// MaxNumber is the largest number of a field, variant or handler.
const MaxNumber = 65535
