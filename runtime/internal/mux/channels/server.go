package channels

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// Serve runs fn, a channel-shaped handler, on top of the core: bytes and
// typed ones alike. What fn sent goes out before its result; a message that could not be
// sent, or not be received, stops fn, and is the result if fn has none of its own.
func Serve[In, Out any](ctx context.Context, st *streams.Stream, recv func() (In, error), send func(Out) error, fn func(context.Context, <-chan In, chan<- Out) error) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var in chan In
	var out chan Out
	if st.H.InCap > 0 {
		var missing func() *status.Error
		in, missing = receiving(ctx, st, recv, stop)
		defer func() {
			if e := missing(); e != nil && notItsOwn(err) {
				err = e
			}
		}()
	}
	if st.H.OutCap > 0 {
		var finish func() error
		out, finish = sending(st, send, stop)
		defer func() {
			if fault := finish(); fault != nil && notItsOwn(err) {
				err = fault
			}
		}()
	}
	return fn(ctx, in, out)
}

// receiving returns a channel of what recv returns. A message that cannot be had stops
// the handler, and missing returns why.
func receiving[T any](ctx context.Context, st *streams.Stream, recv func() (T, error), stop func()) (in chan T, missing func() *status.Error) {
	in = make(chan T)
	var why atomic.Pointer[status.Error]
	lost := func(e *status.Error) {
		why.Store(e)
		stop()
	}
	st.S.M.Spawn(messageCode, func() {
		if e := receiveInto(ctx, recv, in); e != nil && !st.In.IsAborted() {
			lost(e) // what ended the stream ends its context, too
		}
	}, lost)
	return in, why.Load
}

// sending returns a channel whose messages are sent. finish is called when the handler
// has returned, and returns when all of them are sent, or why one was not. Once one
// cannot be sent the handler is stopped and the others are dropped, so that nobody
// blocks.
//
// The channel is never closed: a goroutine of the handler's that still wants to send
// would panic, even if it heeds its context, and the process end.
func sending[T any](st *streams.Stream, send func(T) error, stop func()) (out chan T, finish func() error) {
	out = make(chan T)
	returned := make(chan struct{})
	sent := make(chan error, 1)
	drop := func(fault error) {
		stop()
		for dropped := true; dropped; {
			_, dropped = nextOut(out, returned)
		}
		sent <- fault
	}
	st.S.M.Spawn(messageCode, func() {
		if fault := sendFrom(out, returned, send); fault != nil {
			drop(fault)
			return
		}
		sent <- nil
	}, func(e *status.Error) { drop(e) })
	return out, func() error {
		close(returned)
		return <-sent // at the end of the stream at the latest
	}
}

// nextOut returns the next message from a channel, or false once the handler has returned,
// even where somebody waits to send one: whoever had to wait until then is cut short,
// always, and not only where a select happens to choose so.
func nextOut[T any](from <-chan T, returned <-chan struct{}) (msg T, ok bool) {
	select {
	case <-returned:
		return msg, false
	default:
	}
	select {
	case msg, ok = <-from:
		if !ok { // the handler has closed it
			<-returned
		}
	case <-returned:
	}
	return msg, ok
}

// notItsOwn reports whether a handler has no error, or only that its context was ended.
func notItsOwn(err error) bool {
	own := err != nil
	left := status.MaxWrapped
	status.EachError(err, &left, func(one error) { own = own && !status.IsError(one, context.Canceled) })
	return !own
}

// receiveInto moves messages to a channel, which it closes at the end of input and
// only then. It returns any other end: nothing is left out silently.
func receiveInto[T any](ctx context.Context, recv func() (T, error), to chan<- T) *status.Error {
	for {
		msg, err := recv()
		if err == io.EOF {
			close(to)
			return nil
		}
		if err != nil {
			e, _ := err.(*status.Error) // else the handler has returned
			return e
		}
		select {
		case to <- msg:
		case <-ctx.Done():
			return nil
		}
	}
}

// sendFrom sends messages from a channel until the handler has returned, or one cannot
// be sent.
func sendFrom[T any](from <-chan T, returned <-chan struct{}, send func(T) error) error {
	for {
		msg, ok := nextOut(from, returned)
		if !ok {
			break
		}
		if err := send(msg); err != nil {
			return err
		}
	}
	select {
	case _, cut := <-from:
		if cut {
			return cutShort
		}
	default:
	}
	return nil
}

// cutShort is the end of a stream whose handler returned while another goroutine of its
// was about to send.
var cutShort = &status.Error{Code: status.Internal, Message: "the handler returned while a message was being sent"}
