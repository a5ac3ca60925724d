package status

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// Code is the stable name of a kind of failure. Declared errors have their own codes,
// such as "storage.file_not_found"; the standard ones are below.
type Code string

// The standard codes.
const (
	Canceled          Code = "canceled"
	DeadlineExceeded  Code = "deadline_exceeded"
	Disconnected      Code = "disconnected"
	UnknownHandler    Code = "unknown_handler"
	Incompatible      Code = "incompatible"
	AlreadyRegistered Code = "already_registered"
	InvalidArgument   Code = "invalid_argument"
	NotFound          Code = "not_found"
	PermissionDenied  Code = "permission_denied"
	Unauthenticated   Code = "unauthenticated"
	ResourceExhausted Code = "resource_exhausted"
	TooLarge          Code = "too_large"
	Unavailable       Code = "unavailable"
	Unimplemented     Code = "unimplemented"
	Internal          Code = "internal"
)

// Sentinels for errors.Is: any *Error with the same code matches.
var (
	ErrCanceled          = &Error{Code: Canceled}
	ErrDeadlineExceeded  = &Error{Code: DeadlineExceeded}
	ErrDisconnected      = &Error{Code: Disconnected}
	ErrUnknownHandler    = &Error{Code: UnknownHandler}
	ErrIncompatible      = &Error{Code: Incompatible}
	ErrAlreadyRegistered = &Error{Code: AlreadyRegistered}
	ErrInvalidArgument   = &Error{Code: InvalidArgument}
	ErrNotFound          = &Error{Code: NotFound}
	ErrPermissionDenied  = &Error{Code: PermissionDenied}
	ErrUnauthenticated   = &Error{Code: Unauthenticated}
	ErrResourceExhausted = &Error{Code: ResourceExhausted}
	ErrTooLarge          = &Error{Code: TooLarge}
	ErrUnavailable       = &Error{Code: Unavailable}
	ErrNotImplemented    = &Error{Code: Unimplemented} // NewUnimplemented makes one
	ErrInternal          = &Error{Code: Internal}
)

// Outcome says whether the handler of a failed call ran. It is never a guess: if it is
// not known, it is MayHaveRun.
type Outcome uint8

// The outcomes. The zero Outcome is for errors that are not about a call.
const (
	NotSent    Outcome = iota + 1 // nothing that could start the handler left this process
	Rejected                      // the peer rejected the request before the handler ran
	MayHaveRun                    // the request was sent; it is not known whether the handler ran
	Ran                           // the handler ran, and returned this error
)

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Rejected:
		return "rejected"
	case MayHaveRun:
		return "may have run"
	case Ran:
		return "ran"
	default:
		return "outcome unknown"
	}
}

// Error is the one error value of the runtime. It is immutable once returned
// and safe for concurrent use.
type Error struct {
	Code    Code
	Message string     // for people; may be empty. Text says more of a deadline
	Detail  TypedError // the declared error, when both ends know its code; else nil
	Remote  bool       // the peer said it; otherwise it arose here
	Outcome Outcome    // of the call, zero for errors that are not about one
	Cause   error      // local only, never sent

	late *Late // of a call or stream that ran out of time
}

// TypedError is an error declared in a .grid file; gridc generates them.
type TypedError interface {
	error
	Message
	Code() Code
}

// ErrorType is a declared error: its code, and how to make an empty one.
type ErrorType struct {
	Code  Code
	empty func() TypedError
}

// ErrorOf returns the ErrorType of a generated error: ErrorOf[FileNotFound]().
func ErrorOf[T any, P interface {
	*T
	TypedError
}]() ErrorType {
	return ErrorType{Code: P(new(T)).Code(), empty: func() TypedError { return P(new(T)) }}
}

// HandlerID identifies a handler on the wire, 1 to 65535.
type HandlerID uint16

// NewError returns an error for a handler to return: the caller gets its code and message
// unchanged.
func NewError(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// NewUnimplemented is what a generated Unimplemented… server returns: nothing was done,
// so its caller is told Rejected, though a handler ran.
func NewUnimplemented(handler string) error {
	return &Error{Code: Unimplemented, Outcome: Rejected, Message: "handler " + handler + " is not implemented here"}
}

// ErrUnimplemented creates an error. It is not a sentinel, although its name looks like
// one.
//
// Deprecated: use [NewUnimplemented] to create one, and [ErrNotImplemented] with
// errors.Is.
//
//go:fix inline
func ErrUnimplemented(handler string) error { return NewUnimplemented(handler) }

// IsUnimplemented reports whether e comes from NewUnimplemented, in this process.
func IsUnimplemented(e *Error) bool {
	return e != nil && e.Code == Unimplemented && e.Outcome == Rejected && !e.Remote
}

// Error returns code, message and, where it is known, what became of the call.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("grid: ")
	b.WriteString(string(e.Code))
	if text := e.Text(); text != "" {
		b.WriteString(": ")
		b.WriteString(text)
	}
	if e.Outcome != 0 {
		b.WriteString(" (")
		if e.Remote {
			b.WriteString("remote, ")
		}
		b.WriteString(e.Outcome.String())
		b.WriteString(")")
	}
	return b.String()
}

// Is makes errors.Is match the sentinels by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == "" && t.Outcome == 0 && t.Detail == nil
}

// Unwrap exposes the typed detail; for errors that arose here, their cause; and the
// error of package context that the code is the name of. So a deadline is
// context.DeadlineExceeded and a cancellation context.Canceled whichever end's clock was
// first, and whoever says so: IsRemote tells that. A remote deadline_exceeded may be
// that of something the handler waited for; whether the caller's own deadline has
// passed its context knows.
func (e *Error) Unwrap() []error {
	var out []error
	switch e.Code {
	case DeadlineExceeded:
		out = append(out, context.DeadlineExceeded)
	case Canceled:
		out = append(out, context.Canceled)
	}
	if e.Detail != nil {
		out = append(out, e.Detail)
	}
	if e.Cause != nil {
		out = append(out, e.Cause)
	}
	return out
}

// IsRemote reports whether err came from the peer.
func IsRemote(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Remote
}

// OutcomeOf returns the outcome of err, or zero if it has none.
func OutcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return 0
}

// WithOutcome returns a copy of e about a call with the given outcome.
func WithOutcome(e *Error, o Outcome) *Error {
	c := *e
	c.Outcome = o
	return &c
}

// DeadlinePassed is what a call is told whose deadline has passed here.
func DeadlinePassed() *Error {
	return &Error{Code: DeadlineExceeded, Message: "the deadline has passed"}
}

// Quoted shortens and quotes a string that came from a peer, so that it can
// stand in a log line or a message without breaking either.
func Quoted(s string) string {
	return strconv.Quote(Shortened(s, 128))
}

// Logged is quoted for a value of a log record, without the quotes: handlers that
// need some add their own, and twice they would make reasons unreadable.
func Logged(s string) string { return escaped(Shortened(s, 128)) }

// LoggedReason is logged for why something happened: it has room for several names
// and for what a peer said, so that its point is not cut off.
func LoggedReason(s string) string { return escaped(Shortened(s, 512)) }

// escaped escapes what could break a line or drive a terminal.
func escaped(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// StandardCodes are the codes that any handler may return without declaring.
var StandardCodes = map[Code]bool{
	Canceled: true, DeadlineExceeded: true, AlreadyRegistered: true, InvalidArgument: true,
	NotFound: true, PermissionDenied: true, Unauthenticated: true, ResourceExhausted: true,
	TooLarge: true, Unavailable: true, Unimplemented: true, Internal: true,
}

// Shortened leaves out the middle of what has more than n bytes: the end of a reason
// is often its point.
func Shortened(s string, n int) string {
	const gap = "…"
	if len(s) <= n {
		return s
	}
	head := (n - len(gap)) * 2 / 3
	tail := s[len(s)-(n-len(gap)-head):]
	return CutText(s, head) + gap + strings.ToValidUTF8(tail, "")
}

// CutText shortens s to at most n bytes of whole characters.
func CutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// EncodedDetail carries the bytes of a typed error up to where its type is known.
type EncodedDetail struct{ Bytes []byte }

func (d *EncodedDetail) Error() string { return "typed detail" }
