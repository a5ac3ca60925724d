package grid

import (
	"context"
	"io"
)

// serveChannels runs fn, a channel-shaped handler, on top of the core: bytes and
// typed ones alike. What fn sent goes out before its result; what could not be sent
// stops fn, and is the result if fn has none.
func serveChannels[In, Out any](ctx context.Context, st *stream, recv func() (In, error), send func(Out) error, fn func(context.Context, <-chan In, chan<- Out) error) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var in chan In
	if st.h.inCap > 0 {
		in = make(chan In)
		st.s.m.goroutines.Go(func() { receiveInto(ctx, recv, in, stop) })
	}
	if st.h.outCap == 0 {
		return fn(ctx, in, nil)
	}
	out := make(chan Out)
	sent := make(chan error, 1)
	st.s.m.goroutines.Go(func() { sent <- sendFrom(out, send, stop) })
	defer func() {
		close(out)
		if fault := <-sent; err == nil { // at the end of the stream at the latest
			err = fault
		}
	}()
	return fn(ctx, in, out)
}

// receiveInto moves messages to a channel, which it closes at the end of input and
// only then. Any other end cancels the handler: nothing is left out silently.
func receiveInto[T any](ctx context.Context, recv func() (T, error), to chan<- T, stop func()) {
	for {
		msg, err := recv()
		if err == io.EOF {
			close(to)
			return
		}
		if err != nil {
			stop()
			return
		}
		select {
		case to <- msg:
		case <-ctx.Done():
			return
		}
	}
}

// sendFrom sends messages from a channel until it is closed. Once one cannot be
// sent it stops the handler, drops the others, so that nobody blocks, and returns
// why.
func sendFrom[T any](from <-chan T, send func(T) error, stop func()) (fault error) {
	for msg := range from {
		if fault != nil {
			continue
		}
		if fault = send(msg); fault != nil {
			stop()
		}
	}
	return fault
}
