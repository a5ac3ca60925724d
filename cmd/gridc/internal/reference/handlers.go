package reference

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

func (e *entry) service(t *ir.Service) {
	var parts []string
	for _, s := range t.Subroutes {
		if s.Fixed != "" {
			parts = append(parts, fmt.Sprintf("%q", s.Fixed))
		} else {
			parts = append(parts, s.Param)
		}
	}
	if len(parts) > 0 {
		e.fact("Subroute", plain("%s", strings.Join(parts, " / ")))
	}
	e.reserved(t.Reserved)
	for _, h := range t.Handlers {
		e.Handlers = append(e.Handlers, newHandler(t, h))
	}
}

func newHandler(svc *ir.Service, h *ir.Handler) *entry {
	kind := "rpc"
	if h.Stream {
		kind = "stream"
	}
	e := &entry{Anchor: anchor(svc.Package, svc.Name) + "." + h.Name, Kind: kind, Name: h.Name, Doc: docText(&h.Info), Deprecated: h.Deprecated}
	e.fact("Id", plain("%d", h.ID))
	takes := "Request"
	if h.Stream {
		takes = "Payload"
	}
	for _, part := range []struct {
		name string
		t    *ir.Type
	}{{takes, h.Request}, {"Response", h.Response}} {
		if part.t != nil {
			e.fact(part.name, typeText(svc.Package, part.t))
		} else if !h.Stream {
			e.fact(part.name, plain("nothing"))
		}
	}
	for _, flow := range []struct {
		name string
		f    *ir.Flow
	}{{"In", h.In}, {"Out", h.Out}} {
		if flow.f != nil {
			e.fact(flow.name, append(typeText(svc.Package, flow.f.Type), piece{Text: fmt.Sprintf(", at most %d unread", flow.f.Capacity)}))
		}
	}
	e.errors(svc.Package, h)
	e.calling(h)
	return e
}

func (e *entry) errors(in *ir.Package, h *ir.Handler) {
	var t text
	for i, x := range h.Errors {
		if i > 0 {
			t = append(t, piece{Text: ", "})
		}
		t = append(t, named(in, x.Package, x.Name))
	}
	if t != nil {
		e.fact("Errors", t)
	}
}

// calling is how a handler is called unless the caller says otherwise.
func (e *entry) calling(h *ir.Handler) {
	if h.Timeout > 0 {
		e.fact("Timeout", plain("%s", h.Timeout))
	}
	if lane := map[ir.Priority]string{ir.High: "high", ir.Low: "low"}[h.Priority]; lane != "" {
		e.fact("Lane", plain("%s", lane))
	}
	if h.Idempotent {
		e.fact("Idempotent", plain("it may run twice: after a lost connection it is called again"))
	}
}

// typeText is a type as a file of the package has it, with links.
func typeText(in *ir.Package, t *ir.Type) text {
	if t == nil {
		return nil
	}
	var out text
	switch t.Kind {
	case ir.List:
		out = append(plain("[]"), typeText(in, t.Elem)...)
	case ir.Map:
		out = append(append(append(plain("map["), typeText(in, t.Key)...), piece{Text: "]"}), typeText(in, t.Elem)...)
	default:
		out = plain("%s", t.Kind)
		if t.Declared() != nil {
			out = text{named(in, t.Package, t.DeclName())}
		}
	}
	if t.Optional {
		out = append(out, piece{Text: "?"})
	}
	return out
}

// wireText is the msgpack form of a field, its limits and its rules.
func wireText(f *ir.Field) string {
	if f.Type == nil {
		return "nothing"
	}
	text := formOf(f.Type)
	unit := "entries"
	if f.Type.Kind == ir.String || f.Type.Kind == ir.Bytes {
		unit = "bytes"
	}
	for _, limit := range []struct {
		n    int64
		what string
	}{{f.Limit, "at most %d " + unit}, {f.EachLimit, "each at most %d"}, {f.KeyLimit, "keys of at most %d bytes"}} {
		if limit.n > 0 {
			text += ", " + fmt.Sprintf(limit.what, limit.n)
		}
	}
	for _, rule := range f.RuleTexts() {
		text += ", " + rule
	}
	return text
}

// formOf is what a type is in msgpack, see docs/language.md.
func formOf(t *ir.Type) string {
	switch k := t.Kind; {
	case k >= ir.Int8 && k <= ir.Uint64, k == ir.EnumKind:
		return "integer"
	case k == ir.Float32:
		return "float 32"
	case k == ir.Float64:
		return "float 64"
	case k == ir.String:
		return "str"
	case k == ir.Bytes:
		return "bin"
	case k == ir.UUID:
		return "bin of 16 bytes"
	case k == ir.Time:
		return "timestamp (extension -1)"
	case k == ir.Duration:
		return "integer, nanoseconds"
	case k == ir.Raw, k == ir.ExternKind:
		return "any one value"
	case k == ir.List, k == ir.MessageKind && t.Message.Tuple:
		return "array"
	case k == ir.Map, k == ir.MessageKind, k == ir.UnionKind:
		return "map"
	}
	return t.Kind.String()
}
