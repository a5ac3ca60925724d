package grid

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// serveChannels runs fn, a channel-shaped handler, on top of the core: bytes and
// typed ones alike. What fn sent goes out before its result; a message that could not be
// sent, or not be received, stops fn, and is the result if fn has none of its own.
func serveChannels[In, Out any](ctx context.Context, st *streams.Stream, recv func() (In, error), send func(Out) error, fn func(context.Context, <-chan In, chan<- Out) error) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var in chan In
	var missing atomic.Pointer[Error]
	if st.H.InCap > 0 {
		in = make(chan In)
		lost := func(e *Error) {
			missing.Store(e)
			stop()
		}
		st.S.M.Spawn(messageCode, func() {
			if e := receiveInto(ctx, recv, in); e != nil && !st.In.IsAborted() {
				lost(e) // what ended the stream ends its context, too
			}
		}, lost)
		defer func() {
			if e := missing.Load(); e != nil && notItsOwn(err) {
				err = e
			}
		}()
	}
	if st.H.OutCap == 0 {
		return fn(ctx, in, nil)
	}
	out := make(chan Out)
	sent := make(chan error, 1)
	drop := func(fault error) {
		stop()
		for range out { // so that nobody blocks
		}
		sent <- fault
	}
	st.S.M.Spawn(messageCode, func() {
		if fault := sendFrom(out, send); fault != nil {
			drop(fault)
			return
		}
		sent <- nil
	}, func(e *Error) { drop(e) })
	defer func() {
		close(out)
		if fault := <-sent; fault != nil && notItsOwn(err) { // at the end of the stream at the latest
			err = fault
		}
	}()
	return fn(ctx, in, out)
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
func receiveInto[T any](ctx context.Context, recv func() (T, error), to chan<- T) *Error {
	for {
		msg, err := recv()
		if err == io.EOF {
			close(to)
			return nil
		}
		if err != nil {
			e, _ := err.(*Error) // else the handler has returned
			return e
		}
		select {
		case to <- msg:
		case <-ctx.Done():
			return nil
		}
	}
}

// sendFrom sends messages from a channel until it is closed, or one cannot be sent.
func sendFrom[T any](from <-chan T, send func(T) error) error {
	for msg := range from {
		if err := send(msg); err != nil {
			return err
		}
	}
	return nil
}
