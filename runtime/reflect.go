package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// PeerHandler is a handler that a peer has announced.
type PeerHandler struct {
	ID       HandlerID
	Subroute string // its parts with "/" between them, as [Connection.Subroute] joins them; "" for none
	Stream   bool

	// InCapacity and OutCapacity are the messages of a stream that the handler and
	// its caller hold unread; 0 means that there are none in that direction.
	InCapacity, OutCapacity int

	HasSchema bool // Schemas has something to say about it
}

// Handlers returns the handlers that the peer has announced so far, sorted by id and
// subroute: all that were registered there before the session began, and later ones as
// they come. Without a session there are none. It belongs to the caller.
//
// It is for tools, which call what they were not built for. Stubs need none of it.
func (c *Connection) Handlers() []PeerHandler {
	if c == nil {
		return nil
	}
	s := c.live.Load()
	if s == nil {
		return nil
	}
	announced := s.Announced()
	all := make([]PeerHandler, len(announced))
	for i, h := range announced {
		all[i] = PeerHandler{ID: h.Key.ID, Subroute: h.Key.Subroute, Stream: h.Stream,
			InCapacity: h.InCap, OutCapacity: h.OutCap, HasSchema: h.HasShape}
	}
	return all
}

// Schemas asks the peer what handlers look like on the wire, with all names: of
// fields, variants, values of enums, and of the errors that are declared. It returns
// one table for each of the handlers that has a schema at the peer, which must not be
// changed: a session asks once for each. The names come from the peer, and may hold
// anything. It waits until ctx ends, or for Limits.CallTimeout for each answer.
func (c *Connection) Schemas(ctx context.Context, ids ...HandlerID) (map[HandlerID]*schema.Table, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	s := c.live.Load()
	if s == nil {
		return nil, c.disconnected()
	}
	if ctx.Err() != nil {
		return nil, status.WithOutcome(status.ContextError(ctx), NotSent)
	}
	found, err := s.Shapes(ctx, ids)
	if err != nil {
		return nil, err
	}
	return found, nil
}
