package check

import (
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// bodies checks what stands inside every declaration of a source, and enters
// the declarations into the package.
func (c *checker) bodies(s *source) {
	for _, sym := range s.symbols {
		c.current = sym
		sym.body()
		if !sym.rejected {
			s.pkg.Add(sym.Target)
		}
	}
	c.current = nil
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
	m.SizeLimit = set.limit
	if set.each > 0 || set.key > 0 {
		c.report("annotation-misplaced", set.seen["limit"], "a message has neither elements nor keys").
			Help("`@limit(4KiB)` above it is its size on the wire; `each` and `key` are for its fields")
	}
	m.Fields, m.Reserved = c.fields(s, "message", d.Name, d.Fields, d.Reserved)
	m.StringKeys = hasStringKeys(m.Fields)
}

func (c *checker) errorBody(s *source, d *idl.Error, e *ir.Error) {
	e.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onError))
	e.Code, e.CodeAt = c.errorCode(d), spanOf(d.Code)
	e.Body.Info = e.Info
	e.Body.Fields, e.Body.Reserved = c.fields(s, "error", d.Name, d.Fields, d.Reserved)
	e.Body.StringKeys = hasStringKeys(e.Body.Fields)
}

func (c *checker) unionBody(s *source, d *idl.Union, u *ir.Union) {
	u.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onUnion))
	if len(d.Fields) == 0 && !s.HasErrorIn(d.Span) {
		c.report("union-empty", d.Name.Span, "union `%s` has no variants", d.Name.Name).
			Help("a union needs at least one variant; a message without fields is an empty message")
	}
	u.Variants, u.Reserved = c.fields(s, "union", d.Name, d.Fields, d.Reserved)
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
	for _, d := range decls {
		annos := c.annos(d.Annos, site)
		f := &ir.Field{Info: c.info(d.Name, &d.Meta, annos), Limit: annos.limit, EachLimit: annos.each, KeyLimit: annos.key, NumberAt: spanOf(d.Key)}
		if f.Type = c.typ(s, d.Type, whyNot); d.Type == nil && isUnion {
			f.Type = &ir.Type{Kind: ir.None, Span: d.Name.Span}
		}
		if !annos.has("go") && isMethod(kind, f.GoName) {
			f.GoName += "Value"
		}
		c.checkLimit(f.Type, annos)
		isNew := set.name(d.Name)
		f.Number, f.Key = set.key(d, isUnion)
		if isNew {
			fields = append(fields, f)
		}
	}
	return fields, set.result
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
