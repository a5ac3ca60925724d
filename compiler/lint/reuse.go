package lint

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// idleReuse finds @reuse where there is no message that it could be about.
func (l *linter) idleReuse() {
	handlers(l.roots(), func(_ *ir.Package, h *ir.Handler) {
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
		s, at := l.file(h.Annos["reuse"]), h.Annos["reuse"]
		f := l.warn("lint/reuse-idle", at, "`@reuse` does nothing here: `%s` %s", h.Name, why)
		if strings.TrimSpace(s.LineAt(at.Start.Offset)) == "@reuse" {
			f.Fix("remove it", wholeLine(s, at), "")
		}
	})
}
