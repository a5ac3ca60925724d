package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// bodies checks what stands inside every declaration of a package, and enters the
// declarations into it.
func (c *checker) bodies(u *unit) {
	for _, first := range []bool{true, false} { // annotations before what they stand at
		for _, s := range u.sources {
			for _, sym := range s.symbols {
				if c.current = sym; sym.isAnnotation() == first {
					sym.body()
				}
			}
		}
	}
	c.current = nil
	for _, s := range u.sources {
		for _, sym := range s.symbols {
			if s.Path != s.pkg.Path {
				sym.Info.File = s.Path
			}
			if !sym.rejected {
				s.pkg.Add(sym.Target)
			}
		}
	}
}

// info is what a declaration or member has in common with every other.
func (c *checker) info(name *idl.Ident, meta *idl.Meta, set annoSet) ir.Info {
	info := ir.Info{
		Name:       name.Name,
		GoName:     goname.ExportedName(name.Name),
		Doc:        cleanDoc(meta.Doc),
		Comment:    trailingText(meta.Comment),
		Deprecated: set.deprecated,
		Span:       name.Span,
		Marks:      set.marks,
		Annos:      set.seen,
	}
	switch {
	case set.goName != "":
		info.GoName = set.goName
	case !goname.IsExportedIdent(info.GoName) && !set.has("go"):
		c.report("go-name-invalid", name.Span, "`%s` has no exported name in Go", name.Name).
			Help("choose another name, or add `@go(name: \"X\")`")
	}
	return info
}

func (c *checker) messageBody(s *source, d *idl.Message, m *ir.Message) {
	set := c.annos(d.Annos, onMessage)
	m.Info = c.info(d.Name, &d.Meta, set)
	m.SizeLimit, m.Keep = set.limit, set.keep
	if set.each > 0 || set.key > 0 {
		c.report("annotation-misplaced", set.seen["limit"], "a message has neither elements nor keys").
			Help("`@limit(4KiB)` above it is its size on the wire; `each` and `key` are for its fields")
	}
	m.Fields, m.Reserved = c.fields(s, "message", d.Name, d.Fields, d.Reserved)
	m.StringKeys = hasStringKeys(m.Fields)
	if set.tuple {
		c.tuple(s, d, m)
	}
	if set.sorted {
		sortMaps(m.Fields)
	}
}

func (c *checker) errorBody(s *source, d *idl.Error, e *ir.Error) {
	set := c.annos(d.Annos, onError)
	e.Info, e.Body.Keep = c.info(d.Name, &d.Meta, set), set.keep
	e.Code, e.CodeAt = c.errorCode(d), spanOf(d.Code)
	e.Body.Info = e.Info
	e.Body.Fields, e.Body.Reserved = c.fields(s, "error", d.Name, d.Fields, d.Reserved)
	e.Body.StringKeys = hasStringKeys(e.Body.Fields)
	if set.sorted {
		sortMaps(e.Body.Fields)
	}
}

func (c *checker) unionBody(s *source, d *idl.Union, u *ir.Union) {
	set := c.annos(d.Annos, onUnion)
	u.Info, u.Keep = c.info(d.Name, &d.Meta, set), set.keep
	if len(d.Fields) == 0 && !s.HasErrorIn(d.Span) {
		c.report("union-empty", d.Name.Span, "union `%s` has no variants", d.Name.Name).
			Help("a union needs at least one variant; a message without fields is an empty message")
	}
	u.Variants, u.Reserved = c.fields(s, "union", d.Name, d.Fields, d.Reserved)
	if set.sorted {
		sortMaps(u.Variants)
	}
}

// annotationBody checks the declaration of an annotation.
func (c *checker) annotationBody(s *source, d *idl.Annotation, a *ir.Annotation) {
	set := c.annos(d.Annos, onAnnotation)
	a.Info, a.Check = c.info(d.Name, &d.Meta, set), set.check
	if findAnnotation(a.Name) != nil {
		c.report("name-builtin", d.Name.Span, "`@%s` is a built-in annotation", a.Name).Help("choose another name")
	}
	names := make(map[string]idl.Span)
	for _, p := range d.Params {
		c.param(s, a, p, names)
	}
	for _, place := range d.Places {
		switch {
		case placeWords[place.Name] == 0:
			f := c.report("annotation-place", place.Span, "an annotation is not allowed at `%s`", place.Name)
			words := slices.Sorted(maps.Keys(placeWords))
			if !meant(f, "", place, words) {
				f.Help("it is allowed at %s", strings.Join(words, ", "))
			}
		case slices.Contains(a.Places, place.Name):
			c.report("annotation-place", place.Span, "`%s` is named twice", place.Name)
		default:
			a.Places = append(a.Places, place.Name)
		}
	}
	if places := c.placesOf(a); a.Check != nil && places&^onMember != 0 {
		c.report("annotation-misplaced", set.seen["check"], "`@check` does not fit an annotation for %s", places.describe()).
			Help("it is for those at fields and variants: what it checks is their value")
	}
}

// param checks one parameter of an annotation.
func (c *checker) param(s *source, a *ir.Annotation, p *idl.Param, names map[string]idl.Span) {
	if first, twice := names[p.Name.Name]; twice {
		c.report("member-duplicate", p.Name.Span, "annotation `%s` has two parameters called `%s`", a.Name, p.Name.Name).
			Also(first, "first declared here")
		return
	}
	names[p.Name.Name] = p.Name.Span
	t := c.typ(s, p.Type, mayBeOptional)
	if t == nil {
		return
	}
	switch {
	case t.Kind == ir.EnumKind, t.Kind == ir.Bool, t.Kind == ir.String, t.Kind == ir.Duration, t.Kind.IsInteger(), t.Kind == ir.Float32, t.Kind == ir.Float64:
	default:
		c.report("annotation-type", t.Span, "a parameter of an annotation cannot be %s", t.Describe()).
			Help("parameters are bools, numbers, strings, durations and enums")
		return
	}
	info := ir.Info{Name: p.Name.Name, GoName: goname.ExportedName(p.Name.Name), Span: p.Name.Span}
	if !goname.IsExportedIdent(info.GoName) {
		c.report("go-name-invalid", p.Name.Span, "`%s` has no exported name in Go", p.Name.Name).Help("choose another name")
	}
	a.Params = append(a.Params, &ir.Param{Info: info, Type: t})
}

// fields checks the fields of a message or error, or the variants of a union.
func (c *checker) fields(s *source, kind string, owner *idl.Ident, decls []*idl.Field, reserved []*idl.Reserved) ([]*ir.Field, ir.Reserved) {
	isUnion := kind == "union"
	site, what, whyNot := onField, "field", mayBeOptional
	if isUnion {
		site, what, whyNot = onVariant, "variant", variantIsThere
	}
	set := newMembers(c, what, kind+" `"+owner.Name+"`", 1, load.MaxNumber)
	set.reserve(reserved)
	var fields []*ir.Field
	inJSON := make(map[string]idl.Span)
	for _, d := range decls {
		annos := c.annos(d.Annos, site)
		f := &ir.Field{Info: c.info(d.Name, &d.Meta, annos), Limit: annos.limit, EachLimit: annos.each, KeyLimit: annos.key, NumberAt: spanOf(d.Key),
			JSON: annos.jsonName, Secret: annos.secret}
		c.jsonName(f, annos, inJSON)
		if f.Type = c.typ(s, d.Type, whyNot); d.Type == nil && isUnion {
			f.Type = &ir.Type{Kind: ir.None, Span: d.Name.Span}
		}
		if !annos.has("go") && isMethod(kind, f.GoName) {
			f.GoName += "Value"
		}
		c.checkLimit(f.Type, annos)
		c.checkSorted(f.Type, annos)
		c.rules(f, annos)
		isNew := set.name(d.Name)
		f.Number, f.Key = set.key(d, isUnion)
		if isNew {
			fields = append(fields, f)
		}
	}
	return fields, set.result
}

// jsonName reports a name in JSON that another field has.
func (c *checker) jsonName(f *ir.Field, annos annoSet, taken map[string]idl.Span) {
	if f.JSON == "" || f.JSON == "-" {
		return
	}
	at := annos.seen["json"]
	if first, twice := taken[f.JSON]; twice {
		c.report("json-name-duplicate", at, "another field is called `%s` in JSON", f.JSON).
			Label("used again here").Also(first, "first used here")
		return
	}
	taken[f.JSON] = at
}

// spanOf is the place of a literal, which may be missing.
func spanOf(lit *idl.Lit) idl.Span {
	if lit == nil {
		return idl.Span{}
	}
	return lit.Span
}

func hasStringKeys(fields []*ir.Field) bool {
	return len(fields) > 0 && fields[0].Key != ""
}
