package feature

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/check"
)

var itemKinds = map[index.Kind]int{
	index.Enum: proto.ItemEnum, index.Message: proto.ItemStruct, index.Union: proto.ItemInterface, index.Extern: proto.ItemClass,
	index.Error: proto.ItemClass, index.Const: proto.ItemConstant,
}

// builtins offers the built-in types that fit.
func (c *completion) builtins(fits func(string) bool) {
	for _, name := range check.BuiltinTypes() {
		if fits(name) {
			c.add(proto.CompletionItem{Label: name, Kind: proto.ItemKeyword, Detail: builtinForms[name].text()}, name)
		}
	}
}

// types offers all types that a field can have.
func (c *completion) types(composite bool) {
	c.declared(index.Kind.IsType)
	c.next()
	c.builtins(func(string) bool { return true })
	if composite && c.snippets {
		c.keyword("map", "map[${1:string}]${2:string}", "a map")
	}
	c.next()
	c.elsewhere(index.Kind.IsType)
}

// payloads offers what a handler can take and give.
func (c *completion) payloads() {
	fits := func(k index.Kind) bool { return k.IsType() && k != index.Enum }
	c.declared(fits)
	c.next()
	c.builtins(func(name string) bool { return name == "bytes" || name == "raw" })
	c.elsewhere(fits)
}

func (c *completion) errors() {
	fits := func(k index.Kind) bool { return k == index.Error }
	c.declared(fits)
	c.elsewhere(fits)
}

// declared offers what this file and its imports declare.
func (c *completion) declared(fits func(index.Kind) bool) {
	for _, s := range c.File.PackageSymbols() {
		if fits(s.Kind) {
			c.symbol(s, s.Name, nil)
		}
	}
	c.next()
	for _, name := range slices.Sorted(maps.Keys(c.File.Qualifiers())) {
		if to := c.Index.Target(c.File.Qualifiers()[name]); to != nil {
			for _, s := range to.PackageSymbols() {
				if fits(s.Kind) {
					c.symbol(s, name+"."+s.Name, nil)
				}
			}
		}
	}
}

func (c *completion) symbol(s *index.Symbol, text string, imports []proto.TextEdit) {
	item := proto.CompletionItem{
		Label: text, Kind: itemKinds[s.Kind], Detail: string(s.Kind), AdditionalTextEdits: imports, FilterText: text,
	}
	if doc := docOf(s); doc != "" {
		item.Documentation = &proto.Markup{Kind: "markdown", Value: doc}
	}
	_, item.Deprecated = deprecated(s)
	if imports != nil {
		item.Detail += ", imports " + c.relative(s.File.Path)
		item.FilterText = s.Name + " " + text
	}
	c.add(item, text)
}

// qualified offers what the package before the dot declares.
func (c *completion) qualified(fits func(index.Kind) bool) {
	qualifier := c.last(1).Text
	if to := c.Index.Target(c.File.Qualifiers()[qualifier]); to != nil {
		for _, s := range to.PackageSymbols() {
			if fits(s.Kind) {
				c.symbol(s, s.Name, nil)
			}
		}
		return
	}
	for _, f := range c.importable() {
		if f.Name() == qualifier {
			for _, s := range f.Symbols {
				if fits(s.Kind) {
					c.symbol(s, s.Name, c.importEdits(f.Path))
				}
			}
		}
	}
}

// maxElsewhere is how many names of files that are not imported are offered.
const maxElsewhere = 500

// elsewhere offers what files declare that could be imported, with the import.
func (c *completion) elsewhere(fits func(index.Kind) bool) {
	c.next()
	n := 0
	for _, f := range c.importable() {
		for _, s := range f.Symbols {
			if fits(s.Kind) && n < maxElsewhere {
				n++
				c.symbol(s, f.Name()+"."+s.Name, c.importEdits(f.Path))
			}
		}
	}
}

// importable are the files of the workspace that the file could import and does not:
// not those that import it, for a circle is a mistake.
func (c *completion) importable() []*index.File {
	var found []*index.File
	known := c.Index.Importers(c.Path)
	for _, imp := range c.File.Imports {
		if imp.To != nil {
			known[imp.To.Path] = true
		}
	}
	for _, u := range c.Snapshot.Units {
		for _, f := range u.Index().Files {
			if !known[f.Path] && f.Tree.Package != nil && !f.SharesPackage(c.File.File) && c.File.Qualifiers()[f.Name()] == nil && path.IsAbs(f.Path) == path.IsAbs(c.Path) {
				found = append(found, f)
			}
		}
	}
	return found
}

// relative is a path as an import of this file writes it.
func (v *View) relative(to string) string {
	return relativePath(path.Dir(v.Path), to)
}

func relativePath(from, to string) string {
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	same := 0
	for same < len(a) && same < len(b)-1 && a[same] == b[same] {
		same++
	}
	return strings.Repeat("../", len(a)-same) + strings.Join(b[same:], "/")
}

// importEdits adds an import: below the last one, or below the package clause.
func (v *View) importEdits(file string) []proto.TextEdit {
	quoted := `"` + v.relative(file) + `"`
	var end int
	var text string
	switch imports := v.File.Tree.Imports; {
	case len(imports) > 0:
		last := imports[len(imports)-1].Span
		at := v.Text.Position(last.End.Offset)
		line := v.Text.Line(at.Line)
		end = v.Text.LineStart(at.Line) + len(line)
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "import") {
			text = "\nimport " + quoted
			if i := strings.IndexByte(line, ')'); i >= 0 { // import ("a.grid")
				end, text = v.Text.LineStart(at.Line)+i, "\n    "+quoted+"\n"
			}
		} else {
			text = "\n    " + quoted
		}
	case v.File.Tree.Package != nil:
		line := v.Text.Position(v.File.Tree.Package.Span.End.Offset).Line
		end, text = v.Text.LineStart(line)+len(v.Text.Line(line)), "\n\nimport "+quoted
	default:
		text = "import " + quoted + "\n"
	}
	return []proto.TextEdit{{Range: v.Text.Range(end, end), NewText: text}}
}

// files offers the files that can be imported, by the paths that an import has.
func (c *completion) files() {
	closing := `"`
	line := c.Text.Line(c.Text.Position(c.offset).Line)
	col := c.offset - c.Text.LineStart(c.Text.Position(c.offset).Line)
	end := c.offset
	if rest := line[min(col, len(line)):]; strings.HasPrefix(rest, `"`) {
		end++ // the editor has closed the quotes already
	}
	if c.block != "import" && c.first() != "import" {
		return
	}
	for _, f := range c.importable() {
		text := `"` + c.relative(f.Path) + closing
		c.add(proto.CompletionItem{Label: c.relative(f.Path), Kind: proto.ItemFile, Detail: "package " + f.Name(), FilterText: text}, text)
		c.items[len(c.items)-1].TextEdit.Range = c.Range(c.span(c.start, end))
	}
}
