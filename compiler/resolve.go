package compiler

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// declare enters every declaration of a source into its scope, with an empty
// schema object that later passes fill in.
func (c *checker) declare(s *source) {
	s.scope = make(map[string]*symbol)
	for _, d := range s.file.Decls {
		sym := newSymbol(s, d)
		if sym == nil {
			continue
		}
		s.symbols = append(s.symbols, sym)
		sym.rejected = true
		name := d.DeclName()
		if _, builtin := builtinKinds[name.Name]; builtin {
			c.report("name-builtin", name.Span, "`%s` is a built-in type", name.Name).
				help("choose another name")
			continue
		}
		if other := s.scope[name.Name]; other != nil {
			c.report("name-duplicate", name.Span, "`%s` is already declared", name.Name).
				label("declared again here").
				also(other.decl.DeclName().Span, "first declared here")
			continue
		}
		s.scope[name.Name], sym.rejected = sym, false
	}
}

// newSymbol makes the symbol of a declaration.
func newSymbol(s *source, d idl.Decl) *symbol {
	sym := &symbol{in: s, decl: d}
	switch d.(type) {
	case *idl.Const:
		t := &Const{}
		sym.kind, sym.target, sym.info = "const", t, &t.Info
	case *idl.Enum:
		t := &Enum{}
		sym.kind, sym.target, sym.info = "enum", t, &t.Info
	case *idl.Message:
		t := &Message{Package: s.pkg}
		sym.kind, sym.target, sym.info = "message", t, &t.Info
	case *idl.Union:
		t := &Union{Package: s.pkg}
		sym.kind, sym.target, sym.info = "union", t, &t.Info
	case *idl.Error:
		t := &Error{Package: s.pkg}
		sym.kind, sym.target, sym.info = "error", t, &t.Info
	case *idl.Extern:
		t := &Extern{}
		sym.kind, sym.target, sym.info = "extern", t, &t.Info
	case *idl.Service:
		t := &Service{Package: s.pkg}
		sym.kind, sym.target, sym.info = "service", t, &t.Info
	default:
		return nil
	}
	return sym
}

// isType reports whether the symbol can stand where a type is wanted.
func (s *symbol) isType() bool {
	switch s.kind {
	case "enum", "message", "union", "extern":
		return true
	}
	return false
}

func (s *symbol) isError() bool { return s.kind == "error" }

// lookup finds what a reference means. It is nil when there is no such thing,
// which has been reported then, unless a broken declaration is to blame. want
// says what is looked for, fits which symbols are of that sort.
func (c *checker) lookup(s *source, ref *idl.Ref, want string, fits func(*symbol) bool) *symbol {
	in := s
	if ref.Package != nil {
		link := s.link(ref.Package.Name)
		if link == nil {
			c.unknownPackage(s, ref, want)
			return nil
		}
		link.used = true
		if in = link.to; in == nil {
			return nil
		}
	}
	sym := in.scope[ref.Name.Name]
	switch {
	case sym == nil:
		if !in.broken[ref.Name.Name] {
			c.unknownName(s, in, ref, want, fits)
		}
		return nil
	case !fits(sym):
		c.report(want+"-mismatch", ref.Span, "`%s` is %s, not %s", refText(ref), article(sym.kind), article(want)).
			also(sym.decl.DeclName().Span, "declared here")
		return nil
	}
	sym.uses = append(sym.uses, use{at: ref.Span, in: s, by: c.current, deprecated: c.outdated})
	return sym
}

// link is the import that a qualifier names.
func (s *source) link(name string) *importLink {
	for _, link := range s.imports {
		if link.name == name {
			return link
		}
	}
	return nil
}

func (c *checker) unknownPackage(s *source, ref *idl.Ref, want string) {
	if s.lostImports() || want == "type" && c.foreignType(ref) {
		return
	}
	name := ref.Package.Name
	f := c.report("package-unknown", ref.Package.Span, "no import is called `%s`", name)
	var names []string
	for _, link := range s.imports {
		names = append(names, link.name)
	}
	switch near := nearest(name, names); {
	case near != "":
		f.help("did you mean `%s`?", near).fix("change it to `"+near+"`", ref.Package.Span, near).guess(strings.EqualFold(name, near))
	case name == s.name():
		own := idl.Span{File: s.path, Start: ref.Package.Span.Start, End: ref.Name.Span.Start}
		f.help("names of the same file stand alone").fix("remove the qualifier", own, "")
	default:
		f.help("import the file that declares the package `%s`", name)
	}
}

// unknownName reports a name that no scope has, with the nearest that one has.
func (c *checker) unknownName(s, in *source, ref *idl.Ref, want string, fits func(*symbol) bool) {
	name := ref.Name.Name
	if want == "type" && c.foreignType(ref) {
		return
	}
	f := c.report(want+"-unknown", ref.Span, "there is no %s `%s`", want, refText(ref))
	if want == "type" && builtinKinds[name] != 0 { // qualified
		f.help("built-in types stand alone: `%s`", name).fix("remove the qualifier", ref.Span, name)
		return
	}
	if !c.mayHint() {
		return
	}
	if near := nearest(name, c.candidates(s, in, ref, want, fits)); near != "" {
		f.help("did you mean `%s`?", near).fix("change it to `"+near+"`", ref.Name.Span, near).guess(strings.EqualFold(name, near))
		return
	}
	if ref.Package == nil {
		for _, link := range s.imports {
			if link.to != nil && link.to.scope[name] != nil && fits(link.to.scope[name]) {
				f.help("did you mean `%s.%s`?", link.name, name).
					fix("qualify it", before(ref.Span), link.name+".").guess(false)
				return
			}
		}
	}
}

// foreignType reports the name that another language has for a built-in type,
// and whether it is one.
func (c *checker) foreignType(ref *idl.Ref) bool {
	name := refText(ref)
	if doubt, known := doubtfulTypes[name]; known {
		f := c.report("type-unknown", ref.Span, "there is no `%s`; write `%s`", name, strings.Join(doubt.choices, "` or `")).help("%s", doubt.help)
		for _, choice := range doubt.choices {
			f.fix("write `"+choice+"`", ref.Span, choice).guess(false)
		}
		return true
	}
	builtin := foreignTypes[name]
	if builtin == "" {
		return false
	}
	c.report("type-unknown", ref.Span, "there is no `%s`; write `%s`", name, builtin).
		fix("write `"+builtin+"`", ref.Span, builtin)
	return true
}

// candidates are the names that an unknown one may have been meant to be.
func (c *checker) candidates(s, in *source, ref *idl.Ref, want string, fits func(*symbol) bool) []string {
	var names []string
	for name, sym := range in.scope {
		if fits(sym) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if want == "type" && ref.Package == nil {
		names = append(names, builtinNames...)
	}
	return names
}

func refText(ref *idl.Ref) string {
	if ref.Package != nil {
		return ref.Package.Name + "." + ref.Name.Name
	}
	return ref.Name.Name
}

func foldCase(name string) string { return strings.ToLower(name) }

// cleanDoc is a doc comment without the lines that speak to gridc alone.
func cleanDoc(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return strings.HasPrefix(strings.TrimSpace(line), ignoreDirective)
	})
}

// trailingText is a trailing comment, or nothing when it speaks to gridc alone.
func trailingText(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), ignoreDirective) {
		return ""
	}
	return text
}
