package check

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// placeWords are the places that the declaration of an annotation may name.
var placeWords = map[string]site{
	"const": onConst, "enum": onEnum, "value": onValue, "message": onMessage, "field": onField, "union": onUnion,
	"variant": onVariant, "error": onError, "extern": onExtern, "service": onService, "rpc": onRPC, "stream": onStream,
	"handler": onHandler,
}

// allows reports whether an annotation may stand at a site.
func allows(a *ir.Annotation, at site) bool {
	return slices.ContainsFunc(a.Places, func(place string) bool { return placeWords[place]&at != 0 })
}

// ownAnno checks an annotation that is declared in a file, at a site.
func (c *checker) ownAnno(set *annoSet, w *idl.Anno, at site) {
	sym := c.findOwn(w)
	if sym == nil {
		return
	}
	a := sym.Target.(*ir.Annotation)
	name := "@" + annoText(w)
	switch first, twice := set.own[a]; {
	case twice:
		c.report("annotation-duplicate", w.Span, "`%s` is given twice", name).Also(first, "first given here")
		return
	case !sym.rejected && len(a.Places) > 0 && !allows(a, at):
		c.report("annotation-misplaced", w.Span, "`%s` does not belong here", name).
			Help("it is for %s", c.placesOf(a).describe()).Also(a.Span, "declared here")
		return
	}
	if set.own == nil {
		set.own = make(map[*ir.Annotation]idl.Span)
	}
	set.own[a] = w.Span
	set.marks = append(set.marks, &ir.Mark{Annotation: a, Args: c.ownArgs(a, w, name), Span: w.Span})
}

func (c *checker) placesOf(a *ir.Annotation) (all site) {
	for _, place := range a.Places {
		all |= placeWords[place]
	}
	return all
}

// findOwn is the declaration of an annotation, nil for one that is not there, which was
// said then.
func (c *checker) findOwn(w *idl.Anno) *symbol {
	in := c.current.in
	if w.Package != nil {
		link := in.link(w.Package.Name)
		if link == nil {
			c.unknownAnnoPackage(in, w)
			return nil
		}
		link.Used = true
		if in = link.to; in == nil {
			return nil
		}
	}
	sym := in.scope[w.Name.Name]
	switch {
	case sym == nil && in.isBroken(w.Name.Name):
	case sym == nil:
		f := c.report("annotation-unknown", w.Span, "there is no annotation `@%s`", annoText(w))
		meant(f, "", w.Name, ownNames(in))
	case !sym.isAnnotation():
		c.report("annotation-mismatch", nameSpan(w), "`%s` is %s, not an annotation", annoText(w), diag.Article(sym.Kind)).
			Also(sym.decl.DeclName().Span, "declared here")
		return nil
	}
	return sym
}

// ownNames are the annotations that a file declares.
func ownNames(s *source) []string {
	var names []string
	for name, sym := range s.scope {
		if sym.isAnnotation() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (c *checker) unknownAnnoPackage(s *source, w *idl.Anno) {
	if s.LostImports() {
		return
	}
	f := c.report("package-unknown", w.Package.Span, "no import is called `%s`", w.Package.Name)
	var names []string
	for _, link := range s.imports {
		names = append(names, link.Name)
	}
	switch {
	case meant(f, "", w.Package, names):
	case w.Package.Name == s.Name():
		f.Help("names of the same package need no qualifier").
			Fix("remove the qualifier", idl.Span{File: s.Path, Start: w.Package.Span.Start, End: w.Name.Span.Start}, "")
	default:
		f.Help("import the file that declares the package `%s`", w.Package.Name)
	}
}

func nameSpan(w *idl.Anno) idl.Span {
	at := w.Name.Span
	if w.Package != nil {
		at.Start = w.Package.Span.Start
	}
	return at
}

// annoText is the name of an annotation as it is written.
func annoText(w *idl.Anno) string { return refText(&idl.Ref{Package: w.Package, Name: w.Name}) }

// inheritedMarks are the marks of a handler: its own, and those of its service that it does
// not have itself.
func inheritedMarks(own, service annoSet) []*ir.Mark {
	marks := slices.Clone(own.marks)
	for _, m := range service.marks {
		if _, said := own.own[m.Annotation]; !said {
			marks = append(marks, m)
		}
	}
	return marks
}
