package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/status"

	"github.com/gridrpc/gridc/runtime/internal/mux/channels"
)

// Register registers fn with m under a subroute, if one is given. in is closed at the
// normal end of the client's input only. Do not close out. Select on ctx together with
// each channel, which both block after the end of the stream. What was sent to out must
// not be changed afterwards. If a message cannot be sent, ctx ends, and the stream ends
// with an error. The channel of an absent direction is nil.
func (h *StreamingHandler[P, In, Out]) Register(m *Manager, fn func(ctx context.Context, payload P, in <-chan In, out chan<- Out) error, subroute ...string) error {
	if fn == nil {
		return m.Register(h.Handle(nil, subroute...))
	}
	return m.Register(h.Handle(func(ctx context.Context, payload P, in *Receiver[In], out *Sender[Out]) error {
		in.empty = h.newIn // whatever WithReuse says: one is in the channel while the next arrives
		return channels.Serve(ctx, in.st, in.Recv, out.Send, func(ctx context.Context, in <-chan In, out chan<- Out) error {
			return fn(ctx, payload, in, out)
		})
	}, subroute...))
}

// RegisterNoInput registers a handler of a stream whose client sends nothing.
func (h *StreamingHandler[P, In, Out]) RegisterNoInput(m *Manager, fn func(ctx context.Context, payload P, out chan<- Out) error, subroute ...string) error {
	if fn == nil {
		return h.Register(m, nil, subroute...)
	}
	return h.Register(m, func(ctx context.Context, payload P, _ <-chan In, out chan<- Out) error {
		return fn(ctx, payload, out)
	}, subroute...)
}

// RegisterNoPayload registers a handler of a stream that begins without payload.
func (h *StreamingHandler[P, In, Out]) RegisterNoPayload(m *Manager, fn func(ctx context.Context, in <-chan In, out chan<- Out) error, subroute ...string) error {
	if fn == nil {
		return h.Register(m, nil, subroute...)
	}
	return h.Register(m, func(ctx context.Context, _ P, in <-chan In, out chan<- Out) error {
		return fn(ctx, in, out)
	}, subroute...)
}

// TypedResponse is an element of TypedStream.Responses.
type TypedResponse[T any] struct {
	Msg T
	Err error
}

// TypedStream is the client side of a typed stream, with channels; see Stream.
type TypedStream[In, Out Message] struct {
	// Responses is closed after an error, and at the end; see Stream.
	Responses <-chan TypedResponse[Out]
	// Requests is nil if the handler takes no input; see Stream. What was sent must not be
	// changed afterwards.
	Requests chan<- In

	ends *channels.Ends[In, Out, TypedResponse[Out]]
}

// Draining returns a channel that is closed when either end begins to shut down. End a
// stream then that has no natural end.
func (s *TypedStream[In, Out]) Draining() <-chan struct{} { return s.ends.Stream.S.Drain }

// Call opens a stream with channels. The stream ends with ctx at the latest. Either end
// ctx, or read Responses to the end and close Requests; otherwise the stream is leaked.
func (h *StreamingHandler[P, In, Out]) Call(ctx context.Context, c Caller, payload P) (*TypedStream[In, Out], error) {
	ctx = status.Fenced(ctx) // goroutines of the runtime's wait for it
	st, err := h.Open(ctx, c, payload)
	if err != nil {
		return nil, err
	}
	both := channels.New[In, Out, TypedResponse[Out]](ctx, st.sender.st, h.settings.InCap > 0, st.Recv, st.Send)
	return &TypedStream[In, Out]{Responses: both.Responses, Requests: both.Requests, ends: both}, nil
}

// Results calls fn for each response; see Stream.Results.
func (s *TypedStream[In, Out]) Results(fn func(Out) error) error { return s.ends.Results(fn) }

// WithPayload returns the handler with another way to make payloads.
func (h *StreamingHandler[P, In, Out]) WithPayload(empty func() P) *StreamingHandler[P, In, Out] {
	c := *h
	c.newPayload = empty
	return &c
}

// WithInCapacity returns the handler with another capacity for what the client
// sends, 1 to 65535.
func (h *StreamingHandler[P, In, Out]) WithInCapacity(n int) *StreamingHandler[P, In, Out] {
	c := *h
	c.settings.InCap = n
	return &c
}

// WithOutCapacity returns the handler with another capacity for what the handler
// sends, 1 to 65535.
func (h *StreamingHandler[P, In, Out]) WithOutCapacity(n int) *StreamingHandler[P, In, Out] {
	c := *h
	c.settings.OutCap = n
	return &c
}

// NewPayload returns an empty payload.
func (h *StreamingHandler[P, In, Out]) NewPayload() P { return h.newPayload() }

// NewRequest returns an empty message of the client.
func (h *StreamingHandler[P, In, Out]) NewRequest() In { return h.newIn() }

// NewResponse returns an empty message of the handler.
func (h *StreamingHandler[P, In, Out]) NewResponse() Out { return h.newOut() }
