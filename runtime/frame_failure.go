package grid

import (
	"encoding/binary"
	"fmt"
)

// wireError is a failure as it travels, in an error frame and in an end frame.
type wireError struct {
	outcome Outcome // never NotSent
	code    Code
	message string
	detail  []byte // the encoded TypedError, nil for none
	common  bool   // the same for many calls, which it belongs to together
}

const maxErrorText = 4 << 10 // longer messages are cut: they are for people

func (w *wireError) append(h []byte) []byte {
	message := cutText(w.message, maxErrorText)
	h = append(h, byte(w.outcome))
	h = appendString(h, string(w.code))
	h = appendString(h, message)
	return append(h, w.detail...)
}

func parseWireError(f *fields) *wireError {
	w := &wireError{outcome: Outcome(f.small())}
	w.code = Code(f.bytes())
	w.message = string(f.bytes())
	w.detail = f.b
	if w.outcome < Rejected || w.outcome > Ran {
		f.bad = true
	}
	return w
}

// appendError appends an error frame for call id.
func appendError(b []byte, id uint64, w *wireError) []byte {
	return appendFrame(b, kindError, w.append(binary.AppendUvarint(nil, id)), nil)
}

func parseError(body []byte) (id uint64, w *wireError, err error) {
	f := fields{b: body}
	id = f.uvarint()
	w = parseWireError(&f)
	return id, w, f.err(kindError)
}

// appendEnd appends an end frame: status OK where w is nil.
func appendEnd(b []byte, id uint64, w *wireError) []byte {
	h := binary.AppendUvarint(nil, id)
	if w == nil {
		return appendFrame(b, kindEnd, append(h, 0), nil)
	}
	return appendFrame(b, kindEnd, w.append(append(h, 1)), nil)
}

func parseEnd(body []byte) (id uint64, w *wireError, err error) {
	f := fields{b: body}
	id = f.uvarint()
	if f.uvarint() != 0 {
		w = parseWireError(&f)
	}
	return id, w, f.err(kindEnd)
}

// refuse makes the answer to a request that is not run.
func refuse(code Code, format string, args ...any) *wireError {
	return &wireError{outcome: Rejected, code: code, message: fmt.Sprintf(format, args...)}
}

// received turns a failure from the wire into an Error, its detail still encoded.
func (w *wireError) received() *Error {
	e := &Error{Code: w.code, Message: w.message, Remote: true, Outcome: w.outcome}
	if len(w.detail) > 0 {
		e.cause = &encodedDetail{append([]byte(nil), w.detail...)}
	}
	return e
}
