package call

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/idl"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// The exit statuses of a call that did not end well.
const (
	StatusBadInput   = 2  // the JSON does not fit; nothing was sent
	StatusNotSent    = 10 // nothing that could start the handler left this process
	StatusRejected   = 11 // the node refused the call before the handler
	StatusMayHaveRun = 12 // nobody knows
	StatusRan        = 13 // the handler ran, and failed
)

// Failure is what became of a call that did not end well.
type Failure struct {
	Code    grid.Code
	Outcome grid.Outcome
	Message string
	At      string // where in the JSON the fault is, "" for nowhere
	Detail  string // the fields of a declared error as JSON, "" for none
	Hint    string // what to do, "" where nobody knows

	badInput bool
}

// Status is the exit status.
func (f *Failure) Status() int {
	switch {
	case f.badInput && f.Outcome == grid.NotSent:
		return StatusBadInput
	case f.Outcome == grid.NotSent:
		return StatusNotSent
	case f.Outcome == grid.Rejected:
		return StatusRejected
	case f.Outcome == grid.Ran:
		return StatusRan
	}
	return StatusMayHaveRun
}

// longestText is how many bytes of a text from a peer are shown.
const longestText = 2 << 10

// Error is the failure as one JSON object on one line. What a peer said is cut, and
// nothing in it is acted on by a terminal.
func (f *Failure) Error() string {
	var b strings.Builder
	member := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, ",%q:%s", name, dynamic.QuoteJSON(status.Shortened(text, longestText)))
		}
	}
	outcome := f.Outcome
	if outcome == 0 {
		outcome = grid.MayHaveRun // of an error that does not say
	}
	member("code", string(f.Code))
	member("outcome", outcome.String())
	member("message", f.Message)
	member("at", f.At)
	if f.Detail != "" {
		b.WriteString(`,"detail":` + f.Detail)
	}
	member("hint", f.Hint)
	return "{" + b.String()[1:] + "}"
}

// notSent is a failure before anything was sent.
func notSent(code grid.Code, format string, args ...any) *Failure {
	return &Failure{Code: code, Outcome: grid.NotSent, Message: fmt.Sprintf(format, args...)}
}

// badInput is JSON that does not fit.
func badInput(format string, args ...any) *Failure {
	f := notSent(grid.InvalidArgument, format, args...)
	f.badInput = true
	return f
}

// misfit is what a fault in JSON is told as. what is the value: "the request".
func misfit(what string, err error) *Failure {
	e, ok := errors.AsType[*dynamic.JSONError](err)
	if !ok {
		return badInput("%s: %s", what, text(err))
	}
	f := badInput("%s: %s", what, e.Reason)
	f.At = e.Path
	if near := idl.Nearest(e.Name, e.Known); e.Name != "" && near != "" {
		f.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return f
}

// failed is an error of a call, with the fields of a declared error.
func failed(err error, m *Method) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	e, ok := errors.AsType[*grid.Error](err)
	if !ok {
		return &Failure{Code: grid.Internal, Outcome: grid.MayHaveRun, Message: text(err)}
	}
	f := &Failure{Code: e.Code, Outcome: e.Outcome, Message: e.Text(), Hint: hints[e.Code]}
	encoded, ok := errors.AsType[*status.EncodedDetail](err)
	if !ok || m == nil {
		return f
	}
	for _, declared := range m.handler.Errors {
		if string(e.Code) == declared.Code {
			f.addDetail(m, declared.Shape, encoded.Bytes)
		}
	}
	return f
}

// hints say what to do about failures of one's first call.
var hints = map[grid.Code]string{
	grid.Incompatible:      "the schema that was given is not the one that the node was built from: leave --schema out, and the node is asked",
	grid.ResourceExhausted: "the node has as much to do as its Limits allow: try again later",
}

func (f *Failure) addDetail(m *Method, shape int, encoded []byte) {
	ty := &schema.Type{Kind: schema.Message, Shape: shape}
	v, err := m.codec().Decode(ty, encoded)
	if err != nil {
		f.Message += " (its fields cannot be read: " + text(err) + ")"
		return
	}
	f.Detail = string(m.codec().AppendJSON(nil, ty, v))
}

// text is an error's text, without the prefix that errors of the runtime have.
func text(err error) string { return strings.TrimPrefix(err.Error(), "grid: ") }
