package handlers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// ToWire turns what a handler returned into what the caller is told. A declared
// error keeps its code, text and fields. An *Error keeps code and text, unless
// its code speaks of a connection, which would be misread as the caller's own.
// Everything else could hold anything: it stays here, in the log, under a
// reference that the caller is told. The error's own methods may panic.
func (h *Handler) ToWire(ctx *Context, err error) (w *wire.Failure) {
	returned := false
	defer func() {
		if !returned {
			w = h.Crashed(ctx, "error of a handler", recover())
		}
	}()
	w = h.describeError(ctx, err)
	if ran := ctx.Conclude(); w.Outcome == 0 {
		w.Outcome = ran
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
func (h *Handler) fit(w *wire.Failure) {
	switch {
	case w.Code == "": // which at the other end would look like no error
		h.M.Log.Warn("grid: handler returned an error without a code", "handler", h.String(), "err", w.Message)
		w.Code, w.Detail = status.Internal, nil
	case len(w.Code) > maxErrorCode:
		h.M.Log.Warn("grid: handler returned an error whose code is too long", "handler", h.String(), "bytes", len(w.Code))
		w.Code, w.Detail = status.Internal, nil
	case len(w.Detail) > maxErrorDetail:
		h.M.Log.Warn("grid: the fields of an error are too large and were left out", "handler", h.String(), "code", w.Code, "bytes", len(w.Detail))
		left := fmt.Sprintf(" (its fields have %d bytes, at most %d travel: they were left out)", len(w.Detail), maxErrorDetail)
		w.Message = status.CutText(w.Message, wire.MaxErrorText-len(left)) + left
		w.Detail = nil
	}
	w.Message = status.CutText(w.Message, wire.MaxErrorText)
}

func (h *Handler) describeError(ctx *Context, err error) *wire.Failure {
	if hidden, ok := err.(*answerFault); ok {
		return h.hidden(ctx, "grid: an answer cannot be encoded", "the answer cannot be encoded", hidden.err)
	}
	found := status.Inspect(err, h.declares)
	own := found.Own
	switch {
	case found.Typed != nil:
		return h.describeTyped(ctx, found.Typed)
	case status.IsUnimplemented(own):
		return &wire.Failure{Outcome: status.Rejected, Code: own.Code, Message: own.Message}
	case own != nil && (status.StandardCodes[own.Code] || h.Settings.Table == nil && !linkCode(own.Code)):
		return &wire.Failure{Code: own.Code, Message: own.Text()}
	case own != nil && linkCode(own.Code):
		return &wire.Failure{Code: status.Unavailable, Message: "a call made by the handler failed: " + string(own.Code)}
	case found.Late:
		return &wire.Failure{Code: status.DeadlineExceeded, Message: "the handler ran out of time"}
	case found.Canceled:
		return &wire.Failure{Code: status.Canceled, Message: "the handler was canceled"}
	}
	return h.hidden(ctx, "grid: handler returned an undeclared error", "internal error", err)
}

// describeTyped encodes a declared error.
func (h *Handler) describeTyped(ctx *Context, err status.TypedError) *wire.Failure {
	detail, fault := err.MarshalMsg(nil)
	if fault != nil {
		return h.hidden(ctx, "grid: handler returned an error that cannot be encoded", "an error of the handler cannot be encoded", fault)
	}
	text := strings.TrimPrefix(err.Error(), string(err.Code())+": ") // the code travels beside it
	return &wire.Failure{Code: err.Code(), Message: text, Detail: detail}
}

// hidden logs what could hold anything, under a reference that the peer is told.
func (h *Handler) hidden(ctx *Context, line, text string, err error) *wire.Failure {
	ref := node.Reference()
	h.M.Log.Warn(line, "handler", h.String(), "caller", status.Logged(ctx.S.Peer), "ref", ref, "err", err)
	return &wire.Failure{Code: status.Internal, Message: text + " (ref " + ref + ")"}
}

// UnencodableAnswer is the error of a handler whose answer cannot be encoded: what the
// codec says of it names types, fields and limits, which the caller knows; what the
// marshaler of somebody else says could hold anything.
func UnencodableAnswer(err error) error {
	fault, ok := err.(*codec.Error)
	if !ok {
		return &answerFault{err}
	}
	code := status.Internal
	if errors.Is(fault.Err, codec.ErrLimit) {
		code = status.TooLarge
	}
	return &status.Error{Code: code, Message: "the answer cannot be encoded: " + fault.Error()}
}

// answerFault hides what the marshaler of somebody else says.
type answerFault struct{ err error }

func (f *answerFault) Error() string { return "the answer cannot be encoded" }

// linkCode reports whether a code says something about one connection.
func linkCode(c status.Code) bool {
	return c == status.Disconnected || c == status.UnknownHandler || c == status.Incompatible
}

// declares reports whether the handler may return an error with that code. One
// that was registered without a schema may return any.
func (h *Handler) declares(code status.Code) bool {
	_, ok := h.Settings.Errors[code]
	return ok || h.Settings.Table == nil
}

// DecodeDetail gives err its typed detail, if its code is declared here.
func DecodeDetail(err error, declared map[status.Code]status.ErrorType) error {
	e, ok := err.(*status.Error)
	if !ok {
		return err
	}
	t, known := declared[e.Code]
	if !known {
		return err
	}
	encoded, _ := e.Cause.(*status.EncodedDetail)
	c := *e
	c.Cause = nil
	var fault string
	if c.Detail, fault = t.Decode(encoded); fault != "" {
		c.Message += " (its fields cannot be read: " + fault + ")"
	}
	return &c
}
