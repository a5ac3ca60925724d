package grid

import (
	"context"
	"reflect"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// Check is a rule of a node's own for the messages of one type; CheckOf makes it.
type Check struct {
	of  reflect.Type
	run func(ctx context.Context, msg any) error
}

// CheckOf makes a rule for Options.Checks of the messages of type T, a pointer to a generated
// struct: fn is called with each request, payload of a stream and message of a stream of
// that type that arrives here for a handler, whoever sends it, before the handler gets it
// and behind the rules of its schema. ctx is the handler's: GetCaller and its kin work.
//
// What fn returns refuses the message. An *Error, as NewError makes it, and an error that the
// handler declares travel as they are; of any other the text does, as InvalidArgument. The
// outcome of a request that is refused is Rejected; on a stream Recv of the handler returns
// the error. fn may be called concurrently, and must not keep the message.
func CheckOf[T Message](fn func(ctx context.Context, msg T) error) Check {
	if fn == nil {
		return Check{}
	}
	return Check{reflect.TypeFor[T](), func(ctx context.Context, msg any) error { return fn(ctx, msg.(T)) }}
}

// looksOf are those who look at what the handler is given, nil for nobody.
func (m *hub) looksOf(h *handlers.Handler) *handlers.Looks {
	looks := handlers.Looks{Request: checksFor(m.checks, h.Request), In: checksFor(m.checks, h.In)}
	if h.Request != nil {
		looks.Shown = shownTo(&m.node, m.shown)
	}
	if looks.Shown == nil && looks.Request == nil && looks.In == nil {
		return nil
	}
	return &looks
}

// checksFor are the rules for messages of a type, one after the other; nil for none.
func checksFor(all []Check, of reflect.Type) func(ctx context.Context, msg any) error {
	var fitting []Check
	for _, c := range all {
		if of != nil && c.of == of {
			fitting = append(fitting, c)
		}
	}
	if fitting == nil {
		return nil
	}
	return func(ctx context.Context, msg any) error {
		for _, c := range fitting {
			if err := c.run(ctx, msg); err != nil {
				return refusedBy(err)
			}
		}
		return nil
	}
}

// refusedBy is the error of a rule as it travels.
func refusedBy(err error) error {
	found := status.Inspect(err, func(Code) bool { return true })
	if found.Typed != nil || found.Own != nil {
		return err
	}
	return &Error{Code: InvalidArgument, Message: status.TextOf(err), Cause: err}
}

// shownTo shows requests to the observers that want to see them.
func shownTo(m *node.Node, all []observe.RequestObserver) func(ctx context.Context, request any) {
	if len(all) == 0 {
		return nil
	}
	return func(ctx context.Context, request any) {
		for _, o := range all {
			_ = m.Guard("Request of an observer", func() { o.Request(ctx, request) })
		}
	}
}
