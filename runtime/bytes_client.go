package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
)

// Response is what arrives on the Responses of a Stream: a message, or why there
// will be no more.
type Response = TypedResponse[[]byte]

// Stream is the channel-shaped client side of a stream.
//
// Two ends that both only send block each other once the credit is used up:
// receive while sending.
type Stream struct {
	// Responses delivers what the handler sends. It is closed after an error, and
	// at the end: closed without an error before means that the stream ended well.
	// Who reads on after the context has ended may miss messages, but not the
	// error. Messages belong to the receiver.
	Responses <-chan Response
	// Requests takes what goes to the handler; it is nil where the handler takes
	// no input. The caller closes it to end the input. Sends to it must be
	// selected with the context's Done if the stream may end before them. A
	// message that cannot be sent ends the stream with an error.
	Requests chan<- []byte

	channels *channels[[]byte, []byte]
}

// NewStream begins a stream with the handler id of the peer. It lives as long as
// ctx. payload is not kept.
func (c *Connection) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, c, id, payload)
}

func (x *subConnection) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, x, id, payload)
}

func newChannelStream(ctx context.Context, c Caller, id HandlerID, payload []byte) (*Stream, error) {
	st, err := c.open(ctx, id, calls.Options{}, append([]byte(nil), payload...))
	if err != nil {
		return nil, err
	}
	both := newChannels(ctx, st, st.Out.TakesInput, st.RecvOwn, func(msg []byte) error { return st.Send(msg, false) })
	return &Stream{Responses: both.responses, Requests: both.requests, channels: both}, nil
}

// Draining returns a channel that is closed when either end begins to shut down: a
// stream without a natural end should then come to one.
func (s *Stream) Draining() <-chan struct{} { return s.channels.st.S.Drain }

// Results calls fn for each message. An error of fn cancels the handler and is
// returned, and so does a panic; otherwise Results returns how the stream ended: nil
// only if the handler returned nil and fn was given all that it sent.
func (s *Stream) Results(fn func(msg []byte) error) error { return s.channels.results(fn) }
