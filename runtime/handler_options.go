package grid

import (
	"time"

	"github.com/gridrpc/gridc/runtime/schema"
)

// Registration is a handler that is ready to be registered with Manager.Register.
type Registration struct{ h *handler }

// HandlerOption describes a handler; both ends use the same options.
type HandlerOption func(*handlerSettings)

// WithName gives the handler a name for logs and errors, "package.Service.Method".
func WithName(name string) HandlerOption { return func(s *handlerSettings) { s.name = name } }

// WithTimeout is how long callers wait, and handlers may take; an earlier deadline of
// the context wins.
func WithTimeout(d time.Duration) HandlerOption { return func(s *handlerSettings) { s.timeout = d } }

// WithPriority chooses the lane that the handler's messages travel in.
func WithPriority(p Priority) HandlerOption { return func(s *handlerSettings) { s.lane = lane(p) } }

// WithIdempotent lets the stub make a new call, within the same deadline, when
// the connection is lost under it.
func WithIdempotent() HandlerOption { return func(s *handlerSettings) { s.idempotent = true } }

// WithOwnGoroutine has every call of the handler run on a goroutine of its own. Without
// it a short one runs on the goroutine that reads the session, between others, which
// takes half the time. Nothing that it does to that goroutine reaches
// the next handler; but one that is known to wait, or to keep a processor busy for
// more than a millisecond, spares the session the time until that is found out. It is
// said at the server only. Handlers of streams, and those of large requests, have a
// goroutine of their own anyway.
func WithOwnGoroutine() HandlerOption { return func(s *handlerSettings) { s.ownGoroutine = true } }

// WithReuse lets the runtime pool the requests of a handler, and the responses that
// callers give back. A handler must then not keep its request after it has
// returned; its response, or its error, may share memory with it. A caller gives
// the response back with PutResponse, brings its own with CallInto, or lets the
// collector have it. A handler of a stream gets one message from Recv again and
// again: it must not keep that beyond the next Recv. The channel-shaped form of
// streams knows nothing of it.
func WithReuse() HandlerOption { return func(s *handlerSettings) { s.reuse = true } }

// WithErrors declares the typed errors that the handler returns.
func WithErrors(types ...ErrorType) HandlerOption {
	return func(s *handlerSettings) {
		if s.errors == nil {
			s.errors = make(map[Code]ErrorType, len(types))
		}
		for _, t := range types {
			s.errors[t.code] = t
		}
	}
}

// WithCapacity gives the messages that the receiver of a stream holds unread: in
// at the handler, out at the caller. 0 means the default of 16.
func WithCapacity(in, out int) HandlerOption {
	return func(s *handlerSettings) { s.inCap, s.outCap = in, out }
}

// WithSchema gives the wire shapes of the handler, for the comparison at connect.
func WithSchema(t *schema.Table) HandlerOption { return func(s *handlerSettings) { s.table = t } }

func settingsOf(id HandlerID, opts []HandlerOption) handlerSettings {
	var s handlerSettings
	for _, o := range opts {
		o(&s)
	}
	s.shape = newShape(s.table, id)
	return s
}
