package grid

import (
	"context"
	"io"
	"iter"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// Sender is the sending side of a stream. Several goroutines may use it at once; the
// order between their messages is not defined.
type Sender[T Message] struct {
	st       *streams.Stream
	declared map[Code]ErrorType // client only
	rules    bool               // client only: those of the schema are to be checked
}

// Send sends one message. It waits until the receiver has room for it. msg is not kept.
// Send returns io.EOF if the other end has ended the stream normally, and otherwise the
// error of the stream, as Recv does.
//
// If a message cannot be encoded, breaks a rule of its schema, or is larger than the peer
// accepts, the stream fails, so that the receiver does not take the earlier messages for all of them. At the client,
// the stream ends at once, and Recv and Finish return that error, too. At the server, the
// stream ends with that error when the handler returns, unless the handler returns
// another error.
func (s *Sender[T]) Send(msg T) error {
	b, err := encodeFor(s.st, msg, s.rules)
	switch {
	case err != nil:
		return unencodable(s.st, explained(msg, err))
	case b.Lent == nil && len(b.Flat) <= streams.OwnBody:
		err = s.st.SendSmall(b.Flat, true)
	default:
		err = s.st.SendLong(b)
	}
	if err != nil {
		err = handlers.DecodeDetail(err, s.declared)
	}
	return err
}

// unencodable breaks a stream off for a message that cannot be encoded.
func unencodable(st *streams.Stream, err error) error {
	return st.BreakOff(notSent("the message", 0, err))
}

// encodeFor encodes a message of a stream. Long bytes of the message stay where they are,
// because Send returns only when they are sent. If the encoding panics the stream is broken
// off, for the caller may recover and send on.
func encodeFor(st *streams.Stream, msg Message, rules bool) (bufs.Encoded, error) {
	done := false
	defer func() {
		if !done {
			_ = st.BreakOff(errEncodingPanicked) // the panic tells
		}
	}()
	var b bufs.Encoded
	var err error
	if rules {
		b, err = marshalChecked(msg, &st.S.M.Buffers, true, true)
	} else { // one call less: the stacks of handlers stay small
		b, err = marshal(msg, &st.S.M.Buffers, true)
	}
	done = true
	return b, err
}

var errEncodingPanicked = &Error{Code: Internal, Message: "the encoding of a message panicked"}

// Draining returns a channel that is closed when either end begins to shut down. End a
// stream then that has no natural end.
func (s *Sender[T]) Draining() <-chan struct{} { return s.st.S.Drain }

// Receiver is the receiving side of a stream. One goroutine at a time may use it.
type Receiver[T Message] struct {
	st       *streams.Stream
	empty    func() T
	look     func(T) error      // server only: at each message, nil for nothing
	declared map[Code]ErrorType // client only
	cancel   context.CancelFunc // client only
	err      error              // the end, once it was seen
}

// Recv returns the next message. It belongs to the caller; in a handler with WithReuse
// only until the next Recv. Recv returns io.EOF at the normal end: on the client after
// the handler returned nil, on the server after the client closed its sending side. Any
// other error means that messages may be missing.
func (r *Receiver[T]) Recv() (T, error) {
	var none T
	if err := r.await(); err != nil {
		return none, err
	}
	raw, msg := r.st.Next(), r.empty()
	var err error
	if r.st.Read.Last == nil { // the message lies among others
		_, err = msg.UnmarshalMsg(raw)
	} else {
		err = unmarshalLast(r.st, msg)
	}
	if err := r.decoded(msg, err); err != nil {
		return none, err
	}
	return msg, nil
}

// RecvInto is like Recv, but decodes into msg, which may be used again for the next
// message. The previous content of msg is replaced as if msg were new; the memory of its
// bytes, lists and maps is reused where it suffices, so copy what you keep beyond the
// next RecvInto. After an error the content of msg is unspecified.
func (r *Receiver[T]) RecvInto(msg T) error {
	if err := r.await(); err != nil {
		return err
	}
	_, err := msg.UnmarshalMsg(r.st.Next()) // which has memory of its own
	return r.decoded(msg, err)
}

// await waits until there is a message, and remembers the end.
func (r *Receiver[T]) await() error {
	if r.err != nil {
		return r.err
	}
	if err := r.st.Await(); err != nil {
		r.end(handlers.DecodeDetail(err, r.declared))
	}
	return r.err
}

// decoded ends the stream if err says that a message could not be decoded, or where it
// is refused.
func (r *Receiver[T]) decoded(msg T, err error) error {
	if err != nil {
		r.end(undecodableIn(r.st, err))
		return r.err
	}
	r.st.Copied()
	if r.look != nil {
		r.err = r.look(msg)
	}
	return r.err
}

// unmarshalLast decodes a message that has its own buffer, which may become part
// of it.
func unmarshalLast(st *streams.Stream, msg Message) error {
	kept, err := unmarshal(msg, st.Read.Last, true)
	if kept {
		st.S.M.Buffers.Lend(st.Read.Last)
		st.Read.Last = nil
	}
	return err
}

// undecodableIn gives up a stream of which a message could not be decoded.
func undecodableIn(st *streams.Stream, err error) *Error {
	bad := &Error{Code: InvalidArgument, Outcome: MayHaveRun, Message: "a message of the stream cannot be decoded: " + status.TextOf(err), Cause: err}
	if st.Client {
		st.GiveUp(bad)
	}
	return bad
}

func (r *Receiver[T]) end(err error) {
	r.err = err
	if r.cancel != nil {
		r.cancel()
	}
}

// All iterates over the messages. An error other than the normal end comes last, with a
// nil message. On the client, leaving the loop in any way ends the stream.
func (r *Receiver[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer r.Close() // also where the loop's body panics; at the end it does nothing
		for {
			msg, err := r.Recv()
			if err == io.EOF || !yield(msg, err) || err != nil {
				return
			}
		}
	}
}

// Close ends the stream at once: the context of the handler is canceled, unread messages
// are dropped, and Recv returns an error. After the end of the stream it does nothing. It
// does nothing on the server either: there the stream ends when the handler returns. It
// may be called while other goroutines send and receive.
func (r *Receiver[T]) Close() {
	if !r.st.Client {
		return
	}
	r.st.GiveUp(&Error{Code: Canceled, Message: "the stream was closed"})
	if r.cancel != nil {
		r.cancel()
	}
}

// Draining returns a channel that is closed when either end begins to shut down.
func (r *Receiver[T]) Draining() <-chan struct{} { return r.st.S.Drain }

// Duplex is the client's side of a stream in both directions. Any number of
// goroutines may send while one receives.
//
// If client and handler both only send, both block as soon as the other end holds as many
// unread messages as it may: receive while sending.
type Duplex[Out, In Message] struct {
	sender   Sender[Out]
	receiver Receiver[In]
}

// Send sends one message; see Sender.Send.
func (d *Duplex[Out, In]) Send(msg Out) error { return d.sender.Send(msg) }

// CloseSend ends the input of the handler. The Recv of the handler returns io.EOF after
// all messages, including those of a Send that still waits. CloseSend returns the error
// of a message that could not be sent.
func (d *Duplex[Out, In]) CloseSend() error {
	return handlers.DecodeDetail(d.sender.st.CloseSend(), d.sender.declared)
}

// Recv returns the next message; see Receiver.Recv.
func (d *Duplex[Out, In]) Recv() (In, error) { return d.receiver.Recv() }

// RecvInto sets msg to the next message; see Receiver.RecvInto.
func (d *Duplex[Out, In]) RecvInto(msg In) error { return d.receiver.RecvInto(msg) }

// All ranges over the messages; see Receiver.All.
func (d *Duplex[Out, In]) All() iter.Seq2[In, error] { return d.receiver.All() }

// Close ends the stream at once; see Receiver.Close.
func (d *Duplex[Out, In]) Close() { d.receiver.Close() }

// Draining returns a channel that is closed when either end begins to shut down.
func (d *Duplex[Out, In]) Draining() <-chan struct{} { return d.receiver.Draining() }

// Upload is the client's side of a stream on which only the client sends.
type Upload[T Message] struct {
	sender Sender[T]
	end    Pending
}

// Send sends one message; see Sender.Send.
func (u *Upload[T]) Send(msg T) error { return u.sender.Send(msg) }

// Finish ends the input, as CloseSend does, and waits until the handler returns. It
// returns the error of the handler, or of a message that could not be sent.
func (u *Upload[T]) Finish() error {
	_ = u.sender.st.CloseSend() // an error means that the stream is over, and Wait tells why
	return u.end.Wait()
}

// Close ends the stream at once; see Receiver.Close.
func (u *Upload[T]) Close() { u.end.Close() }

// Draining returns a channel that is closed when either end begins to shut down.
func (u *Upload[T]) Draining() <-chan struct{} { return u.end.Draining() }

// Pending is the client's side of a stream without messages.
type Pending struct{ end Receiver[*NoPayload] }

// Wait waits until the handler has returned, and returns its error.
func (p *Pending) Wait() error {
	for {
		if _, err := p.end.Recv(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Close ends the stream at once; see Receiver.Close.
func (p *Pending) Close() { p.end.Close() }

// Draining returns a channel that is closed when either end begins to shut down.
func (p *Pending) Draining() <-chan struct{} { return p.end.Draining() }
