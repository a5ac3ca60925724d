package grid

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/runtime/codec"
)

// toWire turns what a handler returned into what the caller is told. A declared
// error keeps its code, text and fields. An *Error keeps code and text, unless
// its code speaks of a connection, which would be misread as the caller's own.
// Everything else could hold anything: it stays here, in the log, under a
// reference that the caller is told. The error's own methods may panic.
func (h *handler) toWire(ctx *handlerContext, err error) (w *wireError) {
	returned := false
	defer func() {
		if !returned {
			w = h.crashed(ctx, "error of a handler", recover())
		}
	}()
	w = h.describeError(ctx, err)
	if ran := ctx.conclude(); w.outcome == 0 {
		w.outcome = ran
	}
	h.fit(w)
	returned = true
	return w
}

// What a failure may have: it travels in one frame, whatever it holds.
const (
	maxErrorCode   = 256
	maxErrorDetail = 64 << 10
)

// fit keeps a failure to what one frame holds. A caller is told what is missing.
func (h *handler) fit(w *wireError) {
	switch {
	case len(w.code) > maxErrorCode:
		h.m.log.Warn("grid: handler returned an error whose code is too long", "handler", h.String(), "bytes", len(w.code))
		w.code, w.detail = Internal, nil
	case len(w.detail) > maxErrorDetail:
		h.m.log.Warn("grid: the fields of an error are too large and were left out", "handler", h.String(), "code", w.code, "bytes", len(w.detail))
		left := fmt.Sprintf(" (its fields have %d bytes, at most %d travel: they were left out)", len(w.detail), maxErrorDetail)
		w.message = cutText(w.message, maxErrorText-len(left)) + left
		w.detail = nil
	}
	w.message = cutText(w.message, maxErrorText)
}

func (h *handler) describeError(ctx *handlerContext, err error) *wireError {
	if hidden, ok := err.(*answerFault); ok {
		return h.hidden(ctx, "grid: an answer cannot be encoded", "the answer cannot be encoded", hidden.err)
	}
	found := inspect(err, h.declares)
	own := found.own
	switch {
	case found.typed != nil:
		return h.describeTyped(ctx, found.typed)
	case isUnimplemented(own):
		return &wireError{outcome: Rejected, code: own.Code, message: own.Message}
	case own != nil && (standardCodes[own.Code] || h.settings.table == nil && !linkCode(own.Code)):
		return &wireError{code: own.Code, message: own.Message}
	case own != nil && linkCode(own.Code):
		return &wireError{code: Unavailable, message: "a call made by the handler failed: " + string(own.Code)}
	case found.late:
		return &wireError{code: DeadlineExceeded, message: "the handler ran out of time"}
	case found.canceled:
		return &wireError{code: Canceled, message: "the handler was canceled"}
	}
	return h.hidden(ctx, "grid: handler returned an undeclared error", "internal error", err)
}

// describeTyped encodes a declared error.
func (h *handler) describeTyped(ctx *handlerContext, err TypedError) *wireError {
	detail, fault := err.MarshalMsg(nil)
	if fault != nil {
		return h.hidden(ctx, "grid: handler returned an error that cannot be encoded", "an error of the handler cannot be encoded", fault)
	}
	text := strings.TrimPrefix(err.Error(), string(err.Code())+": ") // the code travels beside it
	return &wireError{code: err.Code(), message: text, detail: detail}
}

// hidden logs what could hold anything, under a reference that the peer is told.
func (h *handler) hidden(ctx *handlerContext, line, text string, err error) *wireError {
	ref := reference()
	h.m.log.Warn(line, "handler", h.String(), "caller", logged(ctx.s.peer), "ref", ref, "err", err)
	return &wireError{code: Internal, message: text + " (ref " + ref + ")"}
}

// unencodableAnswer is the error of a handler whose answer cannot be encoded: what the
// codec says of it names types, fields and limits, which the caller knows; what the
// marshaler of somebody else says could hold anything.
func unencodableAnswer(err error) error {
	fault, ok := err.(*codec.Error)
	if !ok {
		return &answerFault{err}
	}
	code := Internal
	if errors.Is(fault.Err, codec.ErrLimit) {
		code = TooLarge
	}
	return &Error{Code: code, Message: "the answer cannot be encoded: " + fault.Error()}
}

// answerFault hides what the marshaler of somebody else says.
type answerFault struct{ err error }

func (f *answerFault) Error() string { return "the answer cannot be encoded" }

// linkCode reports whether a code says something about one connection.
func linkCode(c Code) bool { return c == Disconnected || c == UnknownHandler || c == Incompatible }

// declares reports whether the handler may return an error with that code. One
// that was registered without a schema may return any.
func (h *handler) declares(code Code) bool {
	_, ok := h.settings.errors[code]
	return ok || h.settings.table == nil
}

// decodeDetail gives err its typed detail, if its code is declared here.
func decodeDetail(err error, declared map[Code]ErrorType) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	t, known := declared[e.Code]
	if !known {
		return err
	}
	encoded, _ := e.cause.(*encodedDetail)
	c := *e
	c.cause = nil
	var fault string
	if c.Detail, fault = t.decode(encoded); fault != "" {
		c.Message += " (its fields cannot be read: " + fault + ")"
	}
	return &c
}

// decode returns the typed error, or nil and why it cannot be had: code and message
// say enough to go on. An error whose fields were left out has no bytes, which is
// not what an error without fields is encoded to.
func (t ErrorType) decode(encoded *encodedDetail) (detail TypedError, fault string) {
	defer func() {
		if value := recover(); value != nil {
			detail, fault = nil, "decoding them panicked"
		}
	}()
	detail = t.empty()
	var b []byte
	if encoded != nil {
		b = encoded.bytes
	}
	if _, err := detail.UnmarshalMsg(b); err != nil {
		if encoded == nil {
			return nil, "" // its message says so
		}
		return nil, textOf(err)
	}
	return detail, ""
}
