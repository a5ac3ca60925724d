package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	grid "github.com/gridrpc/gridc/runtime"
)

// duplex is a stream whose messages are bytes.
type duplex = grid.Duplex[*grid.Bytes, *grid.Bytes]

// stream makes the call of a handler of streams. Input that can be read twice is
// checked to its end before anything is sent; of a pipe each message is sent when it is
// there.
func (c *Call) stream(ctx context.Context, caller grid.Caller, in *Input) error {
	payload, err := c.prepare(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := c.Method.handler.OutCapacity
	if c.Method.handler.Response != nil {
		out = 1
	}
	h := grid.NewStreamingHandler(c.id(), grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithName(c.Method.handler.Name),
		grid.WithSchema(c.Method.table), grid.WithCapacity(0, out))
	st, err := h.Open(ctx, caller, grid.NewBytesWith(payload))
	if err != nil {
		return failed(err, c.Method)
	}
	defer st.Close()
	var broken atomic.Pointer[Failure]
	go func() {
		if f := c.feed(st, in); f != nil {
			broken.Store(f)
			st.Close()
		}
	}()
	if c.Method.handler.Response != nil {
		err = c.receiveResponse(st)
	} else {
		err = c.receive(st)
	}
	if f := broken.Load(); f != nil {
		return f
	}
	return err
}

// prepare reads the payload, and all messages where they can be read again.
func (c *Call) prepare(in *Input) (payload []byte, err error) {
	payload, err = in.request(c.Method)
	switch {
	case err != nil:
		return nil, err
	case c.Method.handler.In == nil:
		return payload, in.ended(c.Method)
	case in.seeker == nil:
		return payload, nil
	}
	for n := 1; err == nil; n++ {
		_, err = in.message(c.Method, n)
	}
	if err != io.EOF {
		return nil, err
	}
	if _, err := in.rewind(); err != nil {
		return nil, badInput("the input cannot be read again: %v", err)
	}
	return in.request(c.Method)
}

// feed sends the messages of the input. It returns what is wrong with one of them: then
// the handler must not take those before it for all.
func (c *Call) feed(st *duplex, in *Input) *Failure {
	for n := 1; c.Method.handler.In != nil; n++ {
		encoded, err := in.message(c.Method, n)
		if err == io.EOF {
			break
		}
		if f, ok := errors.AsType[*Failure](err); ok {
			f.Outcome = grid.MayHaveRun
			f.Message += fmt.Sprintf("; the stream was begun and %d of its messages sent, so it was canceled", n-1)
			return f
		}
		if st.Send(grid.NewBytesWith(encoded)) != nil {
			return nil // the stream is over, and Recv tells why
		}
	}
	_ = st.CloseSend() // likewise
	return nil
}

// receive prints what comes until the end.
func (c *Call) receive(st *duplex) error {
	for {
		msg, err := st.Recv()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return failed(err, c.Method)
		}
		if err := c.show(c.Method.handler.Out, *msg); err != nil {
			return err
		}
	}
}

// receiveResponse prints the one response of a stream, when the end has come after it.
func (c *Call) receiveResponse(st *duplex) error {
	response, err := st.Recv()
	if err == io.EOF {
		return &Failure{Code: grid.Internal, Outcome: grid.Ran, Message: "the stream ended without its response"}
	}
	if err != nil {
		return failed(err, c.Method)
	}
	switch _, err := st.Recv(); {
	case err == io.EOF:
		return c.show(c.Method.handler.Response, *response)
	case err != nil:
		return failed(err, c.Method)
	}
	return &Failure{Code: grid.Internal, Outcome: grid.MayHaveRun, Message: "the handler sent more than the one response of the stream"}
}
