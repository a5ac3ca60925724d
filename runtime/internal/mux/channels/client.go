package channels

import (
	"context"
	"io"

	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/status"
)

//

// Response is what a client is given: a message, or why there will be no more. The type
// is its user's.
type Response[Out any] interface {
	~struct {
		Msg Out
		Err error
	}
}

// response is how a Response is looked into.
type response[Out any] = struct {
	Msg Out
	Err error
}

// Ends are the two that the client of a channel-shaped stream has. Each direction costs
// a goroutine; package streams costs none.
type Ends[In, Out any, R Response[Out]] struct {
	Stream    *streams.Stream
	Responses chan R
	Requests  chan In // nil where the handler takes no input
	err       error   // the end, nil for a good one; set before Responses is closed
}

// New moves what recv returns to one channel, and what comes from the other
// to send if input says that there is one, for as long as ctx, which is fenced. A message that cannot
// be sent breaks the stream off.
func New[In, Out any, R Response[Out]](ctx context.Context, st *streams.Stream, input bool, recv func() (Out, error), send func(In) error) *Ends[In, Out, R] {
	c := &Ends[In, Out, R]{Stream: st, Responses: make(chan R, 1)} // see deliver
	m := st.S.M
	delivered := m.Deliveries.Begin(st.S.Peer)
	m.Spawn(messageCode, func() {
		defer delivered()
		c.end(deliver(ctx, m, recv, c.Responses))
	}, c.crashed)
	if input {
		c.Requests = make(chan In)
		m.Spawn(messageCode, func() { sendRequests(ctx, st, send, c.Requests) }, func(e *status.Error) {
			st.GiveUp(e)
			m.Goroutines.Go(func() { dropRequests(ctx, m, c.Requests) })
		})
	}
	return c
}

// messageCode is what a panic is put down to in a method of a message, or in what
// makes an empty one, where the runtime's own goroutines call it.
const messageCode = "code of a message"

// end is the last thing that deliver's goroutine does.
func (c *Ends[In, Out, R]) end(err error) {
	c.err = err
	close(c.Responses)
}

// crashed ends the stream where deliver could not go on.
func (c *Ends[In, Out, R]) crashed(e *status.Error) {
	e = status.WithOutcome(e, c.Stream.Outcome())
	c.Stream.GiveUp(e)
	replace(c.Responses, R(response[Out]{Err: e}))
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
func deliver[M any, R Response[M]](ctx context.Context, m *node.Node, recv func() (M, error), to chan R) error {
	for {
		msg, err := recv()
		if err == io.EOF {
			return nil
		}
		var cut *status.Error
		select {
		case to <- R(response[M]{msg, err}):
			if err != nil {
				return err
			}
			continue
		case <-ctx.Done():
			cut = status.ContextError(ctx)
		case <-m.Closed:
			cut = &status.Error{Code: status.Disconnected, Message: "this node was shut down"}
		}
		if err == nil {
			err = status.WithOutcome(cut, status.MayHaveRun)
		}
		replace(to, R(response[M]{Err: err}))
		return err
	}
}

// sendRequests moves requests from a channel to a stream. It goes on taking them
// after the stream has ended, until the channel is closed or ctx ends, so that
// nobody blocks on a stream that is over. How that ended, Responses tells.
func sendRequests[In any](ctx context.Context, st *streams.Stream, send func(In) error, from <-chan In) {
	for {
		select {
		case msg, ok := <-from:
			if !ok {
				_ = st.CloseSend()
				return
			}
			_ = send(msg)
		case <-ctx.Done():
			return
		case <-st.S.M.Closed:
			return
		}
	}
}

// dropRequests takes requests for a stream that is over.
func dropRequests[In any](ctx context.Context, m *node.Node, from <-chan In) {
	for {
		select {
		case _, ok := <-from:
			if !ok {
				return
			}
		case <-ctx.Done():
			return
		case <-m.Closed:
			return
		}
	}
}

// Results calls fn for each response, and ends the stream however it is left.
func (c *Ends[In, Out, R]) Results(fn func(Out) error) error {
	defer func() {
		c.Stream.GiveUp(&status.Error{Code: status.Canceled, Message: "the receiver gave up"}) // nothing where it is over
		for range c.Responses {                                                                // lets deliver end
		}
	}()
	for one := range c.Responses {
		r := response[Out](one)
		if r.Err != nil {
			return r.Err
		}
		if err := fn(r.Msg); err != nil {
			return err
		}
	}
	return c.err
}
