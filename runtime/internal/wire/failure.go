package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/gridrpc/gridc/runtime/status"
)

// Failure is a failure as it travels, in an error frame and in an end frame.
type Failure struct {
	Outcome status.Outcome // never NotSent
	Code    status.Code
	Message string
	Detail  []byte // the encoded TypedError, nil for none
	Common  bool   // one Failure that is shared by many calls, see RefuseAll
}

const MaxErrorText = 4 << 10 // longer messages are cut: they are for people

func (w *Failure) Append(h []byte) []byte {
	message := status.CutText(w.Message, MaxErrorText)
	h = append(h, byte(w.Outcome))
	h = AppendString(h, string(w.Code))
	h = AppendString(h, message)
	return append(h, w.Detail...)
}

func parseWireError(f *Fields) *Failure {
	w := &Failure{Outcome: status.Outcome(f.small())}
	w.Code = status.Code(f.Bytes())
	w.Message = string(f.Bytes())
	w.Detail = f.B
	if w.Outcome < status.Rejected || w.Outcome > status.Ran {
		f.Bad = true
	}
	return w
}

// AppendError appends an error frame for call id.
func AppendError(b []byte, id uint64, w *Failure) []byte {
	return AppendFrame(b, KindError, w.Append(binary.AppendUvarint(nil, id)), nil)
}

func ParseError(body []byte) (id uint64, w *Failure, err error) {
	f := Fields{B: body}
	id = f.Uvarint()
	w = parseWireError(&f)
	return id, w, f.Err(KindError)
}

// AppendEnd appends an end frame: status OK where w is nil.
func AppendEnd(b []byte, id uint64, w *Failure) []byte {
	h := binary.AppendUvarint(nil, id)
	if w == nil {
		return AppendFrame(b, KindEnd, append(h, 0), nil)
	}
	return AppendFrame(b, KindEnd, w.Append(append(h, 1)), nil)
}

func ParseEnd(body []byte) (id uint64, w *Failure, err error) {
	f := Fields{B: body}
	id = f.Uvarint()
	if f.Uvarint() != 0 {
		w = parseWireError(&f)
	}
	return id, w, f.Err(KindEnd)
}

// Refuse makes the answer to a request that is not run.
func Refuse(code status.Code, format string, args ...any) *Failure {
	return &Failure{Outcome: status.Rejected, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Received turns a failure from the wire into an Error, its detail still encoded.
func (w *Failure) Received() *status.Error {
	e := &status.Error{Code: w.Code, Message: w.Message, Remote: true, Outcome: w.Outcome}
	if len(w.Detail) > 0 {
		e.Cause = &status.EncodedDetail{Bytes: append([]byte(nil), w.Detail...)}
	}
	return e
}
