package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/observe"
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

	// Annotations are those of the schema's own, as values of their generated structs;
	// see AnnotationOf. They must not be changed.
	Annotations []any
}

// Interceptor stands between callers and handlers, at either end. Each field
// may be nil. Interceptors run in the order in which they are listed, the first
// outermost, and may be called concurrently. Without any, calls take the direct path.
//
// An interceptor is for what changes a call: it refuses one, answers it itself, looks
// into it or replaces what travels. Because it may keep what it sees, buffers are not
// lent while there is one. What only wants to know, as metrics, tracing and audit logs
// do, is an Observer: that is told of everything, also of what is refused before any
// interceptor, of panics and of lost sessions.
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
	// Ended is called at the client when a stream that was begun is over, with the
	// context that it was opened with and nil for a good end, on a goroutine of its own.
	Ended func(ctx context.Context, h *HandlerInfo, err error)
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
func intercept(all []Interceptor, h *handlers.Handler) {
	if len(all) == 0 {
		return
	}
	info := func(peer string) *HandlerInfo {
		return &HandlerInfo{ID: h.ID, Name: h.Settings.Name, Subroute: h.Subroute, Peer: peer, Stream: h.Stream != nil, Annotations: h.Settings.Annotations}
	}
	h.AroundCall = func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) ([]byte, error)) ([]byte, error) {
		return interceptCall(ctx, all, info(peer), payload, next)
	}
	h.AroundStream = func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) error) error {
		return interceptStream(ctx, all, info(peer), payload, next)
	}
}

// tellEnded calls Ended of all interceptors, each whatever the one before it does.
func tellEnded(ctx context.Context, m *node.Node, all []Interceptor, h *HandlerInfo, err error) {
	if len(all) == 0 {
		return
	}
	defer tellEnded(ctx, m, all[1:], h, err)
	if ended := all[0].Ended; ended != nil {
		defer m.Enter("Ended of an interceptor for peer " + status.Quoted(h.Peer)).Leave()
		_ = m.Guard("Ended of an interceptor", func() { ended(ctx, h, err) })
	}
}

// Observer is told of calls, streams and sessions; see Options.Observers.
type Observer = observe.Observer

// CallInfo says which call or stream an Observer is told of.
type CallInfo = observe.CallInfo

// CallEnd is how a call or stream ended.
type CallEnd = observe.CallEnd

// SessionEvent is a change of a session.
type SessionEvent = observe.SessionEvent

// SessionChange is what became of a session.
type SessionChange = observe.SessionChange

// The changes of sessions.
const (
	SessionUp      = observe.SessionUp
	SessionDown    = observe.SessionDown
	SessionRefused = observe.SessionRefused
)
