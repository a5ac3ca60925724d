package grid

import (
	"context"
	"strings"

	"github.com/gridrpc/gridc/runtime/status"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/channels"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Caller is the receiver of calls: a *Connection, the result of its Subroute method, or
// any peer of a group (Group.Any).
type Caller interface {
	// Subroute returns a Caller for the handlers registered under these names; see
	// Connection.Subroute. They are added to the subroute that the Caller has.
	Subroute(names ...string) Caller
	// Request calls a handler of byte payloads; see Connection.Request.
	Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error)
	// NewStream begins a stream of byte messages; see Connection.NewStream.
	NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error)

	request(ctx context.Context, id HandlerID, s *handlers.Settings, msg bufs.Encoded) ([]byte, error)
	open(ctx context.Context, id HandlerID, s *handlers.Settings, payload []byte) (*streams.Stream, error)
	buffers() *bufs.Pool
	exposed() bool
}

// Response is an element of Stream.Responses: a message, or the error that ends the
// stream.
type Response = TypedResponse[[]byte]

// Stream is the client side of a stream, with channels.
//
// If client and handler both only send, they block each other: receive while sending.
type Stream struct {
	// Responses delivers what the handler sends. It is closed at the end of the stream,
	// after the error if there was one. If the context ends, messages may be missing, but
	// the error is delivered. Messages belong to the receiver.
	Responses <-chan Response
	// Requests takes the messages to the handler; it is nil if the handler takes no input.
	// The caller closes it to end the input. If the stream may end first, select each send
	// together with the context's Done. A message that cannot be sent ends the stream with
	// an error.
	Requests chan<- []byte

	ends *channels.Ends[[]byte, []byte, Response]
}

// NewStream begins a stream with the handler id of the peer. The stream ends with ctx at
// the latest. payload is not kept.
func (c *Connection) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, c, id, payload)
}

func (x *subConnection) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, x, id, payload)
}

func newChannelStream(ctx context.Context, c Caller, id HandlerID, payload []byte) (*Stream, error) {
	ctx = status.Fenced(ctx) // goroutines of the runtime's wait for it
	// A copy: payload is the caller's again when this returns, which may be before it is sent.
	own := append([]byte(nil), payload...)
	st, err := c.open(ctx, id, &byHand, own)
	if err != nil {
		return nil, err
	}
	both := channels.New[[]byte, []byte, Response](ctx, st, st.TakesInput, st.RecvOwn, func(msg []byte) error { return st.Send(msg, false) })
	return &Stream{Responses: both.Responses, Requests: both.Requests, ends: both}, nil
}

// Draining returns a channel that is closed when either end begins to shut down. End a
// stream then that has no natural end.
func (s *Stream) Draining() <-chan struct{} { return s.ends.Stream.S.Drain }

// Results calls fn for each message. If fn returns an error, the handler is canceled and
// Results returns the error; a panic of fn cancels the handler, too. Otherwise Results
// returns the error of the stream: nil only if the handler returned nil and fn got all
// messages.
func (s *Stream) Results(fn func(msg []byte) error) error { return s.ends.Results(fn) }

// RegisterSingleHandler registers a handler of byte payloads under a subroute, if its
// parts are given: see Connection.Subroute. The handler may use the payload until it
// returns. What it returns belongs to the runtime.
func (m *Manager) RegisterSingleHandler(id HandlerID, fn func(ctx context.Context, payload []byte) ([]byte, error), subroute ...string) error {
	name, fault := joinSubroute(subroute)
	single := func(ctx context.Context, hc *handlers.Context, payload []byte) ([]byte, error) {
		if err := hc.Begin(); err != nil {
			return nil, err
		}
		return fn(ctx, payload)
	}
	return m.Register(Registration{&handlers.Handler{ID: id, Subroute: name, Fault: handlers.Needs(fault, "its function", fn == nil), Single: single}})
}

// StreamHandler is a handler of a stream of byte messages.
type StreamHandler struct {
	// Handle runs for each stream. in delivers the client's messages. It is closed at the
	// normal end of the input only; on cancellation, deadline or disconnect, ctx ends and in
	// stays open. Select on both. Do not close out; a send to it after Handle has returned
	// blocks. A channel is nil if its capacity is 0. Messages from in belong to Handle; what
	// is sent to out belongs to the runtime. If a message cannot be sent, ctx ends, and the
	// stream ends with an error, whatever Handle returns.
	Handle func(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error
	// Subroute is the name that the handler is registered under, or "". It is one part,
	// without "/"; RegisterStreamingHandler takes several.
	Subroute string
	// OutCapacity and InCapacity bound the messages that the receiver holds
	// unread; 0 means that there are none in that direction.
	OutCapacity int
	InCapacity  int
}

// RegisterStreamingHandler registers a handler of streams, under the parts of a
// subroute, if h.Subroute or further ones are given.
func (m *Manager) RegisterStreamingHandler(id HandlerID, h StreamHandler, subroute ...string) error {
	if h.InCapacity < 0 || h.InCapacity > wire.MaxCapacity || h.OutCapacity < 0 || h.OutCapacity > wire.MaxCapacity {
		return &Error{Code: InvalidArgument, Message: "a stream's capacity is 0 to 65535"}
	}
	if h.Subroute != "" {
		subroute = append([]string{h.Subroute}, subroute...)
	}
	name, fault := joinSubroute(subroute)
	return m.Register(Registration{&handlers.Handler{ID: id, Subroute: name, Fault: handlers.Needs(fault, "StreamHandler.Handle", h.Handle == nil), Stream: h.serve, InCap: h.InCapacity, OutCap: h.OutCapacity}})
}

// serve adapts the channel shape to the core. Parts of the payload are copied when
// they are sent: its buffer is given back once, when the handler has returned.
func (h *StreamHandler) serve(ctx context.Context, payload []byte, x any) error {
	st := x.(*streams.Stream)
	if err := st.Ctx.Begin(); err != nil {
		return err
	}
	send := func(msg []byte) error { return st.Send(msg, !bufs.SameMemory(msg, payload)) }
	return channels.Serve(ctx, st, st.RecvOwn, send, func(ctx context.Context, in <-chan []byte, out chan<- []byte) error {
		return h.Handle(ctx, payload, in, out)
	})
}

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

// Subroute returns a Caller for the handlers registered under these names, the parts of a
// subroute. No names, or one empty name, mean no subroute. A part must not contain "/",
// which joins the parts, and must not be empty if there are several. Otherwise every call
// fails with ErrInvalidArgument, and is not sent.
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
