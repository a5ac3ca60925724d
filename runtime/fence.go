package grid

import (
	"fmt"
	"runtime/debug"
	"strconv"
)

// call runs the handler and fences its panics: the peer learns a reference, the
// log here the stack. After a runtime.Goexit nothing is returned to anybody, so
// the failure is set here.
func (sv *serving) call() (reply []byte, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		reply, err = nil, sv.h.crashed(&sv.ctx, recover())
		sv.fail = sv.h.toWire(&sv.ctx, err)
	}()
	reply, err = sv.h.runSingle(&sv.ctx, sv.payload)
	returned = true
	return reply, err
}

// maxPanicText is how much of a panic's value is logged: it may hold a payload.
const maxPanicText = 1 << 10

// crashed turns a panic, or a runtime.Goexit, into an error for the peer.
func (h *handler) crashed(ctx *handlerContext, value any) error {
	ref := h.m.reference()
	what := fmt.Sprint(value)
	if value == nil {
		what = "the handler's goroutine was ended by runtime.Goexit"
	}
	h.m.log.Error("grid: handler panicked", "handler", h.String(), "caller", logged(ctx.s.peer), "ref", ref, "panic", strconv.Quote(cutText(what, maxPanicText)), "stack", string(debug.Stack()))
	return &Error{Code: Internal, Message: "the handler panicked (ref " + ref + ")"}
}
