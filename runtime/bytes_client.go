package grid

import (
	"context"
	"errors"
	"io"
)

// Response is what arrives on the Responses of a Stream: a message, or why there
// will be no more.
type Response struct {
	Msg []byte
	Err error
}

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
	// selected with the context's Done if the stream may end before them.
	Requests chan<- []byte

	st  *stream
	err error // the end, nil for a good one; set before Responses is closed
}

// NewStream begins a stream with the handler id of the peer. It lives as long as
// ctx. payload is not kept.
func (c *Connection) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, c, id, payload)
}

func newChannelStream(ctx context.Context, c Caller, id HandlerID, payload []byte) (*Stream, error) {
	st, err := c.open(ctx, id, callSettings{}, append([]byte(nil), payload...))
	if err != nil {
		return nil, err
	}
	responses := make(chan Response, 1) // see deliver
	out := &Stream{Responses: responses, st: st}
	st.s.m.goroutines.Go(func() {
		defer close(responses)
		out.err = deliver(ctx, st.s.m, st.recv, responses, func(msg []byte, err error) Response {
			return Response{append([]byte(nil), msg...), err}
		})
	})
	if st.out.takesInput {
		requests := make(chan []byte)
		out.Requests = requests
		st.s.m.goroutines.Go(func() { pumpRequests(ctx, st, requests) })
	}
	return out, nil
}

// deliver moves messages from a stream to a channel of capacity 1, and returns how
// the stream ended: nil after io.EOF, and only then. Where the context or the node
// ends first there may be nobody who reads, so it does not wait: the error takes
// the place of the message that is still in the channel, and whoever reads on
// learns that something is missing. No other goroutine may send to the channel.
func deliver[M, R any](ctx context.Context, m *node, recv func() (M, error), to chan R, wrap func(M, error) R) error {
	for {
		msg, err := recv()
		if err == io.EOF {
			return nil
		}
		var cut *Error
		select {
		case to <- wrap(msg, err):
			if err != nil {
				return err
			}
			continue
		case <-ctx.Done():
			cut = contextError(ctx.Err())
		case <-m.closed:
			cut = &Error{Code: Disconnected, Message: "this node was shut down"}
		}
		if err == nil {
			err = cut.withOutcome(MayHaveRun)
		}
		select {
		case <-to:
		default:
		}
		var none M
		to <- wrap(none, err)
		return err
	}
}

// pumpRequests moves messages from a channel to a stream. It goes on taking them
// after the stream has ended, until the channel is closed or ctx ends, so that
// nobody blocks on a stream that is over.
func pumpRequests(ctx context.Context, st *stream, from <-chan []byte) {
	for {
		select {
		case msg, ok := <-from:
			if !ok {
				_ = st.closeSend() // an error here is the stream's end, which Responses tells
				return
			}
			st.checkSent(st.send(msg, false))
		case <-ctx.Done():
			return
		case <-st.s.m.closed:
			return
		}
	}
}

// checkSent looks after the error of a send that nobody else will see. The end of
// the stream is told by its receiving side; but where it was the message that
// could not be sent, the stream has a gap now and must not go on.
func (st *stream) checkSent(err error) {
	var e *Error
	if errors.As(err, &e) && !e.Remote && e.Outcome == 0 && !st.in.isOver() {
		st.giveUp(e)
	}
}

// Results calls fn for each message. An error of fn cancels the handler and is
// returned; otherwise Results returns how the stream ended: nil only if the
// handler returned nil and fn was given all that it sent.
func (s *Stream) Results(fn func(msg []byte) error) error {
	for r := range s.Responses {
		if r.Err != nil {
			return r.Err
		}
		if err := fn(r.Msg); err != nil {
			s.st.giveUp(&Error{Code: Canceled, Message: "the receiver gave up"})
			for range s.Responses { // lets the pump end
			}
			return err
		}
	}
	return s.err
}
