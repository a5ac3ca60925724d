package grid

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"strconv"
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

// maxPanicText is how much of a panic's value is logged: it may hold a payload.
const maxPanicText = 1 << 10

// crashed logs what somebody's code panicked with, or, where value is nil, that it
// ended its goroutine. It returns what others may be told of that.
func (m *node) crashed(what string, value any, about ...any) *Error {
	ref := reference()
	text := "the goroutine was ended by runtime.Goexit"
	if value != nil {
		text = fmt.Sprint(value)
	}
	m.log.Error("grid: "+what+" panicked", append(about, "ref", ref, "panic", strconv.Quote(cutText(text, maxPanicText)), "stack", string(debug.Stack()))...)
	return &Error{Code: Internal, Message: "the " + what + " panicked (ref " + ref + ")"}
}

// guard runs f, which calls code that is not the runtime's own. It returns nil if f
// has returned, else what others may be told of its panic. If f ends the goroutine,
// guard logs that, and the goroutine ends: what must be done then is for deferred
// calls.
func (m *node) guard(what string, f func()) (fault *Error) {
	returned := false
	defer func() {
		if !returned {
			fault = m.crashed(what, recover())
		}
	}()
	f()
	returned = true
	return nil
}

// crashed is what the peer is told of a handler, or of what stands around it.
func (h *handler) crashed(ctx *handlerContext, what string, value any) *wireError {
	e := h.m.crashed(what, value, "handler", h.String(), "caller", logged(ctx.s.peer))
	return &wireError{outcome: ctx.conclude(), code: e.Code, message: e.Message}
}

// textOf is the text of an error that need not be the runtime's own. Its Error method
// may panic: that is no reason to lose what the error is about.
func textOf(err error) (text string) {
	text = "an error without text, for its Error method panics"
	defer func() { _ = recover() }()
	return err.Error()
}

// reference makes an opaque name for something that only the local log tells.
func reference() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// spawn runs f, which calls code that is not the runtime's own, on a goroutine of its
// own. If f does not return, ended is called in its place, with what is to be told:
// it wakes whoever waits for f, and must not call such code again.
func (m *node) spawn(what string, f func(), ended func(*Error)) {
	m.goroutines.Go(func() {
		returned := false
		defer func() {
			if returned {
				return
			}
			fault := &Error{Code: Internal, Message: "the " + what + " panicked"}
			defer func() { ended(fault) }() // the log may end the goroutine, too
			fault = m.crashed(what, recover())
		}()
		f()
		returned = true
	})
}
