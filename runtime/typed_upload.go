package grid

import (
	"context"
	"io"
)

// AnsweredUpload is the client's side of a stream on which only the client sends, and
// which ends with one response of the handler. On the wire the response is the only
// message of the other direction.
type AnsweredUpload[T, Answer Message] struct {
	sender   Sender[T]
	receiver Receiver[Answer]

	over   bool // the rest is set
	answer Answer
	err    error
}

// Send sends one message; see Sender.Send. It returns io.EOF if the handler has
// returned already: then CloseAndRecv has its response.
func (u *AnsweredUpload[T, Answer]) Send(msg T) error { return u.sender.Send(msg) }

// CloseAndRecv ends the input of the handler, whose Recv then returns io.EOF, and waits
// for the response, which belongs to the caller. It returns the error of the handler, or
// of a message that could not be sent. A second call returns the same. One goroutine at a
// time may use it.
func (u *AnsweredUpload[T, Answer]) CloseAndRecv() (Answer, error) {
	if !u.over {
		_ = u.sender.st.CloseSend() // an error means that the stream is over, and Recv tells why
		u.answer, u.err = u.recv()
		u.over = true
	}
	return u.answer, u.err
}

// recv receives the response, and the end behind it: the handler may have failed after
// it was sent, by an interceptor.
func (u *AnsweredUpload[T, Answer]) recv() (none Answer, err error) {
	answer, err := u.receiver.Recv()
	if err == io.EOF {
		return none, &Error{Code: Internal, Outcome: Ran, Message: "the stream ended without its response"}
	}
	if err != nil {
		return none, err
	}
	if _, err = u.receiver.Recv(); err == io.EOF {
		return answer, nil
	}
	if err == nil {
		u.Close()
		err = &Error{Code: Internal, Outcome: MayHaveRun, Message: "the handler sent more than the one response of the stream"}
	}
	return none, err
}

// Close ends the stream at once; see Receiver.Close.
func (u *AnsweredUpload[T, Answer]) Close() { u.receiver.Close() }

// Draining returns a channel that is closed when either end begins to shut down.
func (u *AnsweredUpload[T, Answer]) Draining() <-chan struct{} { return u.receiver.Draining() }

// OpenAnsweredUpload begins a stream that the client sends on, and that ends with one
// response. It lives as long as ctx.
func (h *StreamingHandler[P, In, Out]) OpenAnsweredUpload(ctx context.Context, c Caller, payload P) (*AnsweredUpload[In, Out], error) {
	st, cancel, err := h.open(ctx, c, payload)
	if err != nil {
		return nil, err
	}
	return &AnsweredUpload[In, Out]{
		sender:   h.sender(st),
		receiver: Receiver[Out]{st: st, empty: h.newOut, declared: h.settings.Errors, cancel: cancel},
	}, nil
}

// HandleAnswered is Handle for a stream that ends with one response, which fn returns. fn
// may return before it has received everything; what the client sends after that is
// dropped.
func (h *StreamingHandler[P, In, Out]) HandleAnswered(fn func(ctx context.Context, payload P, in *Receiver[In]) (Out, error), subroute ...string) Registration {
	if fn == nil {
		return h.Handle(nil, subroute...)
	}
	return h.Handle(func(ctx context.Context, payload P, in *Receiver[In], out *Sender[Out]) error {
		answer, err := fn(ctx, payload, in)
		if err != nil {
			return err
		}
		if isNil(answer) {
			return &Error{Code: Internal, Message: "the handler returned neither a response nor an error"}
		}
		return out.Send(answer)
	}, subroute...)
}
