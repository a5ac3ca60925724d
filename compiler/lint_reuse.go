package compiler

import (
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// idleReuse finds @reuse where there is no message that it could be about.
func (l *linter) idleReuse() {
	handlers(l.roots(), func(s *source, h *Handler, d *idl.Handler) {
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
			if strings.TrimSpace(s.lineAt(a.Span.Start.Offset)) == "@reuse" {
				f.fix("remove it", s.wholeLine(a.Span), "")
			}
		}
	})
}
