package grid

import "context"

// inspected is what the runtime looks for in an error that a handler has returned.
type inspected struct {
	typed    TypedError // the first that is declared
	own      *Error     // the first
	late     bool       // it is context.DeadlineExceeded, too
	canceled bool       // it is context.Canceled, too
}

// maxWrapped is how many errors that one wraps are looked at. errors.Is and errors.As
// know no end: of an error that wraps itself they never return, and where it does so
// in a list they use up the stack, which no fence is against.
const maxWrapped = 1000

// eachError calls look for err and all that it wraps, in the order of errors.As, as
// long as there are any left.
func eachError(err error, left *int, look func(error)) {
	for ; err != nil && *left > 0; *left-- {
		look(err)
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			err = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			*left--
			for _, one := range wrapper.Unwrap() {
				eachError(one, left, look)
			}
			return
		default:
			return
		}
	}
}

// inspect looks through err by the rules of errors.As and errors.Is.
func inspect(err error, declared func(Code) bool) *inspected {
	x := &inspected{}
	left := maxWrapped
	eachError(err, &left, func(one error) { x.look(one, declared) })
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
	if x.typed == nil && typed != nil && declared(typed.Code()) {
		x.typed = typed
	}
	if x.own == nil {
		x.own = own
	}
	x.late = x.late || isError(err, context.DeadlineExceeded)
	x.canceled = x.canceled || isError(err, context.Canceled)
}

// isError is errors.Is for one error, without what it wraps, and a target that can be
// compared.
func isError(err, target error) bool {
	if err == target {
		return true
	}
	x, ok := err.(interface{ Is(error) bool })
	return ok && x.Is(target)
}
