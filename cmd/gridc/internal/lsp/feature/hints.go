package feature

import (
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/idl"
)

// Hints say between the lines what follows from them: the Go name where it is another
// than one expects, a capacity that is the default, the timeout and lane that a handler
// has from its service.
func Hints(v *View, from, to int) []proto.InlayHint {
	h := hints{View: v, list: []proto.InlayHint{}, from: from, to: to}
	for _, s := range v.File.Symbols {
		h.name(s)
		for _, m := range s.Members {
			h.name(m)
			if handler, ok := m.Node.(*idl.Handler); ok {
				h.handler(m, handler)
			}
		}
	}
	return h.list
}

type hints struct {
	*View
	list     []proto.InlayHint
	from, to int
}

func (h *hints) add(behind idl.Pos, label, tooltip string) {
	if behind.Offset >= h.from && behind.Offset <= h.to {
		h.list = append(h.list, proto.InlayHint{Position: h.Text.Position(behind.Offset), Label: label, Tooltip: tooltip, PaddingLeft: true})
	}
}

// name hints at a Go name that is more than the name with its first letter in upper
// case, and that no @go beside it says.
func (h *hints) name(s *index.Symbol) {
	if anno(s.Meta, "go") != nil || s.Kind == index.Subroute {
		return
	}
	if name := goName(s); name != upperFirst(s.Name) && name != "" {
		h.add(s.At.End, "Go "+name, "what generated code calls it")
	}
}

func upperFirst(name string) string {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return name
	}
	return string(name[0]-'a'+'A') + name[1:]
}

func (h *hints) handler(s *index.Symbol, handler *idl.Handler) {
	for word, flow := range flowsOf(handler) {
		if flow.Capacity == nil && flow.Type != nil {
			end := flow.Span.Start
			end.Offset += len(word)
			h.add(end, "("+defaultCapacity+")", "the default capacity: how many messages the receiver holds unread")
		}
	}
	if s.Parent == nil || handler.ID == nil {
		return
	}
	for _, name := range []string{"timeout", "priority"} {
		inherited := argument(anno(s.Parent.Meta, name))
		if inherited != "" && anno(s.Meta, name) == nil {
			h.add(handler.ID.Span.End, "@"+name+"("+inherited+")", "from the service")
		}
	}
}
