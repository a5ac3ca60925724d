package grid

import (
	"context"
	"io"
)

// The client's side of channel-shaped streams, bytes and typed, on top of the core
// in stream.go. Each direction costs a goroutine; the core costs none.

// channels are the two ends that the user of a channel-shaped stream has.
type channels[In, Out any] struct {
	st        *stream
	responses chan TypedResponse[Out]
	requests  chan In // nil where the handler takes no input
	err       error   // the end, nil for a good one; set before responses is closed
}

// newChannels moves what recv returns to one channel, and what comes from the other
// to send if input says that there is one, for as long as ctx. A message that cannot
// be sent breaks the stream off.
func newChannels[In, Out any](ctx context.Context, st *stream, input bool, recv func() (Out, error), send func(In) error) *channels[In, Out] {
	c := &channels[In, Out]{st: st, responses: make(chan TypedResponse[Out], 1)} // see deliver
	m := st.s.m
	delivered := m.deliveries.begin(st.s.peer)
	m.spawn(messageCode, func() {
		defer delivered()
		c.end(deliver(ctx, m, recv, c.responses))
	}, c.crashed)
	if input {
		c.requests = make(chan In)
		m.spawn(messageCode, func() { sendRequests(ctx, st, send, c.requests) }, func(e *Error) {
			st.giveUp(e)
			m.goroutines.Go(func() { dropRequests(ctx, m, c.requests) })
		})
	}
	return c
}

// messageCode is what a panic is put down to in a method of a message, or in what
// makes an empty one, where the runtime's own goroutines call it.
const messageCode = "code of a message"

// end is the last thing that deliver's goroutine does.
func (c *channels[In, Out]) end(err error) {
	c.err = err
	close(c.responses)
}

// crashed ends the stream where deliver could not go on.
func (c *channels[In, Out]) crashed(e *Error) {
	e = withOutcome(e, c.st.outcome())
	c.st.giveUp(e)
	replace(c.responses, TypedResponse[Out]{Err: e})
	c.end(e)
}

// replace sends v in the place of what is still in the channel, of capacity 1, to which
// nobody else sends.
func replace[T any](to chan T, v T) {
	select {
	case <-to:
	default:
	}
	to <- v
}

// deliver moves messages from a stream to a channel of capacity 1, and returns how
// the stream ended: nil after io.EOF, and only then. Where the context or the node
// ends first there may be nobody who reads, so it does not wait: the error takes
// the place of the message that is still in the channel, and whoever reads on
// learns that something is missing. No other goroutine may send to the channel.
func deliver[M any](ctx context.Context, m *node, recv func() (M, error), to chan TypedResponse[M]) error {
	for {
		msg, err := recv()
		if err == io.EOF {
			return nil
		}
		var cut *Error
		select {
		case to <- TypedResponse[M]{msg, err}:
			if err != nil {
				return err
			}
			continue
		case <-ctx.Done():
			cut = contextError(ctx)
		case <-m.closed:
			cut = &Error{Code: Disconnected, Message: "this node was shut down"}
		}
		if err == nil {
			err = withOutcome(cut, MayHaveRun)
		}
		replace(to, TypedResponse[M]{Err: err})
		return err
	}
}

// sendRequests moves requests from a channel to a stream. It goes on taking them
// after the stream has ended, until the channel is closed or ctx ends, so that
// nobody blocks on a stream that is over. How that ended, Responses tells.
func sendRequests[In any](ctx context.Context, st *stream, send func(In) error, from <-chan In) {
	for {
		select {
		case msg, ok := <-from:
			if !ok {
				_ = st.closeSend()
				return
			}
			_ = send(msg)
		case <-ctx.Done():
			return
		case <-st.s.m.closed:
			return
		}
	}
}

// dropRequests takes requests for a stream that is over.
func dropRequests[In any](ctx context.Context, m *node, from <-chan In) {
	for {
		select {
		case _, ok := <-from:
			if !ok {
				return
			}
		case <-ctx.Done():
			return
		case <-m.closed:
			return
		}
	}
}

// results calls fn for each response, and ends the stream however it is left.
func (c *channels[In, Out]) results(fn func(Out) error) error {
	defer func() {
		c.st.giveUp(&Error{Code: Canceled, Message: "the receiver gave up"}) // nothing where it is over
		for range c.responses {                                              // lets deliver end
		}
	}()
	for r := range c.responses {
		if r.Err != nil {
			return r.Err
		}
		if err := fn(r.Msg); err != nil {
			return err
		}
	}
	return c.err
}
