package reference

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// page is all that is said of a schema.
type page struct {
	Title    string
	Packages []*section
}

// section is one package.
type section struct {
	Name, Anchor, Doc string
	Files             string
	Entries           []*entry
}

// entry is one declaration.
type entry struct {
	Anchor, Kind, Name string
	Doc, Deprecated    string
	Facts              []fact
	Columns            []string
	Rows               []row
	Handlers           []*entry
}

// fact is a line of a name and a text with links.
type fact struct {
	Name string
	Text text
}

// row is a member.
type row struct {
	Number, Name string
	Type         text
	Wire, Doc    string
	Deprecated   string
}

// text is a text with links into the page.
type text []piece

type piece struct{ Text, Anchor string }

func plain(format string, args ...any) text { return text{{Text: fmt.Sprintf(format, args...)}} }

// newPage makes the model of the packages that were named, and of those they import.
func newPage(s *ir.Schema) *page {
	p := &page{}
	var names []string
	for _, root := range []bool{true, false} { // what was asked for goes first
		for _, pkg := range s.Packages {
			if pkg.Root == root {
				p.Packages = append(p.Packages, newSection(pkg))
			}
			if pkg.Root && root {
				names = append(names, pkg.Name)
			}
		}
	}
	p.Title = strings.Join(names, ", ")
	return p
}

func newSection(p *ir.Package) *section {
	s := &section{Name: p.Name, Anchor: p.ID(), Doc: strings.Join(p.Doc, "\n"), Files: p.Path}
	if len(p.Files) > 0 {
		s.Files = strings.Join(p.Files, ", ")
	}
	all := p.Declarations()
	for _, service := range []bool{true, false} { // what can be called goes first
		for _, d := range all {
			if _, is := d.Target.(*ir.Service); is == service {
				s.Entries = append(s.Entries, newEntry(d))
			}
		}
	}
	return s
}

// named is the name of a declaration, with its package where that is another one, as a
// link.
func named(in, p *ir.Package, name string) piece {
	link := piece{Text: name, Anchor: anchor(p, name)}
	if in != p {
		link.Text = goname.PackageName(p.Name) + "." + name
	}
	return link
}

func anchor(p *ir.Package, name string) string { return p.ID() + "." + name }

func newEntry(d *ir.Declaration) *entry {
	e := &entry{Anchor: anchor(d.Package, d.Info.Name), Kind: d.Kind, Name: d.Info.Name, Doc: docText(d.Info), Deprecated: d.Info.Deprecated}
	e.fact("Go", plain("%s", d.Info.GoName))
	switch t := d.Target.(type) {
	case *ir.Const:
		e.fact("Value", append(typeText(d.Package, t.Type), piece{Text: " = " + t.Text}))
	case *ir.Enum:
		e.enum(t)
	case *ir.Message:
		e.message(d.Package, t)
	case *ir.Union:
		e.fact("On the wire", plain("a map of one entry, keyed by the number of the variant"))
		e.fields(d.Package, "Variant", t.Variants)
		e.reserved(t.Reserved)
	case *ir.Error:
		e.fact("Code", plain("%s", t.Code))
		e.message(d.Package, t.Body)
	case *ir.Extern:
		e.fact("Go type", plain("%s.%s", t.ImportPath, t.TypeName))
	case *ir.Annotation:
		e.fact("For", plain("%s", strings.Join(t.Places, ", ")))
	case *ir.Service:
		e.service(t)
	}
	return e
}

func docText(i *ir.Info) string {
	lines := i.Doc
	if i.Comment != "" {
		lines = append(lines[:len(lines):len(lines)], i.Comment)
	}
	return strings.Join(lines, "\n")
}

func (e *entry) fact(name string, t text) { e.Facts = append(e.Facts, fact{name, t}) }

func (e *entry) enum(t *ir.Enum) {
	e.fact("On the wire", plain("an integer, %s", t.Base))
	e.Columns = []string{"Number", "Value", "", "", "Meaning"}
	for _, v := range t.Values {
		e.Rows = append(e.Rows, row{Number: fmt.Sprint(v.Number), Name: v.Name, Doc: docText(&v.Info), Deprecated: v.Deprecated})
	}
	e.reserved(t.Reserved)
}

func (e *entry) message(in *ir.Package, t *ir.Message) {
	switch {
	case t.Tuple:
		e.fact("On the wire", plain("an array, the fields in the order of their numbers"))
	case t.StringKeys:
		e.fact("On the wire", plain("a map keyed by the strings below; what is zero is left out"))
	default:
		e.fact("On the wire", plain("a map keyed by the numbers below; what is zero is left out"))
	}
	if t.SizeLimit > 0 {
		e.fact("At most", plain("%d bytes", t.SizeLimit))
	}
	e.fields(in, "Field", t.Fields)
	e.reserved(t.Reserved)
}

func (e *entry) fields(in *ir.Package, what string, fields []*ir.Field) {
	if len(fields) > 0 {
		e.Columns = []string{"Number", what, "Type", "On the wire", "Meaning"}
	}
	for _, f := range fields {
		r := row{Number: fmt.Sprint(f.Number), Name: f.Name, Type: typeText(in, f.Type), Wire: wireText(f), Doc: docText(&f.Info), Deprecated: f.Deprecated}
		if f.Key != "" {
			r.Number = fmt.Sprintf("%q", f.Key)
		}
		e.Rows = append(e.Rows, r)
	}
}

func (e *entry) reserved(r ir.Reserved) {
	var items []string
	for _, x := range r.Ranges {
		items = append(items, x.String())
	}
	for _, name := range r.Names {
		items = append(items, fmt.Sprintf("%q", name))
	}
	if len(items) > 0 {
		e.fact("Reserved", plain("%s", strings.Join(items, ", ")))
	}
}
