package grid

import (
	"time"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Registration is a handler that is ready to be registered with Manager.Register.
type Registration struct{ h *handlers.Handler }

// Priority is the lane that a message travels in.
type Priority uint8

// The lanes that an application chooses from.
const (
	PriorityNormal Priority = iota
	PriorityHigh
	PriorityLow
)

// HandlerOption describes a handler; both ends use the same options. These are the With…
// functions without a context. What is said for one call is in its context: see
// WithMetadata and WaitForReady.
type HandlerOption func(*handlers.Settings)

// WithName gives the handler a name for logs and errors, "package.Service.Method".
func WithName(name string) HandlerOption { return func(s *handlers.Settings) { s.Name = name } }

// WithTimeout is how long callers wait, and handlers may take, in all calls of the
// handler; for a stream it is the stream's whole life. An earlier deadline of the context
// wins: context.WithTimeout is for one call.
func WithTimeout(d time.Duration) HandlerOption { return func(s *handlers.Settings) { s.Timeout = d } }

// WithPriority chooses the lane that the handler's messages travel in.
func WithPriority(p Priority) HandlerOption {
	return func(s *handlers.Settings) { s.Lane = lanes.Lane(p) }
}

// WithIdempotent lets the stub make a new call, within the same deadline, when
// the connection is lost under it.
func WithIdempotent() HandlerOption { return func(s *handlers.Settings) { s.Idempotent = true } }

// WithOwnGoroutine has every call of the handler run on a goroutine of its own. Without
// it a short one runs on the goroutine that reads the session, between others, which
// takes half the time. Nothing that it does to that goroutine reaches
// the next handler; but one that is known to wait, or to keep a processor busy for
// more than a millisecond, spares the session the time until that is found out. It is
// said at the server only. Handlers of streams, and those of large requests, have a
// goroutine of their own anyway.
func WithOwnGoroutine() HandlerOption { return func(s *handlers.Settings) { s.OwnGoroutine = true } }

// WithReuse lets the runtime pool the requests of a handler, and the responses that
// callers give back. A handler must then not keep its request after it has
// returned; its response, or its error, may share memory with it. A caller gives
// the response back with PutResponse, brings its own with CallInto, or lets the
// collector have it. A handler of a stream gets one message from Recv again and
// again: it must not keep that beyond the next Recv. The channel-shaped form of
// streams knows nothing of it.
func WithReuse() HandlerOption { return func(s *handlers.Settings) { s.Reuse = true } }

// WithErrors declares the typed errors that the handler returns.
func WithErrors(types ...ErrorType) HandlerOption {
	return func(s *handlers.Settings) {
		if s.Errors == nil {
			s.Errors = make(map[Code]ErrorType, len(types))
		}
		for _, t := range types {
			s.Errors[t.Code] = t
		}
	}
}

// WithAnnotations gives what the schema says of the handler with annotations of its own,
// for observers and interceptors. The values are shared and must not be changed.
func WithAnnotations(annotations ...any) HandlerOption {
	return func(s *handlers.Settings) { s.Annotations = append(s.Annotations, annotations...) }
}

// AnnotationOf is what a handler's schema says with the annotation whose generated struct
// is T, of those that CallInfo and HandlerInfo have.
func AnnotationOf[T any](annotations []any) (annotation T, found bool) {
	for _, a := range annotations {
		if annotation, found = a.(T); found {
			return annotation, true
		}
	}
	return annotation, false
}

// WithCapacity gives the messages that the receiver of a stream holds unread: in
// at the handler, out at the caller. 0 means the default of 16.
func WithCapacity(in, out int) HandlerOption {
	return func(s *handlers.Settings) { s.InCap, s.OutCap = in, out }
}

// WithSchema gives the wire shapes of the handler, for the comparison at connect.
func WithSchema(t *schema.Table) HandlerOption { return func(s *handlers.Settings) { s.Table = t } }

func settingsOf(id HandlerID, opts []HandlerOption) handlers.Settings {
	var s handlers.Settings
	for _, o := range opts {
		o(&s)
	}
	s.Shape = handlers.NewShape(s.Table, id)
	return s
}
