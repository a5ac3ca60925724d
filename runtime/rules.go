package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// ruled is a generated message with rules. Others may have a Validate that means something
// else.
type ruled interface {
	Validate() error
	ValidateGrid(r *codec.Rules)
}

// validate returns the first rule of its schema that a message breaks.
func validate(m Message) error {
	if r, ok := m.(ruled); ok {
		return r.Validate()
	}
	return nil
}

// marshalChecked is marshal for what a caller sends: by the rules of its schema, if there are
// some that codecs do not check. What codecs refuse is told by Validate, too, which
// knows the names of fields.
func marshalChecked(m Message, pool *bufs.Pool, mayLend, rules bool) (bufs.Encoded, error) {
	if rules {
		if err := validate(m); err != nil {
			return bufs.Encoded{}, err
		}
	}
	b, err := marshal(m, pool, mayLend)
	return b, explained(m, err)
}

// checkRules returns the first rule that a request breaks, if its handler has such rules.
func (h *SingleHandler[Req, Resp]) checkRules(req Req) error {
	if h.settings.Rules {
		return validate(req)
	}
	return nil
}

// explained is the error of a message that cannot be encoded, by the rule that it breaks if
// it breaks one.
func explained(m Message, err error) error {
	if err != nil {
		if broken := validate(m); broken != nil {
			return broken
		}
	}
	return err
}

// notSent is what a caller is told of something that its own end refuses to send.
func notSent(what string, outcome Outcome, err error) *Error {
	why := " cannot be encoded: "
	if _, broken := err.(*codec.Violation); broken {
		why = " breaks a rule of its schema: "
	}
	return &Error{Code: InvalidArgument, Outcome: outcome, Message: what + why + status.TextOf(err), Cause: err}
}

// brokenRule is what a handler's caller is told of a request that breaks a rule.
func brokenRule(what string, outcome Outcome, err error) *Error {
	return &Error{Code: InvalidArgument, Outcome: outcome, Message: what + " breaks a rule of its schema: " + status.TextOf(err)}
}

// lookAt has those look at a request who are to see it before the handler: the first error
// refuses it.
func lookAt(ctx context.Context, h *handlers.Handler, req Message) error {
	looks := h.Looks
	if looks != nil && looks.Shown != nil {
		looks.Shown(ctx, req)
	}
	if h.Settings.Rules {
		if err := validate(req); err != nil {
			return brokenRule("the request", 0, err)
		}
	}
	if looks != nil && looks.Request != nil {
		return looks.Request(ctx, req)
	}
	return nil
}

// looksAt returns what looks at each message that arrives on a stream, nil for nothing.
func looksAt[T Message](ctx context.Context, st *streams.Stream) func(T) error {
	h := st.Ctx.H
	look := func(context.Context, any) error { return nil }
	if h.Looks != nil && h.Looks.In != nil {
		look = h.Looks.In
	} else if !h.Settings.Rules {
		return nil
	}
	return func(msg T) error {
		if h.Settings.Rules {
			if err := validate(msg); err != nil {
				return brokenRule("a message of the stream", MayHaveRun, err)
			}
		}
		return look(ctx, msg)
	}
}
