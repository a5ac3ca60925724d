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
	// at the end. Messages belong to the receiver.
	Responses <-chan Response
	// Requests takes what goes to the handler; it is nil where the handler takes
	// no input. The caller closes it to end the input. Sends to it must be
	// selected with the context's Done if the stream may end before them.
	Requests chan<- []byte

	st *stream
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
	responses := make(chan Response)
	out := &Stream{Responses: responses, st: st}
	st.s.m.goroutines.Go(func() { pumpResponses(ctx, st, responses) })
	if st.out.takesInput {
		requests := make(chan []byte)
		out.Requests = requests
		st.s.m.goroutines.Go(func() { pumpRequests(ctx, st, requests) })
	}
	return out, nil
}

// pumpResponses moves messages from a stream to a channel.
func pumpResponses(ctx context.Context, st *stream, to chan<- Response) {
	defer close(to)
	for {
		msg, err := st.recv()
		if err == io.EOF {
			return
		}
		r := Response{Err: err}
		if err == nil {
			r.Msg = append([]byte(nil), msg...)
		}
		select {
		case to <- r:
		case <-ctx.Done():
			// One more try: who waits for the error shall have it.
			select {
			case to <- Response{Err: contextError(ctx.Err()).withOutcome(MayHaveRun)}:
			default:
			}
			return
		}
		if err != nil {
			return
		}
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
// returned; otherwise Results returns how the stream ended, nil for well.
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
	return nil
}
