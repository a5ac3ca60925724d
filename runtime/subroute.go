package grid

import (
	"context"
	"strings"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// joinSubroute makes one name of the parts of a subroute, as it is on the wire. Two
// lists of parts must never make the same name, or one would be answered by the
// handler of the other: so no part holds the separator, and none of several is
// empty. One empty name alone is no subroute.
func joinSubroute(parts []string) (name string, fault *Error) {
	if len(parts) == 1 && parts[0] == "" {
		return "", nil
	}
	for _, part := range parts {
		switch {
		case part == "":
			fault = &Error{Code: InvalidArgument, Message: "a part of a subroute is empty: give it a name, or leave it out"}
		case strings.Contains(part, "/"):
			fault = &Error{Code: InvalidArgument, Message: "the part " + status.Quoted(part) + ` of a subroute holds "/", which stands between parts: give the parts one by one, or escape it at both ends, as url.PathEscape does`}
		}
	}
	return strings.Join(parts, "/"), fault
}

// subConnection is a Connection under a subroute.
type subConnection struct {
	c        *Connection
	subroute string
	fault    *Error // every call fails with it, nil: none
}

// Subroute returns a Caller for the handlers registered under these names, the
// parts of a subroute; no names, or one empty one, are none. A part must not hold
// "/", which joins them, and none of several is empty: else every call fails with
// ErrInvalidArgument, not sent.
func (c *Connection) Subroute(names ...string) Caller {
	return (&subConnection{c: c}).Subroute(names...)
}

// Subroute implements Caller: the names are further parts.
func (x *subConnection) Subroute(names ...string) Caller {
	name, fault := joinSubroute(names)
	sub := &subConnection{c: x.c, subroute: name, fault: x.fault}
	if x.subroute != "" && name != "" {
		sub.subroute = x.subroute + "/" + name
	} else if name == "" {
		sub.subroute = x.subroute
	}
	if fault != nil {
		sub.fault = status.WithOutcome(fault, NotSent)
	}
	return sub
}

func (x *subConnection) Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error) {
	return x.request(ctx, id, &byHand, bufs.Encoded{Flat: payload})
}

func (x *subConnection) request(ctx context.Context, id HandlerID, s *handlers.Settings, msg bufs.Encoded) ([]byte, error) {
	if x.fault != nil {
		return nil, x.fault
	}
	return x.c.requestRoute(ctx, handlers.RouteKey{ID: id, Subroute: x.subroute}, s, msg)
}

func (x *subConnection) open(ctx context.Context, id HandlerID, s *handlers.Settings, payload []byte) (*streams.Stream, error) {
	if x.fault != nil {
		return nil, x.fault
	}
	return x.c.openRoute(ctx, handlers.RouteKey{ID: id, Subroute: x.subroute}, s, payload)
}

func (x *subConnection) buffers() *bufs.Pool { return x.c.buffers() }

func (x *subConnection) exposed() bool { return x.c.exposed() }
