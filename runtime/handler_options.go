package grid

import (
	"time"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Registration is a handler to be registered with Manager.Register.
type Registration struct{ h *handlers.Handler }

// Priority decides which messages are sent first.
type Priority uint8

// The priorities of an application.
const (
	PriorityNormal Priority = iota
	PriorityHigh
	PriorityLow
)

// HandlerOption describes a handler; both ends use the same options. Their functions are
// the With… functions without a context parameter. What is set for one call is in its
// context: see WithMetadata and WaitForReady.
type HandlerOption func(*handlers.Settings)

// WithName sets the name of the handler for logs and errors, "package.Service.Method".
func WithName(name string) HandlerOption { return func(s *handlers.Settings) { s.Name = name } }

// WithTimeout limits the time of all calls of the handler, at both ends; for a stream it
// limits the whole life of the stream. An earlier deadline of the context wins: to limit
// one call, use context.WithTimeout.
func WithTimeout(d time.Duration) HandlerOption { return func(s *handlers.Settings) { s.Timeout = d } }

// WithPriority sets the priority of the handler's messages.
func WithPriority(p Priority) HandlerOption {
	return func(s *handlers.Settings) { s.Lane = lanes.Lane(p) }
}

// WithIdempotent lets the client retry a call, within the same deadline, if the
// connection is lost during the call.
func WithIdempotent() HandlerOption { return func(s *handlers.Settings) { s.Idempotent = true } }

// WithOwnGoroutine runs every call of the handler on a goroutine of its own. Without it,
// short calls run on the goroutine that reads the session, one after the other, which
// takes half the time. What a handler does to that goroutine does not affect the next
// one. Use the option for handlers that are known to wait, or to compute for more than a
// millisecond: it saves the time until the runtime finds that out. It only matters at the
// server. Handlers of streams and of large requests always have a goroutine of their own.
func WithOwnGoroutine() HandlerOption { return func(s *handlers.Settings) { s.OwnGoroutine = true } }

// WithReuse lets the runtime pool the requests of a handler, and the responses that
// callers give back. A handler must then not keep its request after it has returned; its
// response or error may share memory with the request. A caller returns the response with
// PutResponse, provides its own with CallInto, or leaves it to the garbage collector. The
// handler of a stream gets the same message from every Recv, and must not keep it beyond
// the next one. The channel-based form of streams does not use it.
func WithReuse() HandlerOption { return func(s *handlers.Settings) { s.Reuse = true } }

// WithRules has the Validate of generated messages called with what a caller sends: before
// it is sent, and again before the handler gets it. It is for messages with rules that
// codecs do not check by themselves, as limits.
func WithRules() HandlerOption { return func(s *handlers.Settings) { s.Rules = true } }

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

// WithAnnotations sets the annotations that the schema declares itself and uses at the
// handler, for observers and interceptors. The values are shared and must not be changed.
func WithAnnotations(annotations ...any) HandlerOption {
	return func(s *handlers.Settings) { s.Annotations = append(s.Annotations, annotations...) }
}

// AnnotationOf returns the annotation of type T, a generated struct, among the
// annotations of a CallInfo or a HandlerInfo.
func AnnotationOf[T any](annotations []any) (annotation T, found bool) {
	for _, a := range annotations {
		if annotation, found = a.(T); found {
			return annotation, true
		}
	}
	return annotation, false
}

// WithCapacity sets how many unread messages the receiver of a stream holds: in at the
// handler, out at the client. 0 means the default of 16.
func WithCapacity(in, out int) HandlerOption {
	return func(s *handlers.Settings) { s.InCap, s.OutCap = in, out }
}

// WithSchema sets the schema of the handler's messages, which is compared at connect.
func WithSchema(t *schema.Table) HandlerOption { return func(s *handlers.Settings) { s.Table = t } }

func settingsOf(id HandlerID, opts []HandlerOption) handlers.Settings {
	var s handlers.Settings
	for _, o := range opts {
		o(&s)
	}
	s.Shape = handlers.NewShape(s.Table, id)
	return s
}
