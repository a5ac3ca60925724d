package lint

import "github.com/gridrpc/gridc/compiler/ir"

// streamTimeouts finds streams that have the timeout of their service: for calls it is how
// long one may take, for a stream its whole life.
func (l *linter) streamTimeouts() {
	for _, p := range l.roots() {
		for _, svc := range p.Services {
			at, ok := svc.Annos["timeout"]
			if !ok {
				continue
			}
			for _, h := range svc.Handlers {
				if endsWithService(h) {
					l.warn("lint/stream-timeout", h.Span, "stream `%s` ends after the timeout of its service, %s, whatever it is doing", h.Name, h.Timeout).
						Also(at, "for all handlers of the service").
						Help("give each rpc its `@timeout`, or the stream `@timeout(none)`, or one of its own")
				}
			}
		}
	}
}

// endsWithService reports whether a handler is a stream that only its service gives a
// timeout.
func endsWithService(h *ir.Handler) bool {
	_, own := h.Annos["timeout"]
	return h.Stream && h.Timeout > 0 && !own
}
