package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// HandlerInfo describes the handler of a call to an interceptor. The lookup of the
// handler uses the same value, so an interceptor cannot be bypassed.
type HandlerInfo struct {
	ID       HandlerID
	Name     string // "package.Service.Method", or ""
	Subroute string
	Peer     string // the other node: the caller at the server, the callee at the client
	Stream   bool

	// Annotations are those that the schema declares itself, as values of their generated
	// structs; see AnnotationOf. They must not be changed.
	Annotations []any
}

// Interceptor wraps calls and streams, at either end. Each field may be nil. Interceptors
// run in the order in which they are listed, the first outermost, and may be called
// concurrently. Without any, calls take the direct path.
//
// Use an interceptor to change calls: to reject them, to answer them, to read or to
// replace their bytes. Because an interceptor may keep what it sees, the runtime copies
// some buffers that it otherwise would not. To only watch, as metrics, tracing and audit
// logs do, use an Observer: it is told about everything, including calls that are
// rejected before any interceptor, panics and lost sessions.
type Interceptor struct {
	// Call wraps a single request: the whole call at the client, the handler at the server.
	// It calls next at most once and returns after it, or returns a response of its own. At
	// the server, an error without a call of next has the outcome Rejected, an error after
	// it Ran. Calling next a second time, or after Call has returned, runs nothing and
	// returns an error. At the client, the error is returned as it is.
	//
	// Call must not change payload or the response of next; to replace them, it passes on
	// other bytes. At the server both are reused after the response was sent: copy what you
	// keep, for example in a cache. At the client the runtime does not reuse them, so those
	// of typed calls may be kept. After a call of Request, both belong to its caller, who
	// may reuse them as soon as it returns.
	Call func(ctx context.Context, h *HandlerInfo, payload []byte, next CallFunc) ([]byte, error)
	// Stream wraps a stream: at the client its opening, where next returns when the stream
	// is open; at the server its handler, where next returns when the handler has returned.
	// An error rejects the stream, or replaces the error of the handler. For payload, next
	// and outcomes, the same rules hold as for Call.
	Stream func(ctx context.Context, h *HandlerInfo, payload []byte, next StreamFunc) error
	// Ended is called at the client when an opened stream has ended, with the context that
	// it was opened with, on a goroutine of its own. err is nil if the stream ended
	// normally.
	Ended func(ctx context.Context, h *HandlerInfo, err error)
}

// CallFunc continues a call.
type CallFunc func(ctx context.Context, payload []byte) ([]byte, error)

// StreamFunc continues a stream.
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

// Observer is told about calls, streams and sessions; see Options.Observers.
type Observer = observe.Observer

// CallInfo describes the call or stream that an Observer is told about.
type CallInfo = observe.CallInfo

// CallEnd is how a call or stream ended.
type CallEnd = observe.CallEnd

// SessionEvent is a change of a session.
type SessionEvent = observe.SessionEvent

// SessionChange says how a session changed.
type SessionChange = observe.SessionChange

// The changes of sessions.
const (
	SessionUp      = observe.SessionUp
	SessionDown    = observe.SessionDown
	SessionRefused = observe.SessionRefused
)
