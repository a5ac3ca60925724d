package handlers

import (
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Code that is not the runtime's own may panic, or end its goroutine with
// runtime.Goexit, wherever it is called: handlers, interceptors, constructors,
// methods of messages, errors and connections, callbacks of Options, the log. A call
// of it on a goroutine that the runtime started, or with something held that others
// wait for, stands behind a fence: TestFences has the list of these places and a test
// of each. What is called on the goroutine of a caller, by that caller, is not
// fenced: a panic goes up to whoever made the call, as with any function, and finds
// nothing held.
//
// There is no fence against what ends a Go process by itself: a stack that grows
// without end, a map that is written by two at once, memory that is used up, and a
// panic in a goroutine that such code has started.

// Crashed is what the peer is told of a handler, or of what stands around it.
func (h *Handler) Crashed(ctx *Context, what string, value any) *wire.Failure {
	e := h.M.Crashed(what, value, "handler", h.String(), "caller", status.Logged(ctx.S.Peer))
	return &wire.Failure{Outcome: ctx.Conclude(), Code: e.Code, Message: e.Message}
}
