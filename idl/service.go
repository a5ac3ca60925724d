package idl

func (p *parser) serviceDecl() {
	it, d := p.item(rowSingle), &Service{}
	d.Name = p.blockName(it)
	p.blockDecl(it, d, blockNeeded, func() { p.serviceMember(it, d) })
}

// serviceMember reads one line of a service, with its block.
func (p *parser) serviceMember(in *item, d *Service) {
	t := p.peek()
	switch {
	case t.is("@"):
		p.readAnnos()
	case p.notMember(in):
	case t.is("subroute"):
		p.annosNowhere(t)
		p.subroute(in, d)
	case t.is("reserved"):
		p.annosNowhere(t)
		p.reserved(in, &d.Reserved)
	case t.is("errors"):
		p.annosNowhere(t)
		p.errorsLine(in, p.item(rowReserved), &d.Errors)
	case t.is("rpc"), t.is("stream"):
		p.handler(in, d)
	default:
		p.unknownMember(in, func() { p.handler(in, d) })
	}
}

// subroute reads `subroute disk` or `subroute "admin"`.
func (p *parser) subroute(in *item, d *Service) {
	it := p.item(rowReserved)
	member(p, in, it, parseSubroute, shapeSubroute, it.toks, func(l *subrouteLine) *Meta {
		s := &Subroute{}
		if absent(l.Param) {
			s.Fixed = p.lit(l.Fixed)
		} else {
			s.Param = p.ident(l.Param)
		}
		d.Subroutes = append(d.Subroutes, s)
		return &s.Meta
	})
}

// handler reads an rpc or a stream.
func (p *parser) handler(in *item, d *Service) {
	it := p.item(rowHandler)
	h := &Handler{Stream: it.toks[0].is("stream")}
	mode, want := blockOptional, shapeRPC
	if h.Stream {
		mode, want = blockNeeded, shapeStream
	}
	l := line(p, parseHandler, want, p.headAnnos(it))
	if l != nil {
		h.Name, h.Request = p.ident(l.Name), p.typ(l.Request)
		h.ID = p.whole(l.ID, "a handler's id")
		h.Response = p.typ(l.Response)
	}
	p.block(it, mode, func() { p.clause(it, h) })
	if h.Meta = it.meta; l == nil {
		in.meta.Broken = true
		return
	}
	if h.Stream && h.Response != nil && !h.Broken {
		p.streamResponse(h)
	}
	d.Handlers = append(d.Handlers, h)
}

// clause reads one line of a handler's block.
func (p *parser) clause(in *item, h *Handler) {
	t := p.peek()
	switch {
	case t.is("@"):
		p.readAnnos()
		p.annosInBlock(in)
	case p.notMember(in):
	case t.is("errors"):
		p.errorsClause(in, h)
	case t.is("in"), t.is("out"):
		p.flow(in, h)
	default:
		p.unknownClause(in)
	}
}

// errorsClause reads the errors of a handler.
func (p *parser) errorsClause(in *item, h *Handler) {
	it := p.item(rowClause)
	first := h.Errors
	if p.errorsLine(in, it, &h.Errors); !h.Stream && len(first) > 0 && len(h.Errors) > len(first) {
		p.duplicateClause(it, first[0].Span)
	}
}

// errorsLine reads `errors A, b.C`.
func (p *parser) errorsLine(in, it *item, list *[]*Ref) {
	member(p, in, it, parseErrors, shapeErrors, it.toks, func(l *errorsLine) *Meta {
		for _, e := range l.Refs {
			*list = append(*list, p.ref(e))
		}
		return &Meta{}
	})
}

// flow reads `in(16) Op` or `out Ack`.
func (p *parser) flow(in *item, h *Handler) {
	it := p.item(rowClause)
	member(p, in, it, parseFlow, shapeFlow, it.toks, func(l *flowLine) *Meta {
		f := &Flow{Type: p.typ(l.Type)}
		if !absent(l.Capacity) {
			f.Capacity = p.whole(l.Capacity, "a capacity")
		}
		side := &h.In
		if it.toks[0].is("out") {
			side = &h.Out
		}
		switch {
		case !h.Stream:
			p.flowInRPC(it)
		case *side != nil:
			p.duplicateClause(it, (*side).Span)
		default:
			*side = f
		}
		return &f.Meta
	})
}
