package grid

import (
	"context"
	"reflect"
	"sync"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// UUID is a universally unique identifier, 16 bytes on the wire.
type UUID = codec.UUID

// IsAtLeastGenerated1 is named by generated code of the first form, so that a
// runtime that does not fit it fails to compile.
const IsAtLeastGenerated1 = true

// SingleHandler is a typed handler of single requests. The server registers it, the
// client calls it. It is safe for concurrent use.
type SingleHandler[Req, Resp Message] struct {
	id       HandlerID
	settings handlers.Settings
	newReq   func() Req
	newResp  func() Resp
	reqs     sync.Pool // of Req, used with WithReuse only
	resps    sync.Pool
}

// NewSingleHandler describes a handler. The two functions return empty messages.
func NewSingleHandler[Req, Resp Message](id HandlerID, newReq func() Req, newResp func() Resp, opts ...HandlerOption) *SingleHandler[Req, Resp] {
	return &SingleHandler[Req, Resp]{id: id, settings: settingsOf(id, opts), newReq: newReq, newResp: newResp}
}

// NewRequest returns an empty request, from the pool with WithReuse.
func (h *SingleHandler[Req, Resp]) NewRequest() Req { return take(&h.reqs, h.newReq, h.settings.Reuse) }

// NewResponse returns an empty response, from the pool with WithReuse.
func (h *SingleHandler[Req, Resp]) NewResponse() Resp {
	return take(&h.resps, h.newResp, h.settings.Reuse)
}

// PutResponse returns a response to the pool. It must not be used afterwards. Without
// WithReuse it does nothing.
func (h *SingleHandler[Req, Resp]) PutResponse(r Resp) { give(&h.resps, r, h.settings.Reuse) }

func take[T Message](p *sync.Pool, make func() T, reuse bool) T {
	if reuse {
		if v, ok := p.Get().(T); ok {
			return v
		}
	}
	return make()
}

func give[T Message](p *sync.Pool, v T, reuse bool) {
	if reuse && !isNil(v) {
		p.Put(v)
	}
}

// Call makes one call and waits for its result. The response belongs to the caller.
// errors.As finds an error that the handler declares.
func (h *SingleHandler[Req, Resp]) Call(ctx context.Context, c Caller, req Req) (Resp, error) {
	msg, err := marshalChecked(req, c.buffers(), !c.exposed(), h.settings.Rules)
	return h.call(ctx, c, msg, err)
}

// Encoder prepares e, which must be zero, for a request of at most n bytes, to be passed
// to CallEncoded.
func (h *SingleHandler[Req, Resp]) Encoder(c Caller, e *codec.Encoder, n int) {
	e.Start(c.buffers().Get(n), n)
	if n >= codec.LendFrom && !c.exposed() {
		e.Lend(new(codec.Lent)) // the caller waits until the request has been sent
	}
}

// CallEncoded is the second step of a call by generated code, which has encoded the
// request into e; see Encoder. e must not be used afterwards.
//
// Call encodes through an interface, which moves the request to the heap. Generated code
// calls the method of the request itself, so the request can stay on the stack: 6
// allocations for a call, both ends, instead of 7 (BenchmarkTypedCall).
func (h *SingleHandler[Req, Resp]) CallEncoded(ctx context.Context, c Caller, e *codec.Encoder) (Resp, error) {
	payload, err := e.Done()
	msg := bufs.Encoded{Flat: payload, Lent: e.Lent()}
	if err != nil {
		return h.received(c, nil, unsent(c, msg, err))
	}
	reply, err := c.request(ctx, h.id, &h.settings, msg) // here, not in exchange: see requestWith
	return h.received(c, reply, over(c, &h.settings, msg, err))
}

// call makes a call with what the request was encoded to, or could not be.
func (h *SingleHandler[Req, Resp]) call(ctx context.Context, c Caller, msg bufs.Encoded, err error) (Resp, error) {
	reply, err := exchange(ctx, c, h.id, &h.settings, msg, err)
	return h.received(c, reply, err)
}

// received decodes the answer of a call, if there is one.
func (h *SingleHandler[Req, Resp]) received(c Caller, reply []byte, err error) (Resp, error) {
	var none Resp
	if err != nil {
		return none, err
	}
	resp := h.NewResponse()
	if err := decodeReply(c, resp, reply, !h.settings.Reuse); err != nil {
		return none, err
	}
	return resp, nil
}

// Handle returns a Registration of fn, under a subroute if one is given. A request that
// cannot be decoded is rejected and never reaches fn. What fn returns must not be changed
// afterwards: long byte slices are sent without a copy.
func (h *SingleHandler[Req, Resp]) Handle(fn func(ctx context.Context, req Req) (Resp, error), subroute ...string) Registration {
	single := func(ctx context.Context, hc *handlers.Context, payload []byte) ([]byte, error) {
		req := h.NewRequest()
		if err := unmarshalRequest(hc, req, payload, !h.settings.Reuse); err != nil {
			return nil, undecodable(err)
		}
		if h.settings.Rules || hc.H.Looks != nil {
			if err := lookAt(ctx, hc.H, req); err != nil {
				return nil, err
			}
		}
		if err := hc.Begin(); err != nil {
			return nil, err
		}
		resp, err := fn(ctx, req)
		if err != nil {
			return nil, err // which may share memory with the request: that is not used again
		}
		if isNil(resp) {
			return nil, &Error{Code: Internal, Message: "the handler returned neither a response nor an error"}
		}
		reply, err := marshal(resp, &hc.S.M.Buffers, !hc.Intercepted())
		if err != nil {
			hc.S.M.Buffers.Put(reply.Flat)
			return nil, handlers.UnencodableAnswer(err)
		}
		if reply.Lent != nil {
			hc.Lent = reply.Lent
		}
		// Only now: the response may be the request itself, or share memory with
		// it. So only one of the two goes back.
		if reply.Lent != nil && h.settings.Reuse {
			reply.Lent.Done = func() { give(&h.reqs, req, true) }
		} else {
			give(&h.reqs, req, h.settings.Reuse)
		}
		return reply.Flat, nil
	}
	name, fault := joinSubroute(subroute)
	return Registration{&handlers.Handler{ID: h.id, Subroute: name, Fault: handlers.Needs(fault, "its function", fn == nil, "newReq", h.newReq == nil, "newResp", h.newResp == nil),
		Settings: h.settings, Lane: h.settings.Lane, Single: single, Request: reflect.TypeFor[Req]()}}
}

func undecodable(err error) error {
	return &Error{Code: InvalidArgument, Message: "the request cannot be decoded: " + status.TextOf(err)}
}

// Register registers fn with m under a subroute, if one is given.
func (h *SingleHandler[Req, Resp]) Register(m *Manager, fn func(ctx context.Context, req Req) (Resp, error), subroute ...string) error {
	return m.Register(h.Handle(fn, subroute...))
}

// StreamingHandler is a typed handler of streams. The server registers it, the client
// opens streams with it. Payload begins the stream; In is what the client sends, Out what
// the handler sends. Absent parts are *NoPayload.
type StreamingHandler[Payload, In, Out Message] struct {
	id         HandlerID
	settings   handlers.Settings
	newPayload func() Payload
	newIn      func() In
	newOut     func() Out
}

// defaultCapacity is how many messages a stream holds unread where nothing is said.
const defaultCapacity = 16

// NewStreamingHandler describes a handler of streams; Open and similar methods open one.
// The functions return empty messages.
func NewStreamingHandler[Payload, In, Out Message](id HandlerID, newPayload func() Payload, newIn func() In, newOut func() Out, opts ...HandlerOption) *StreamingHandler[Payload, In, Out] {
	h := &StreamingHandler[Payload, In, Out]{id: id, settings: settingsOf(id, opts), newPayload: newPayload, newIn: newIn, newOut: newOut}
	fillCapacity[In](&h.settings.InCap)
	fillCapacity[Out](&h.settings.OutCap)
	return h
}

// NewStream describes a handler of streams. It does not open a stream;
// Connection.NewStream does.
//
// Deprecated: use [NewStreamingHandler], which is the same.
//
//go:fix inline
func NewStream[Payload, In, Out Message](id HandlerID, newPayload func() Payload, newIn func() In, newOut func() Out, opts ...HandlerOption) *StreamingHandler[Payload, In, Out] {
	return NewStreamingHandler(id, newPayload, newIn, newOut, opts...)
}

// fillCapacity gives a direction its default, or none if nothing flows there.
func fillCapacity[T Message](n *int) {
	var v T
	if _, none := any(v).(*NoPayload); none {
		*n = 0
	} else if *n == 0 {
		*n = defaultCapacity
	}
}

// Handle returns a Registration of fn, under a subroute if one is given. The stream ends
// when fn returns.
func (h *StreamingHandler[P, In, Out]) Handle(fn func(ctx context.Context, payload P, in *Receiver[In], out *Sender[Out]) error, subroute ...string) Registration {
	serve := func(ctx context.Context, raw []byte, x any) error {
		st := x.(*streams.Stream)
		payload := h.newPayload()
		if _, err := payload.UnmarshalMsg(raw); err != nil {
			return undecodable(err)
		}
		if h.settings.Rules || st.Ctx.H.Looks != nil {
			if err := lookAt(ctx, st.Ctx.H, payload); err != nil {
				return err
			}
		}
		empty := h.received()
		if err := st.Ctx.Begin(); err != nil {
			return err
		}
		st.PayloadDecoded(raw)
		both := &struct { // one allocation
			in  Receiver[In]
			out Sender[Out]
		}{Receiver[In]{st: st, empty: empty, look: looksAt[In](ctx, st)}, Sender[Out]{st: st}}
		return fn(ctx, payload, &both.in, &both.out)
	}
	name, fault := joinSubroute(subroute)
	return Registration{&handlers.Handler{ID: h.id, Subroute: name, Fault: handlers.Needs(fault, "its function", fn == nil, "newPayload", h.newPayload == nil, "newIn", h.newIn == nil, "newOut", h.newOut == nil),
		Settings: h.settings, Lane: h.settings.Lane,
		Request: reflect.TypeFor[P](), In: reflect.TypeFor[In](),
		Stream: serve, InCap: h.settings.InCap, OutCap: h.settings.OutCap}}
}

// received returns what makes the messages that a handler receives: with WithReuse
// it is one message, again and again.
func (h *StreamingHandler[P, In, Out]) received() func() In {
	if !h.settings.Reuse {
		return h.newIn
	}
	msg := h.newIn()
	return func() In { return msg }
}

func (h *StreamingHandler[P, In, Out]) open(ctx context.Context, c Caller, payload P) (*streams.Stream, context.CancelFunc, error) {
	raw, err := h.encodePayload(c, payload)
	if err != nil {
		return nil, nil, unencodableRequest(err)
	}
	cancel := func() {}
	if h.settings.Timeout > 0 {
		ctx, cancel = context.WithTimeout(status.Fenced(ctx), h.settings.Timeout)
	}
	st, err := c.open(ctx, h.id, &h.settings, raw)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return st, cancel, nil
}

// encodePayload encodes what begins a stream, by the rules of its schema.
func (h *StreamingHandler[P, In, Out]) encodePayload(c Caller, payload P) ([]byte, error) {
	if h.settings.Rules {
		if err := validate(payload); err != nil {
			return nil, err
		}
	}
	raw, err := payload.MarshalMsg(c.buffers().Get(codec.Room(payload.Msgsize())))
	if err != nil {
		c.buffers().Put(raw)
	}
	return raw, explained(payload, err)
}

// Open begins a stream in both directions. It lives as long as ctx.
func (h *StreamingHandler[P, In, Out]) Open(ctx context.Context, c Caller, payload P) (*Duplex[In, Out], error) {
	st, cancel, err := h.open(ctx, c, payload)
	if err != nil {
		return nil, err
	}
	return &Duplex[In, Out]{h.sender(st), Receiver[Out]{st: st, empty: h.newOut, declared: h.settings.Errors, cancel: cancel}}, nil
}

// OpenReceiver begins a stream that the handler sends on.
func (h *StreamingHandler[P, In, Out]) OpenReceiver(ctx context.Context, c Caller, payload P) (*Receiver[Out], error) {
	st, cancel, err := h.open(ctx, c, payload)
	if err != nil {
		return nil, err
	}
	return &Receiver[Out]{st: st, empty: h.newOut, declared: h.settings.Errors, cancel: cancel}, nil
}

// OpenUpload begins a stream that the client sends on.
func (h *StreamingHandler[P, In, Out]) OpenUpload(ctx context.Context, c Caller, payload P) (*Upload[In], error) {
	st, cancel, err := h.open(ctx, c, payload)
	if err != nil {
		return nil, err
	}
	return &Upload[In]{h.sender(st), Pending{end: Receiver[*NoPayload]{st: st, empty: NewNoPayload, declared: h.settings.Errors, cancel: cancel}}}, nil
}

// OpenPending begins a stream without messages, for a handler that runs for long.
func (h *StreamingHandler[P, In, Out]) OpenPending(ctx context.Context, c Caller, payload P) (*Pending, error) {
	st, cancel, err := h.open(ctx, c, payload)
	if err != nil {
		return nil, err
	}
	return &Pending{end: Receiver[*NoPayload]{st: st, empty: NewNoPayload, declared: h.settings.Errors, cancel: cancel}}, nil
}

// sender is the client's sending side.
func (h *StreamingHandler[P, In, Out]) sender(st *streams.Stream) Sender[In] {
	return Sender[In]{st: st, declared: h.settings.Errors, rules: h.settings.Rules}
}

// unmarshalRequest decodes the request of the handler. A message that is not reused may
// keep the payload's buffer.
func unmarshalRequest(c *handlers.Context, m Message, payload []byte, mayKeep bool) error {
	kept, err := unmarshal(m, payload, mayKeep && !c.Intercepted())
	if kept {
		c.Keep()
		c.S.M.Buffers.Lend(payload)
	}
	return err
}
