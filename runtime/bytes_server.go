package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// RegisterSingleHandler registers a handler of byte payloads under a subroute, if
// its parts are given: see Connection.Subroute. The payload is the handler's until it returns; what it returns
// belongs to the runtime.
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
	// Handle runs for each stream. in delivers the client's messages and is closed
	// at the end of input, and only then: on cancel, deadline or disconnect ctx
	// ends and in stays as it is, so that an end that is none is never mistaken
	// for one. Select on both. out need not be closed, and is not: what is sent to it
	// after Handle has returned waits for ever, or for ctx. Both
	// are nil where the capacity is 0. Messages from in belong to Handle; what is
	// sent to out belongs to the runtime. Where one of these cannot be sent, ctx ends
	// and so does the stream, with an error, whatever Handle returns.
	Handle func(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error
	// Subroute is the name that the handler is registered under, or "". It is one
	// part and holds no "/": RegisterStreamingHandler takes several.
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
	return serveChannels(ctx, st, st.RecvOwn, send, func(ctx context.Context, in <-chan []byte, out chan<- []byte) error {
		return h.Handle(ctx, payload, in, out)
	})
}
