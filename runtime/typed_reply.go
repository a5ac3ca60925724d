package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/status"
)

// What all forms of a typed call share, once the request is encoded.

// exchange makes the call of an encoded request and returns the encoded answer.
// msg and err are what came of the request.
func exchange(ctx context.Context, c Caller, id HandlerID, s *handlers.Settings, msg bufs.Encoded, err error) ([]byte, error) {
	if err != nil {
		return nil, unsent(c, msg, err)
	}
	reply, err := c.request(ctx, id, s, msg)
	return reply, over(c, s, msg, err)
}

// unsent is the error of a call whose request could not be encoded.
func unsent(c Caller, msg bufs.Encoded, err error) error {
	c.buffers().Put(msg.Flat)
	return unencodableRequest(err)
}

// over gives the buffer of a request back once its call is over, and decodes the fields of
// the error that the call has ended with, if any.
func over(c Caller, s *handlers.Settings, msg bufs.Encoded, err error) error {
	if !c.exposed() {
		c.buffers().Put(msg.Flat) // nothing refers to it any more
	}
	if err != nil {
		return handlers.DecodeDetail(err, s.Errors)
	}
	return nil
}

// decodeReply sets resp to an answer, whose buffer goes back to the pool unless
// resp may keep it and does.
func decodeReply(c Caller, resp Message, reply []byte, mayKeep bool) error {
	ours := !c.exposed()
	kept, err := unmarshal(resp, reply, ours && mayKeep)
	switch {
	case kept:
		c.buffers().Lend(reply)
	case ours:
		c.buffers().Put(reply)
	}
	if err != nil {
		return &Error{Code: InvalidArgument, Outcome: Ran, Message: "the answer cannot be decoded: " + status.TextOf(err), Cause: err}
	}
	return nil
}

func unencodableRequest(err error) error { return notSent("the request", NotSent, err) }

// unmarshal decodes a message. Where the buffer is the message's to keep it may do
// so, with long bytes in it, and says so; see codec.UnmarshalOwned.
func unmarshal(m Message, b []byte, mayKeep bool) (kept bool, err error) {
	if mayKeep {
		return codec.UnmarshalOwned(m, b)
	}
	_, err = m.UnmarshalMsg(b)
	return false, err
}

// CallInto is like Call, but decodes the response into resp, which may be used again for
// the next call. The previous content of resp is replaced as if resp were new; the memory
// of its bytes, lists and maps is reused where it suffices, so copy what you keep beyond
// the next call. After an error the content of resp is unspecified. One call at a time
// may use resp; it may be the same message as req.
//
// It does not need WithReuse. For messages that gridc did not generate, UnmarshalMsg
// decides what is reused.
func (h *SingleHandler[Req, Resp]) CallInto(ctx context.Context, c Caller, req Req, resp Resp) error {
	msg, err := marshalChecked(req, c.buffers(), !c.exposed(), h.settings.Rules)
	return h.callInto(ctx, c, msg, err, resp)
}

// CallEncodedInto is CallInto in two steps, for generated code; see CallEncoded.
func (h *SingleHandler[Req, Resp]) CallEncodedInto(ctx context.Context, c Caller, e *codec.Encoder, resp Resp) error {
	payload, err := e.Done()
	return h.callInto(ctx, c, bufs.Encoded{Flat: payload, Lent: e.Lent()}, err, resp)
}

func (h *SingleHandler[Req, Resp]) callInto(ctx context.Context, c Caller, msg bufs.Encoded, err error, resp Resp) error {
	reply, err := exchange(ctx, c, h.id, &h.settings, msg, err)
	if err != nil {
		return err
	}
	return decodeReply(c, resp, reply, false) // resp has memory of its own
}

// marshal encodes a message into a pooled buffer. Where it may lend, the message
// must stay as it is until it has been sent.
func marshal(m Message, pool *bufs.Pool, mayLend bool) (bufs.Encoded, error) {
	n := codec.Room(m.Msgsize())
	if mayLend && n >= codec.LendFrom {
		if whole, ok := any(m).(*Bytes); ok {
			return bufs.Encoded{Flat: nil, Lent: &codec.Lent{Bytes: *whole}}, nil
		}
		b, lent, err := codec.MarshalLent(m, pool.Get(n))
		return bufs.Encoded{Flat: b, Lent: lent}, err
	}
	b, err := m.MarshalMsg(pool.Get(n))
	return bufs.Encoded{Flat: b}, err
}
