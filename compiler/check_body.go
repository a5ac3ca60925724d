package compiler

import "github.com/gridrpc/gridc/idl"

// bodies checks what stands inside every declaration of a source, and enters
// the declarations into the package.
func (c *checker) bodies(s *source) {
	for _, sym := range s.symbols {
		c.current, c.outdated = sym, false
		switch d := sym.decl.(type) {
		case *idl.Const:
			c.constBody(s, d, sym.target.(*Const))
		case *idl.Enum:
			c.enumBody(s, d, sym.target.(*Enum))
		case *idl.Message:
			c.messageBody(s, d, sym.target.(*Message))
		case *idl.Union:
			c.unionBody(s, d, sym.target.(*Union))
		case *idl.Error:
			c.errorBody(s, d, sym.target.(*Error))
		case *idl.Extern:
			c.externBody(d, sym.target.(*Extern))
		case *idl.Service:
			c.serviceBody(s, d, sym.target.(*Service))
		}
		if !sym.rejected {
			s.pkg.add(sym.target)
		}
	}
	c.current = nil
}

func (p *Package) add(target any) {
	switch t := target.(type) {
	case *Const:
		p.Consts = append(p.Consts, t)
	case *Enum:
		p.Enums = append(p.Enums, t)
	case *Message:
		p.Messages = append(p.Messages, t)
	case *Union:
		p.Unions = append(p.Unions, t)
	case *Error:
		p.Errors = append(p.Errors, t)
	case *Extern:
		p.Externs = append(p.Externs, t)
	case *Service:
		p.Services = append(p.Services, t)
	}
}

// info is what a declaration or member has in common with every other.
func (c *checker) info(name *idl.Ident, meta *idl.Meta, set annoSet) Info {
	info := Info{
		Name:       name.Name,
		GoName:     exportedName(name.Name),
		Doc:        cleanDoc(meta.Doc),
		Comment:    trailingText(meta.Comment),
		Deprecated: set.deprecated,
		Span:       name.Span,
	}
	switch {
	case set.goName != "":
		info.GoName = set.goName
	case !isExportedIdent(info.GoName) && !set.has("go"):
		c.report("go-name-invalid", name.Span, "`%s` has no exported name in Go", name.Name).
			help("choose another name, or add `@go(name: \"X\")`")
	}
	return info
}

func (c *checker) messageBody(s *source, d *idl.Message, m *Message) {
	set := c.annos(d.Annos, onMessage)
	m.Info = c.info(d.Name, &d.Meta, set)
	m.SizeLimit = set.limit
	m.Fields, m.Reserved = c.fields(s, "message", d.Name, d.Fields, d.Reserved)
	m.StringKeys = hasStringKeys(m.Fields)
}

func (c *checker) errorBody(s *source, d *idl.Error, e *Error) {
	e.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onError))
	e.Code = c.errorCode(d)
	e.Body = &Message{Info: e.Info, Package: s.pkg}
	e.Body.Fields, e.Body.Reserved = c.fields(s, "error", d.Name, d.Fields, d.Reserved)
	e.Body.StringKeys = hasStringKeys(e.Body.Fields)
}

func (c *checker) unionBody(s *source, d *idl.Union, u *Union) {
	u.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onUnion))
	if len(d.Fields) == 0 && !s.hasErrorIn(d.Span) {
		c.report("union-empty", d.Name.Span, "union `%s` has no variants", d.Name.Name).
			help("a union needs at least one variant; a message without fields is an empty message")
	}
	u.Variants, u.Reserved = c.fields(s, "union", d.Name, d.Fields, d.Reserved)
}

// fields checks the fields of a message or error, or the variants of a union.
func (c *checker) fields(s *source, kind string, owner *idl.Ident, decls []*idl.Field, reserved []*idl.Reserved) ([]*Field, Reserved) {
	isUnion := kind == "union"
	site, what, whyNot := onField, "field", mayBeOptional
	if isUnion {
		site, what, whyNot = onVariant, "variant", variantIsThere
	}
	set := newMembers(c, what, kind+" `"+owner.Name+"`", 1, maxNumber)
	set.reserve(reserved)
	var fields []*Field
	for _, d := range decls {
		annos := c.annos(d.Annos, site)
		f := &Field{Info: c.info(d.Name, &d.Meta, annos), Limit: annos.limit}
		c.outdated = annos.deprecated != ""
		f.Type = c.typ(s, d.Type, whyNot)
		c.checkLimit(f.Type, annos)
		isNew := set.name(d.Name)
		f.Number, f.Key = set.key(d, isUnion)
		if isNew {
			c.trees[f] = d
			fields = append(fields, f)
		}
	}
	return fields, set.result
}

func hasStringKeys(fields []*Field) bool {
	return len(fields) > 0 && fields[0].Key != ""
}
