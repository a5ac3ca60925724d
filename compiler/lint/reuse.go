package lint

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// idleReuse finds @reuse where there is no message that it could be about.
func (l *linter) idleReuse() {
	check.Handlers(l.roots(), func(s *check.Source, h *ir.Handler, d *idl.Handler) {
		var why string
		switch {
		case !h.Reuse:
			return
		case h.Stream && h.In == nil:
			why = "does not receive; a client uses messages again with `RecvInto`"
		case !h.Stream && h.Request == nil && h.Response == nil:
			why = "has neither a request nor a response"
		default:
			return
		}
		for _, a := range d.Annos {
			if a.Name.Name != "reuse" {
				continue
			}
			f := l.warn("lint/reuse-idle", a.Span, "`@reuse` does nothing here: `%s` %s", h.Name, why)
			if strings.TrimSpace(s.LineAt(a.Span.Start.Offset)) == "@reuse" {
				f.Fix("remove it", s.WholeLine(a.Span), "")
			}
		}
	})
}
