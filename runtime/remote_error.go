package grid

import (
	"context"
	"errors"
	"strings"
)

// toWire turns what a handler returned into what the caller is told. A declared
// error keeps its code, text and fields. An *Error keeps code and text, unless
// its code speaks of a connection, which would be misread as the caller's own.
// Everything else could hold anything: it stays here, in the log, under a
// reference that the caller is told.
func (h *handler) toWire(ctx *handlerContext, err error) *wireError {
	w := h.describeError(ctx, err)
	w.message = cutText(w.message, maxErrorText)
	switch {
	case len(w.code) > maxErrorCode:
		h.m.log.Warn("grid: handler returned an error whose code is too long", "handler", h.String(), "bytes", len(w.code))
		w.code, w.detail = Internal, nil
	case len(w.detail) > maxErrorDetail:
		h.m.log.Warn("grid: the fields of an error are too large and were left out", "handler", h.String(), "code", w.code, "bytes", len(w.detail))
		w.detail = nil
	}
	return w
}

// What a failure may have: it travels in one frame, whatever it holds.
const (
	maxErrorCode   = 256
	maxErrorDetail = 32 << 10
)

func (h *handler) describeError(ctx *handlerContext, err error) *wireError {
	var refused *refusedError
	if errors.As(err, &refused) {
		return refused.wire
	}
	var typed TypedError
	if errors.As(err, &typed) && h.declares(typed.Code()) {
		if detail, e := typed.MarshalMsg(nil); e == nil {
			text := strings.TrimPrefix(typed.Error(), string(typed.Code())+": ") // the code travels beside it
			return &wireError{outcome: Ran, code: typed.Code(), message: text, detail: detail}
		}
	}
	var own *Error
	switch {
	case errors.As(err, &own) && (standardCodes[own.Code] || h.settings.table == nil && !linkCode(own.Code)):
		return &wireError{outcome: Ran, code: own.Code, message: own.Message}
	case errors.As(err, &own) && linkCode(own.Code):
		return &wireError{outcome: Ran, code: Unavailable, message: "a call made by the handler failed: " + string(own.Code)}
	case errors.Is(err, context.DeadlineExceeded):
		return &wireError{outcome: Ran, code: DeadlineExceeded, message: "the handler ran out of time"}
	case errors.Is(err, context.Canceled):
		return &wireError{outcome: Ran, code: Canceled, message: "the handler was canceled"}
	}
	ref := h.m.reference()
	h.m.log.Warn("grid: handler returned an undeclared error", "handler", h.String(), "caller", ctx.s.peer, "ref", ref, "err", err)
	return &wireError{outcome: Ran, code: Internal, message: "internal error (ref " + ref + ")"}
}

// linkCode reports whether a code says something about one connection.
func linkCode(c Code) bool { return c == Disconnected || c == UnknownHandler || c == Incompatible }

// declares reports whether the handler may return an error with that code. One
// that was registered without a schema may return any.
func (h *handler) declares(code Code) bool {
	_, ok := h.settings.errors[code]
	return ok || h.settings.table == nil
}

// refusedError is returned by the runtime's own adapters when a request never
// reached the handler, such as one that cannot be decoded.
type refusedError struct{ wire *wireError }

func (r *refusedError) Error() string { return string(r.wire.code) + ": " + r.wire.message }

// decodeDetail gives err its typed detail, if its code is declared here. A detail
// that cannot be decoded is left out: code and message say enough.
func decodeDetail(err error, declared map[Code]ErrorType) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	encoded, ok := e.cause.(*encodedDetail)
	t, known := declared[e.Code]
	if !known {
		return err
	}
	c := *e
	c.cause = nil
	detail := t.empty()
	if ok {
		if _, fault := detail.UnmarshalMsg(encoded.bytes); fault != nil {
			return &c
		}
	}
	c.Detail = detail
	return &c
}
