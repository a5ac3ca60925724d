package status

import (
	"context"
)

// inspected is what the runtime looks for in an error that a handler has returned.
type inspected struct {
	Typed    TypedError // the first that is declared
	Own      *Error     // the first
	Late     bool       // it is context.DeadlineExceeded, too
	Canceled bool       // it is context.Canceled, too
}

// MaxWrapped is how many errors that one wraps are looked at. errors.Is and errors.As
// know no end: of an error that wraps itself they never return, and where it does so
// in a list they use up the stack, which no fence is against.
const MaxWrapped = 1000

// EachError calls look for err and all that it wraps, in the order of errors.As, as
// long as there are any left.
func EachError(err error, left *int, look func(error)) {
	for ; err != nil && *left > 0; *left-- {
		look(err)
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			err = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			*left--
			for _, one := range wrapper.Unwrap() {
				EachError(one, left, look)
			}
			return
		default:
			return
		}
	}
}

// Inspect looks through err by the rules of errors.As and errors.Is.
func Inspect(err error, declared func(Code) bool) *inspected {
	x := &inspected{}
	left := MaxWrapped
	EachError(err, &left, func(one error) { x.look(one, declared) })
	return x
}

// look looks at one error.
func (x *inspected) look(err error, declared func(Code) bool) {
	typed, _ := err.(TypedError)
	own, _ := err.(*Error)
	if as, ok := err.(interface{ As(any) bool }); ok {
		if typed == nil {
			as.As(&typed)
		}
		if own == nil {
			as.As(&own)
		}
	}
	if x.Typed == nil && typed != nil && declared(typed.Code()) {
		x.Typed = typed
	}
	if x.Own == nil {
		x.Own = own
	}
	x.Late = x.Late || IsError(err, context.DeadlineExceeded)
	x.Canceled = x.Canceled || IsError(err, context.Canceled)
}

// IsError is errors.Is for one error, without what it wraps, and a target that can be
// compared.
func IsError(err, target error) bool {
	if err == target {
		return true
	}
	x, ok := err.(interface{ Is(error) bool })
	return ok && x.Is(target)
}
