package handlers

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Admit finds the handler of a request, a call or the opening of a stream, and decodes
// the metadata. A refusal says why the request cannot be served, whichever of the two it
// is; an error breaks the session. What a session and a node have room for is the business
// of the tables of calls and of streams.
func (r *Registry) Admit(l *link.Link, q *wire.RequestFrame, stream bool) (h *Handler, meta map[string]string, why *wire.Failure, err error) {
	if h, why = r.find(l, q.Route, stream); why != nil {
		return nil, nil, why, nil
	}
	if meta, err = ParseMetadata(q.Meta); err != nil {
		return nil, nil, nil, err
	}
	switch {
	case l.Draining.Load():
		l.Late.Add(1)
		why = wire.ErrServerLeaving
	case l.Parts.TooLarge(q.Length()):
		why = wire.Refuse(status.TooLarge, "the request has %d bytes, at most %d are taken", q.Length(), l.Limits.Message)
	}
	return h, meta, why, nil
}

// Refuse answers a request that is not served, counts it, and has observers told.
func (r *Registry) Refuse(l *link.Link, q *wire.RequestFrame, stream bool, why *wire.Failure) error {
	var h *Handler // nil: none has that number, or one of the other kind
	if routes := *r.routes.Load(); q.Route < uint64(len(routes)) && stream == (routes[q.Route].Stream != nil) {
		h = routes[q.Route] // not by find, which would make another refusal
	}
	r.tellRefused(l, h, stream, q.Meta, why)
	return l.Out.Refuse(out.Unserved{ID: q.ID, Stream: stream, Why: why})
}

// find looks a handler up by its number on the wire. One that the peer may not call is not
// told from one that there is not.
func (r *Registry) find(l *link.Link, route uint64, stream bool) (*Handler, *wire.Failure) {
	routes := *r.routes.Load()
	if route >= uint64(len(routes)) || !l.May(routes[route].ID) {
		return nil, wire.Refuse(status.UnknownHandler, "there is no handler with number %d", route)
	}
	h := routes[route]
	if stream != (h.Stream != nil) {
		return nil, wire.Refuse(status.Incompatible, "handler %s is of the other kind", h)
	}
	return h, nil
}
