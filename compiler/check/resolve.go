package check

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// declare enters every declaration of a source into the scope of its package, with an empty
// schema object that later passes fill in.
func (c *checker) declare(s *source) {
	for _, d := range s.Tree.Decls {
		sym := c.newSymbol(s, d)
		s.symbols = append(s.symbols, sym)
		sym.rejected = true
		name := d.DeclName()
		if ir.Builtin(name.Name) != 0 {
			c.report("name-builtin", name.Span, "`%s` is a built-in type", name.Name).
				Help("choose another name")
			continue
		}
		if other := s.scope[name.Name]; other != nil {
			c.report("name-duplicate", name.Span, "`%s` is already declared", name.Name).
				Label("declared again here").
				Also(other.decl.DeclName().Span, "first declared here")
			continue
		}
		s.scope[name.Name], sym.rejected = sym, false
	}
}

// newSymbol makes the symbol of a declaration, and says how its body is checked.
func (c *checker) newSymbol(s *source, decl idl.Decl) *symbol {
	sym := &symbol{in: s, decl: decl}
	define := func(target any, body func()) { sym.Declaration, sym.body = ir.NewDeclaration(s.pkg, target), body }
	switch d := decl.(type) {
	case *idl.Const:
		t := &ir.Const{}
		define(t, func() { c.constBody(s, d, t) })
	case *idl.Enum:
		t := &ir.Enum{}
		c.enums[t], s.unit.result.enums[t] = d, d
		define(t, func() { c.enumBody(s, d, t) })
	case *idl.Message:
		t := &ir.Message{Package: s.pkg}
		define(t, func() { c.messageBody(s, d, t) })
	case *idl.Union:
		t := &ir.Union{Package: s.pkg}
		define(t, func() { c.unionBody(s, d, t) })
	case *idl.Error:
		t := &ir.Error{Package: s.pkg, Body: &ir.Message{Package: s.pkg}}
		t.Body.Error = t
		define(t, func() { c.errorBody(s, d, t) })
	case *idl.Extern:
		t := &ir.Extern{}
		define(t, func() { c.externBody(d, t) })
	case *idl.Annotation:
		t := &ir.Annotation{Package: s.pkg}
		define(t, func() { c.annotationBody(s, d, t) })
	case *idl.Service:
		t := &ir.Service{Package: s.pkg}
		define(t, func() { c.serviceBody(s, d, t) })
	}
	return sym
}

// isType reports whether the symbol can stand where a type is wanted.
func (s *symbol) isType() bool {
	switch s.Kind {
	case "enum", "message", "union", "error", "extern":
		return true
	}
	return false
}

func (s *symbol) isError() bool { return s.Kind == "error" }

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
		link.Used = true
		if in = link.to; in == nil {
			return nil
		}
	}
	sym := in.scope[ref.Name.Name]
	switch {
	case sym == nil:
		if !in.isBroken(ref.Name.Name) {
			c.unknownName(s, in, ref, want, fits)
		}
		return nil
	case !fits(sym):
		c.report(want+"-mismatch", ref.Span, "`%s` is %s, not %s", refText(ref), diag.Article(sym.Kind), diag.Article(want)).
			Also(sym.decl.DeclName().Span, "declared here")
		return nil
	}
	return sym
}

func (c *checker) unknownPackage(s *source, ref *idl.Ref, want string) {
	if s.LostImports() || want == "type" && c.foreignType(ref) {
		return
	}
	name := ref.Package.Name
	f := c.report("package-unknown", ref.Package.Span, "no import is called `%s`", name)
	var names []string
	for _, link := range s.imports {
		names = append(names, link.Name)
	}
	switch {
	case meant(f, "", ref.Package, names):
	case name == s.Name():
		own := idl.Span{File: s.Path, Start: ref.Package.Span.Start, End: ref.Name.Span.Start}
		f.Help("names of the same package need no qualifier").Fix("remove the qualifier", own, "")
	default:
		f.Help("import the file that declares the package `%s`", name)
	}
}

// unknownName reports a name that no scope has, with the nearest that one has.
func (c *checker) unknownName(s, in *source, ref *idl.Ref, want string, fits func(*symbol) bool) {
	name := ref.Name.Name
	if want == "type" && c.foreignType(ref) {
		return
	}
	f := c.report(want+"-unknown", ref.Span, "there is no %s `%s`", want, refText(ref))
	if want == "type" && ir.Builtin(name) != 0 { // qualified
		f.Help("built-in types need no qualifier: `%s`", name).Fix("remove the qualifier", ref.Span, name)
		return
	}
	if !c.mayHint() {
		return
	}
	if !meant(f, "", ref.Name, c.candidates(s, in, ref, want, fits)) && ref.Package == nil {
		for _, link := range s.imports {
			if link.to != nil && link.to.scope[name] != nil && fits(link.to.scope[name]) {
				f.Help("did you mean `%s.%s`?", link.Name, name).
					Fix("qualify it", diag.Before(ref.Span), link.Name+".").Guess(false)
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
		f := c.report("type-unknown", ref.Span, "there is no `%s`; write `%s`", name, strings.Join(doubt.choices, "` or `")).Help("%s", doubt.help)
		for _, choice := range doubt.choices {
			f.Fix("write `"+choice+"`", ref.Span, choice).Guess(false)
		}
		return true
	}
	builtin := foreignTypes[name]
	if builtin == "" {
		return false
	}
	c.report("type-unknown", ref.Span, "there is no `%s`; write `%s`", name, builtin).
		Fix("write `"+builtin+"`", ref.Span, builtin)
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

func foldCase(name string) string { return strings.ToLower(name) }

// cleanDoc is a doc comment without the lines that speak to gridc alone.
func cleanDoc(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return strings.HasPrefix(strings.TrimSpace(line), load.IgnoreDirective)
	})
}

// trailingText is a trailing comment, or nothing when it speaks to gridc alone.
func trailingText(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), load.IgnoreDirective) {
		return ""
	}
	return text
}
