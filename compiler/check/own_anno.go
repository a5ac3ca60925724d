package check

import (
	"math"
	"slices"
	"strings"

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
		f.Help("names of the same package stand alone").
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

// ownArgs are the arguments of an annotation, by name or in the order of its parameters.
func (c *checker) ownArgs(a *ir.Annotation, w *idl.Anno, name string) []*ir.Const {
	given := make([]*ir.Const, len(a.Params))
	for i, arg := range w.Args {
		at := c.paramAt(a, i, arg, name)
		if at < 0 {
			return nil
		}
		p := a.Params[at]
		if given[at] != nil {
			c.report("annotation-argument", arg.Span, "`%s` of `%s` is given twice", p.Name, name).Also(given[at].Span, "first given here")
			return nil
		}
		value := c.argValue(p, arg.Value, name)
		if value == nil {
			return nil
		}
		given[at] = value
	}
	for i, p := range a.Params {
		if given[i] == nil && !p.Type.Optional {
			c.report("annotation-argument", w.Span, "`%s` of `%s` is missing", p.Name, name).
				Also(p.Span, "declared here").Help("it is written `%s`", ownUsage(a, name))
			return nil
		}
	}
	return slices.DeleteFunc(given, func(v *ir.Const) bool { return v == nil })
}

// paramAt is the parameter that the i-th argument is for, -1 for none.
func (c *checker) paramAt(a *ir.Annotation, i int, arg *idl.Arg, name string) int {
	switch {
	case arg.Name == nil && i < len(a.Params):
		return i
	case arg.Name == nil:
		c.report("annotation-argument", arg.Span, "`%s` has no more than %d arguments", name, len(a.Params)).
			Help("it is written `%s`", ownUsage(a, name))
		return -1
	}
	var names []string
	for at, p := range a.Params {
		if p.Name == arg.Name.Name {
			return at
		}
		names = append(names, p.Name)
	}
	f := c.report("annotation-argument", arg.Name.Span, "`%s` has no parameter `%s`", name, arg.Name.Name)
	if !meant(f, "", arg.Name, names) {
		f.Help("it is written `%s`", ownUsage(a, name))
	}
	return -1
}

// ownUsage is how an annotation is written.
func ownUsage(a *ir.Annotation, name string) string {
	if len(a.Params) == 0 {
		return name
	}
	var params []string
	for _, p := range a.Params {
		params = append(params, p.Name+": "+typeText(p.Type))
	}
	return name + "(" + strings.Join(params, ", ") + ")"
}

// typeText is the type of a parameter as it is written.
func typeText(t *ir.Type) string {
	if t.Kind == ir.EnumKind {
		return t.Enum.Name
	}
	return t.Kind.String()
}

// argValue is the value of an argument, nil for one that does not fit.
func (c *checker) argValue(p *ir.Param, lit *idl.Lit, name string) *ir.Const {
	if lit.Ref != nil && p.Type.Kind != ir.EnumKind && p.Type.Kind != ir.Bool && c.mayMeanConstant(lit.Ref) {
		if lit = c.constant(lit.Ref); lit == nil {
			return nil
		}
	}
	v := &ir.Const{Info: ir.Info{Name: p.Name, GoName: p.GoName, Span: lit.Span}, Type: p.Type, Text: lit.Text}
	ok := false
	switch kind := p.Type.Kind; {
	case kind == ir.Bool:
		v.Bool = lit.Str == "true"
		ok = lit.Kind == idl.LitIdent && (v.Bool || lit.Str == "false")
	case kind == ir.String:
		v.Str, ok = lit.Str, lit.Kind == idl.LitString
	case kind == ir.Duration:
		v.Int, ok = lit.Int, lit.Kind == idl.LitDuration
	case kind == ir.EnumKind:
		return c.enumArg(p, v, lit, name)
	case kind.IsInteger():
		low, high := kind.Bounds()
		v.Int, v.Big = lit.Int, lit.Big
		ok = lit.Kind == idl.LitInt && (lit.Big && high == math.MaxUint64 ||
			!lit.Big && low <= lit.Int && (lit.Int < 0 || uint64(lit.Int) <= high)) // fits: not negative
	default: // a float
		v.Float = lit.Float
		if lit.Kind == idl.LitInt {
			v.Float = float64(lit.Int)
		}
		ok = lit.Kind == idl.LitFloat || lit.Kind == idl.LitInt && !lit.Big
	}
	if !ok {
		f := c.report("annotation-argument", lit.Span, "`%s` of `%s` is %s, not `%s`", p.Name, name, diag.Article(typeText(p.Type)), lit.Text)
		if p.Type.Kind == ir.String && lit.Kind == idl.LitIdent {
			f.Fix("quote it", lit.Span, `"`+lit.Text+`"`)
		}
		return nil
	}
	return v
}

// mayMeanConstant reports whether a name is one of something that is declared: else it
// is a text without its quotes.
func (c *checker) mayMeanConstant(ref *idl.Ref) bool {
	return ref.Package != nil || c.current.in.scope[ref.Name.Name] != nil || c.current.in.isBroken(ref.Name.Name)
}

// enumArg is the value of an argument that is one of an enum.
func (c *checker) enumArg(p *ir.Param, v *ir.Const, lit *idl.Lit, name string) *ir.Const {
	var names []string
	for _, value := range c.enums[p.Type.Enum].Values {
		if value.Name.Name == lit.Str && lit.Kind == idl.LitIdent && value.Number != nil {
			v.Int = value.Number.Int
			return v
		}
		names = append(names, value.Name.Name)
	}
	f := c.report("annotation-argument", lit.Span, "`%s` of `%s` is a value of the enum `%s`, not `%s`", p.Name, name, p.Type.Enum.Name, lit.Text)
	if near := idl.Nearest(lit.Str, names); near != "" && lit.Kind == idl.LitIdent {
		f.Help("did you mean `%s`?", near).Fix("change it to `"+near+"`", lit.Span, near).Guess(strings.EqualFold(lit.Str, near))
	} else {
		f.Help("it has %s", strings.Join(names, ", "))
	}
	return nil
}

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
