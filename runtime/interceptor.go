package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/status"
)

// HandlerInfo tells an interceptor which handler it is about. It is the same
// value that the look-up used, so no interceptor can be passed by.
type HandlerInfo struct {
	ID       HandlerID
	Name     string // "package.Service.Method", or ""
	Subroute string
	Peer     string // the other node: the caller at the server, the callee at the client
	Stream   bool
}

// Interceptor stands between callers and handlers, at either end. Both fields
// may be nil. Interceptors run in the order in which they are listed, the first
// outermost, and may be called concurrently. Metrics and tracing are
// interceptors; without any, calls take the direct path.
type Interceptor struct {
	// Call wraps a single request: the whole call at the client, the handler at
	// the server. It calls next at most once, and returns after it, or answers itself.
	// At the server an error without next is Rejected for the caller, one after it is
	// Ran; a second next, or one after the answer, runs nothing and returns an error. At
	// the client its error is returned as it is.
	//
	// It may neither change payload nor the answer of next, but pass on others. At
	// the server both are reused once the caller was answered: what is to be kept,
	// in a cache or a log, must be copied. At the client the runtime reuses
	// neither, so those of typed calls may be kept as they are. Where Request was
	// called, both belong to its caller, who may reuse them as soon as it returns.
	Call func(ctx context.Context, h *HandlerInfo, payload []byte, next CallFunc) ([]byte, error)
	// Stream wraps a stream: its opening at the client, where next returns once
	// the stream is begun; its handler at the server, where next returns once the
	// handler has. An error refuses the stream, or replaces the handler's. As to
	// payload, next and outcomes, the same holds as for Call.
	Stream func(ctx context.Context, h *HandlerInfo, payload []byte, next StreamFunc) error
	// Ended is called at the client when a stream that was begun is over, with
	// nil for a good end, on a goroutine of its own.
	Ended func(h *HandlerInfo, err error)
}

// CallFunc goes on with a call.
type CallFunc func(ctx context.Context, payload []byte) ([]byte, error)

// StreamFunc goes on with a stream.
type StreamFunc func(ctx context.Context, payload []byte) error

// interceptCall runs next inside of all interceptors.
func interceptCall(ctx context.Context, all []Interceptor, h *HandlerInfo, payload []byte, next CallFunc) ([]byte, error) {
	for i, x := range all {
		if x.Call != nil {
			rest := all[i+1:]
			return x.Call(ctx, h, payload, func(ctx context.Context, payload []byte) ([]byte, error) {
				return interceptCall(ctx, rest, h, payload, next)
			})
		}
	}
	return next(ctx, payload)
}

// interceptStream runs next inside of all interceptors.
func interceptStream(ctx context.Context, all []Interceptor, h *HandlerInfo, payload []byte, next StreamFunc) error {
	for i, x := range all {
		if x.Stream != nil {
			rest := all[i+1:]
			return x.Stream(ctx, h, payload, func(ctx context.Context, payload []byte) error {
				return interceptStream(ctx, rest, h, payload, next)
			})
		}
	}
	return next(ctx, payload)
}

// intercept puts the server's interceptors around a handler.
func (m *Manager) intercept(h *handlers.Handler) {
	all := m.serverInterceptors
	if len(all) == 0 {
		return
	}
	info := func(peer string) *HandlerInfo {
		return &HandlerInfo{ID: h.ID, Name: h.Settings.Name, Subroute: h.Subroute, Peer: peer, Stream: h.Stream != nil}
	}
	h.AroundCall = func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) ([]byte, error)) ([]byte, error) {
		return interceptCall(ctx, all, info(peer), payload, next)
	}
	h.AroundStream = func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) error) error {
		return interceptStream(ctx, all, info(peer), payload, next)
	}
}

// observed reports whether somebody between here and the network sees payloads
// and answers, and may keep them.
func (c *Connection) observed() bool { return c != nil && len(c.m.clientInterceptors) > 0 }

func (x *subConnection) observed() bool { return x.c.observed() }

// intercepted makes a call through the client's interceptors.
func (c *Connection) intercepted(ctx context.Context, key handlers.RouteKey, o calls.Options, payload []byte) ([]byte, error) {
	h := &HandlerInfo{ID: key.ID, Name: o.Name, Subroute: key.Subroute, Peer: c.name}
	return interceptCall(ctx, c.m.clientInterceptors, h, payload, func(ctx context.Context, payload []byte) ([]byte, error) {
		settings := o
		return c.requestDirect(ctx, key, &settings, payload)
	})
}

// interceptedOpen begins a stream through the client's interceptors.
func (c *Connection) interceptedOpen(ctx context.Context, key handlers.RouteKey, o calls.Options, payload []byte) (*streams.Stream, error) {
	h := &HandlerInfo{ID: key.ID, Name: o.Name, Subroute: key.Subroute, Peer: c.name, Stream: true}
	var st *streams.Stream
	returned := false
	defer func() {
		if !returned && st != nil { // an interceptor panicked: nobody has the stream
			st.GiveUp(&Error{Code: Canceled, Message: "an interceptor panicked"})
		}
	}()
	err := interceptStream(ctx, c.m.clientInterceptors, h, payload, func(ctx context.Context, payload []byte) error {
		settings := o
		var err error
		st, err = c.openDirect(ctx, key, &settings, payload)
		return err
	})
	returned = true
	switch {
	case err == nil && st == nil:
		return nil, &Error{Code: Internal, Outcome: NotSent, Message: "an interceptor neither began the stream nor returned an error"}
	case err != nil && st != nil:
		st.GiveUp(&Error{Code: Canceled, Message: "an interceptor refused the stream"})
		return nil, err
	case err != nil:
		return nil, err
	}
	st.In.OnEnd(func(err error) { tellEnded(&c.m.node, c.m.clientInterceptors, h, err) })
	return st, nil
}

// tellEnded calls Ended of all interceptors, each whatever the one before it does.
func tellEnded(m *node.Node, all []Interceptor, h *HandlerInfo, err error) {
	if len(all) == 0 {
		return
	}
	defer tellEnded(m, all[1:], h, err)
	if ended := all[0].Ended; ended != nil {
		defer m.Enter("Ended of an interceptor for peer " + status.Quoted(h.Peer)).Leave()
		_ = m.Guard("Ended of an interceptor", func() { ended(h, err) })
	}
}
