package idl

import "github.com/alecthomas/participle/v2/lexer"

// The functions of this file turn what participle captured into the tree.

// absent reports whether an optional token was not captured.
func absent(t lexer.Token) bool { return t.Value == "" }

func (p *parser) ident(t lexer.Token) *Ident {
	tok := p.fromLexer(t)
	return &Ident{Name: tok.text, Span: p.spanOf(tok)}
}

// dotted turns words with dots between them into one name.
func (p *parser) dotted(line *packageLine) *Ident {
	name := p.ident(line.Name)
	for _, more := range line.More {
		next := p.ident(more.Name)
		name = &Ident{Name: name.Name + "." + next.Name, Span: p.span(name.Span.Start, next.Span.End)}
	}
	return name
}

func (p *parser) lit(t lexer.Token) *Lit { return p.literal(p.fromLexer(t)) }

// value turns a literal, or one number shifted by another, into a literal.
func (p *parser) value(e *valueExpr) *Lit {
	if absent(e.Shift) {
		return p.lit(e.Value)
	}
	return p.shifted(p.whole(e.Value, "what is shifted"), p.whole(e.Shift, "what a number is shifted by"))
}

// whole turns a token into a literal that must be a plain whole number, such
// as the number of a field.
func (p *parser) whole(t lexer.Token, what string) *Lit {
	sound := len(p.diags)
	return p.mustBeWhole(sound, p.lit(t), what)
}

// mustBeWhole reports a literal that is no plain whole number, unless something was
// found wrong with it: since sound diagnostics there are more.
func (p *parser) mustBeWhole(sound int, lit *Lit, what string) *Lit {
	if len(p.diags) == sound && (lit.Kind != LitInt || hasUnit(lit.Text)) {
		p.error(CodeExpectedNumber, lit.Span, "%s must be a whole number, not %s", what, quote(lit.Text))
	}
	return lit
}

func (p *parser) ref(e *refExpr) *Ref {
	first := p.ident(e.First)
	if absent(e.Second) {
		return &Ref{Name: first, Span: first.Span}
	}
	second := p.ident(e.Second)
	return &Ref{Package: first, Name: second, Span: p.span(first.Span.Start, second.Span.End)}
}

// refText is a reference as it is written.
func refText(ref *Ref) string {
	if ref.Package == nil {
		return ref.Name.Name
	}
	return ref.Package.Name + "." + ref.Name.Name
}

// typ converts a type; an absent one stays nil.
func (p *parser) typ(e *typeExpr) *Type {
	if e == nil {
		return nil
	}
	t := &Type{}
	switch {
	case e.Ref != nil:
		t.Ref = p.ref(e.Ref)
		t.Span = t.Ref.Span
	case e.Key != nil:
		t.Key, t.Elem = p.typ(e.Key), p.typ(e.Value)
		t.Span = p.span(p.fromLexer(e.Map).pos, t.Elem.Span.End)
	default:
		t.Elem = p.typ(e.Elem)
		t.Span = p.span(p.fromLexer(e.Open).pos, t.Elem.Span.End)
	}
	if !absent(e.Opt) {
		t.Optional = true
		t.Span.End = p.fromLexer(e.Opt).end()
	}
	return t
}

func (p *parser) params(list []*paramExpr) []*Param {
	params := make([]*Param, 0, len(list))
	for _, e := range list {
		params = append(params, &Param{Name: p.ident(e.Name), Type: p.typ(e.Type)})
	}
	return params
}

func (p *parser) reservedItems(line *reservedLine) []*ReservedItem {
	items := make([]*ReservedItem, 0, len(line.Items))
	for _, e := range line.Items {
		item := &ReservedItem{From: p.reservedLit(e.From)}
		item.Span = item.From.Span
		if !absent(e.To) {
			item.To = p.reservedLit(e.To)
			item.Span.End = item.To.Span.End
		}
		items = append(items, item)
	}
	return items
}

// reservedLit converts one end of a reserved range.
func (p *parser) reservedLit(t lexer.Token) *Lit {
	if t.Type == tokString {
		return p.lit(t)
	}
	return p.whole(t, "a reserved item")
}

func (p *parser) anno(line *annoLine, span Span) *Anno {
	ref := p.ref(line.Name)
	a := &Anno{Package: ref.Package, Name: ref.Name, Span: span}
	for _, e := range line.Args {
		arg := &Arg{}
		if e.Const != nil {
			ref := p.ref(e.Const)
			arg.Value = &Lit{Kind: LitIdent, Text: refText(ref), Str: refText(ref), Span: ref.Span, Ref: ref}
		} else {
			arg.Value = p.value(e.Value)
		}
		arg.Span = arg.Value.Span
		if !absent(e.Name) {
			arg.Name = p.ident(e.Name)
			arg.Span.Start = arg.Name.Span.Start
		}
		a.Args = append(a.Args, arg)
	}
	return a
}
