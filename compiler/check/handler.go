package check

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// defaultCapacity is the capacity of an in or out that gives none.
const defaultCapacity = 16

// inherited is what the handlers of a service have from it.
type inherited struct {
	annoSet
	errors errorList
}

// handler checks one handler; service holds what it inherits.
func (c *checker) handler(s *source, svc *idl.Service, d *idl.Handler, service inherited) *ir.Handler {
	at := onRPC
	if d.Stream {
		at = onStream
	}
	annos := c.annos(d.Annos, at)
	h := &ir.Handler{
		Info:       c.info(d.Name, &d.Meta, annos),
		Stream:     d.Stream,
		Timeout:    annos.timeout,
		Priority:   annos.priority,
		Idempotent: annos.idempotent,
		Reuse:      annos.reuse,
	}
	h.Marks = inheritedMarks(annos, service.annoSet)
	if !annos.has("timeout") {
		h.Timeout = service.timeout
	}
	if !annos.has("priority") {
		h.Priority = service.priority
	}
	h.ID, h.IDAt = c.handlerID(svc, d, service.product), spanOf(d.ID)
	h.Request = c.payload(s, svc, d, requestRole(d), d.Request)
	h.Response = c.payload(s, svc, d, "Response", d.Response)
	h.In = c.flow(s, svc, d, "In", d.In)
	h.Out = c.flow(s, svc, d, "Out", d.Out)
	errs := c.errors(s, d.Errors, service.errors)
	h.Errors, h.ErrorsAt = errs.errors, errs.at
	return h
}

func requestRole(d *idl.Handler) string {
	if d.Stream {
		return "Payload"
	}
	return "Request"
}

func (c *checker) handlerID(svc *idl.Service, d *idl.Handler, product string) uint16 {
	if d.ID == nil {
		return 0
	}
	if d.ID.Kind != idl.LitInt || d.ID.Big || d.ID.Int < 1 || d.ID.Int > load.MaxNumber {
		c.report("handler-id-range", d.ID.Span, "%s is not a handler id: those are 1 to %d", d.ID.Text, load.MaxNumber)
		return 0
	}
	id := uint16(d.ID.Int) // fits: at most maxNumber
	c.ids = append(c.ids, handlerID{id, d.Name.Name, svc.Name.Name, product, d.ID.Span})
	return id
}

func (c *checker) flow(s *source, svc *idl.Service, d *idl.Handler, role string, f *idl.Flow) *ir.Flow {
	if f == nil {
		return nil
	}
	c.annos(f.Annos, onOther)
	flow := &ir.Flow{Capacity: defaultCapacity, Explicit: f.Capacity != nil, Span: f.Span, CapacityAt: spanOf(f.Capacity)}
	if lit := f.Capacity; lit != nil {
		if lit.Kind != idl.LitInt || lit.Big || lit.Int < 1 || lit.Int > load.MaxNumber {
			c.report("capacity-range", lit.Span, "%s is not a capacity: those are 1 to %d messages", lit.Text, load.MaxNumber)
		} else {
			flow.Capacity = int(lit.Int) // fits: at most maxNumber
		}
	}
	flow.Type = c.payload(s, svc, d, role, f.Type)
	return flow
}

// payload resolves what a handler takes or gives: something that can grow.
func (c *checker) payload(s *source, svc *idl.Service, d *idl.Handler, role string, t *idl.Type) *ir.Type {
	if t == nil {
		return nil
	}
	if t.Optional {
		plain := *t
		plain.Optional = false
		mark := optionalMark(t)
		c.report("payload-type", mark, "%s is never optional", roleText(role)).
			Help("leave the type out, or let a field of the message be optional").
			Fix("remove the `?`", mark, "")
		t = &plain
	}
	resolved := c.typ(s, t, mayBeOptional) // by now it is not
	if resolved == nil {
		return nil
	}
	switch resolved.Kind {
	case ir.MessageKind, ir.UnionKind, ir.ExternKind, ir.Bytes, ir.Raw:
		return resolved
	}
	c.barePayload(s, svc, d, role, t, resolved)
	return nil
}

// barePayload reports a payload that has no room for another field, and offers
// a message around it.
func (c *checker) barePayload(s *source, svc *idl.Service, d *idl.Handler, role string, t *idl.Type, resolved *ir.Type) {
	if resolved.IsByteList() {
		c.report("payload-type", t.Span, "%s cannot be a list: it could never grow", roleText(role)).
			Help("for bytes write `bytes`").
			Fix("write `bytes`", t.Span, "bytes")
		return
	}
	name := goname.ExportedName(d.Name.Name) + role
	for s.scope[name] != nil {
		name += "2"
	}
	field := "value"
	if resolved.Kind == ir.List {
		field = "items"
	}
	text := string(s.Tree.Source[t.Span.Start.Offset:t.Span.End.Offset])
	message := "\n\nmessage " + name + " {\n    " + field + " " + text + " = 1\n}"
	c.report("payload-type", t.Span, "%s cannot be %s: it could never grow", roleText(role), resolved.Describe()).
		Help("wrap it: `message %s { %s %s = 1 }`", name, field, text).
		Fixes("wrap it in a message `"+name+"`",
			idl.Edit{Span: t.Span, New: name},
			idl.Edit{Span: s.LineEnd(svc.Span.End), New: message})
}

func roleText(role string) string {
	switch role {
	case "In", "Out":
		return "what streams `" + strings.ToLower(role) + "`"
	}
	return "a " + strings.ToLower(role)
}

// errorList are the errors that a service or a handler declares, each once, with their
// places.
type errorList struct {
	errors []*ir.Error
	at     []idl.Span
}

// errors resolves errors that are listed; inherited are those of the service, which come
// after them.
func (c *checker) errors(s *source, refs []*idl.Ref, inherited errorList) errorList {
	var own errorList
	listed := make(map[*ir.Error]idl.Span)
	for i, e := range inherited.errors {
		listed[e] = inherited.at[i]
	}
	for _, ref := range refs {
		sym := c.lookup(s, ref, "error", (*symbol).isError)
		if sym == nil {
			continue
		}
		e := sym.Target.(*ir.Error)
		if first, again := listed[e]; again {
			f := c.report("error-listed-twice", ref.Span, "`%s` is listed twice", refText(ref)).
				Also(first, "first listed here")
			if slices.Contains(inherited.errors, e) {
				f.Help("errors of the service are errors of all its handlers")
			}
			continue
		}
		listed[e] = ref.Span
		own.errors, own.at = append(own.errors, e), append(own.at, ref.Span)
	}
	return errorList{append(own.errors, inherited.errors...), append(own.at, inherited.at...)}
}
