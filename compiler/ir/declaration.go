package ir

import (
	"cmp"
	"path"
)

// Declaration is anything that a package declares.
type Declaration struct {
	Package *Package
	Kind    string // "message", "enum", …
	Info    *Info
	Target  any // *Message, *Enum, …
}

// NewDeclaration says what a package declares with a target.
func NewDeclaration(p *Package, target any) *Declaration {
	d := &Declaration{Package: p, Target: target}
	switch t := target.(type) {
	case *Const:
		d.Kind, d.Info = "const", &t.Info
	case *Enum:
		d.Kind, d.Info = "enum", &t.Info
	case *Message:
		d.Kind, d.Info = "message", &t.Info
	case *Union:
		d.Kind, d.Info = "union", &t.Info
	case *Error:
		d.Kind, d.Info = "error", &t.Info
	case *Extern:
		d.Kind, d.Info = "extern", &t.Info
	case *Annotation:
		d.Kind, d.Info = "annotation", &t.Info
	case *Service:
		d.Kind, d.Info = "service", &t.Info
	}
	return d
}

// Declarations are all of a package, by kind, and else in the order of the file.
func (p *Package) Declarations() []*Declaration {
	var all []*Declaration
	add := func(target any) { all = append(all, NewDeclaration(p, target)) }
	each(p.Consts, add)
	each(p.Enums, add)
	each(p.Messages, add)
	each(p.Unions, add)
	each(p.Errors, add)
	each(p.Externs, add)
	each(p.Annotations, add)
	each(p.Services, add)
	return all
}

func each[T any](list []T, f func(any)) {
	for _, v := range list {
		f(v)
	}
}

// FullName is the name of the declaration with its package: "storage.DiskInfo". No other
// of the schema has it.
func (d *Declaration) FullName() string { return d.Package.ID() + "." + d.Info.Name }

// ID is the name of the package, or what refers to it where another has the same name.
func (p *Package) ID() string { return cmp.Or(p.Ref, p.Name) }

// AllFiles are the paths of its files, in order.
func (p *Package) AllFiles() []string {
	if len(p.Files) > 0 {
		return p.Files
	}
	return []string{p.Path}
}

// TellApart gives packages with the same name something to be referred to by: the folder
// and the name.
func (s *Schema) TellApart() {
	count := make(map[string]int)
	for _, p := range s.Packages {
		count[p.Name]++
	}
	for _, p := range s.Packages {
		if p.Ref = ""; count[p.Name] > 1 {
			p.Ref = RefOf(p.Path, p.Name)
		}
	}
}

// RefOf is what a package is referred to by where another one has its name.
func RefOf(file, name string) string { return path.Dir(file) + "/" + name }
