package grid

import (
	"context"
	"io"
)

// The channel-shaped form of typed streams, on top of the core in
// typed_stream.go. Each direction costs a goroutine; the core costs none.

// Register registers fn with m under a subroute, if one is given. in is closed at
// the end of the client's input, and only then; out is closed by the runtime.
// Select on ctx with both: a stream that is over takes and gives nothing more. What
// went to out must not be changed afterwards: nobody tells when it was sent.
// Where the stream has no such direction, the channel is nil.
func (h *StreamingHandler[P, In, Out]) Register(m *Manager, fn func(ctx context.Context, payload P, in <-chan In, out chan<- Out) error, subroute ...string) error {
	return m.Register(h.Handle(func(ctx context.Context, payload P, in *Receiver[In], out *Sender[Out]) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var received chan In
		if h.settings.inCap > 0 {
			in.empty = h.newIn // whatever WithReuse says: one is in the channel while the next arrives
			received = make(chan In)
			m.goroutines.Go(func() { receiveInto(ctx, in, received, cancel) })
		}
		if h.settings.outCap == 0 {
			return fn(ctx, payload, received, nil)
		}
		return sendFrom(m, out, cancel, func(send chan<- Out) error { return fn(ctx, payload, received, send) })
	}, subroute...))
}

// RegisterNoInput registers a handler of a stream whose client sends nothing.
func (h *StreamingHandler[P, In, Out]) RegisterNoInput(m *Manager, fn func(ctx context.Context, payload P, out chan<- Out) error, subroute ...string) error {
	return h.Register(m, func(ctx context.Context, payload P, _ <-chan In, out chan<- Out) error {
		return fn(ctx, payload, out)
	}, subroute...)
}

// RegisterNoPayload registers a handler of a stream that begins without payload.
func (h *StreamingHandler[P, In, Out]) RegisterNoPayload(m *Manager, fn func(ctx context.Context, in <-chan In, out chan<- Out) error, subroute ...string) error {
	return h.Register(m, func(ctx context.Context, _ P, in <-chan In, out chan<- Out) error {
		return fn(ctx, in, out)
	}, subroute...)
}

// receiveInto moves messages to a channel. A message that cannot be decoded
// cancels the handler: nothing is left out silently.
func receiveInto[T Message](ctx context.Context, from *Receiver[T], to chan<- T, cancel func()) {
	for {
		msg, err := from.Recv()
		if err == io.EOF {
			close(to)
			return
		}
		if err != nil {
			cancel()
			return
		}
		select {
		case to <- msg:
		case <-ctx.Done():
			return
		}
	}
}

// sendFrom runs fn with a channel whose messages are sent, and returns when all
// of them are. A message that cannot be sent stops fn, and is the result if fn
// has none.
func sendFrom[T Message](m *Manager, out *Sender[T], stop func(), fn func(chan<- T) error) error {
	messages := make(chan T)
	sent := make(chan error, 1)
	m.goroutines.Go(func() {
		var fault error
		for msg := range messages { // goes on after a fault, so that nobody blocks
			if fault != nil {
				continue
			}
			if fault = out.Send(msg); fault != nil {
				stop()
			}
		}
		sent <- fault
	})
	returned := false
	defer func() {
		if !returned {
			close(messages)
		}
	}()
	err := fn(messages)
	returned = true
	close(messages)
	if fault := <-sent; err == nil && fault != nil {
		return fault
	}
	return err
}

// TypedResponse is what arrives on the Responses of a TypedStream.
type TypedResponse[T any] struct {
	Msg T
	Err error
}

// TypedStream is the channel-shaped client side of a typed stream; see Stream.
type TypedStream[In, Out Message] struct {
	// Responses is closed after an error, and at the end; see Stream.
	Responses <-chan TypedResponse[Out]
	// Requests is nil where the handler takes no input. The caller closes it to
	// end the input. What went there must not be changed afterwards.
	Requests chan<- In

	cancel context.CancelFunc
	err    error // the end, nil for a good one; set before Responses is closed
}

// Call begins a stream in its channel-shaped form. It lives as long as ctx, which
// must end, or Responses must be read to their end and Requests be closed.
func (h *StreamingHandler[P, In, Out]) Call(ctx context.Context, c Caller, payload P) (*TypedStream[In, Out], error) {
	opener := ctx
	ctx, cancel := context.WithCancel(ctx)
	st, err := h.Open(ctx, c, payload)
	if err != nil {
		cancel()
		return nil, err
	}
	responses := make(chan TypedResponse[Out], 1) // see deliver
	out := &TypedStream[In, Out]{Responses: responses, cancel: cancel}
	m := st.receiver.st.s.m
	m.goroutines.Go(func() {
		defer cancel()
		defer close(responses)
		out.err = deliver(ctx, m, st.Recv, responses, func(msg Out, err error) TypedResponse[Out] {
			return TypedResponse[Out]{msg, err}
		})
	})
	if h.settings.inCap > 0 {
		requests := make(chan In)
		out.Requests = requests
		m.goroutines.Go(func() { sendRequests(opener, st, requests) })
	}
	return out, nil
}

// sendRequests moves requests from a channel to a stream. It goes on taking them
// after the stream has ended, until the channel is closed or ctx ends, so that
// nobody blocks on a stream that is over.
func sendRequests[In, Out Message](ctx context.Context, st *Duplex[In, Out], from <-chan In) {
	core := st.sender.st
	for {
		select {
		case msg, ok := <-from:
			if !ok {
				_ = st.CloseSend() // an error here is the stream's end, which Responses tells
				return
			}
			core.checkSent(st.Send(msg))
		case <-ctx.Done():
			return
		case <-core.s.m.closed:
			return
		}
	}
}

// Results calls fn for each response. An error of fn cancels the handler and is
// returned; otherwise Results returns how the stream ended: nil only if the
// handler returned nil and fn was given all that it sent.
func (s *TypedStream[In, Out]) Results(fn func(Out) error) error {
	defer s.cancel()
	for r := range s.Responses {
		if r.Err != nil {
			return r.Err
		}
		if err := fn(r.Msg); err != nil {
			return err
		}
	}
	return s.err
}

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
	c.settings.inCap = n
	return &c
}

// WithOutCapacity returns the handler with another capacity for what the handler
// sends, 1 to 65535.
func (h *StreamingHandler[P, In, Out]) WithOutCapacity(n int) *StreamingHandler[P, In, Out] {
	c := *h
	c.settings.outCap = n
	return &c
}

// NewPayload returns an empty payload.
func (h *StreamingHandler[P, In, Out]) NewPayload() P { return h.newPayload() }

// NewRequest returns an empty message of the client.
func (h *StreamingHandler[P, In, Out]) NewRequest() In { return h.newIn() }

// NewResponse returns an empty message of the handler.
func (h *StreamingHandler[P, In, Out]) NewResponse() Out { return h.newOut() }
