package grid

import (
	"errors"
	"io"
	"net"
	"os"
)

// foreign stands for an error of code that is not the runtime's own, such as a dial
// function's. What the runtime has to know of it is found out once, where the error
// comes in: its methods may panic, and later it is looked at by readers and with locks
// held.
type foreign struct {
	text  string
	inner string // the text of what it began with: around that may be ports, which are others each time
	kind  error  // io.EOF, net.ErrClosed, os.ErrDeadlineExceeded or nil
	cause error  // for the users of the runtime, nil where that could be met by the runtime itself
}

// launder returns a foreign for err. It calls its methods.
func launder(err error) (f *foreign) {
	f = &foreign{text: textOf(err), inner: textOf(err)}
	defer func() { _ = recover() }()
	left := maxWrapped
	eachError(err, &left, func(one error) {
		f.inner = textOf(one)
		for _, kind := range []error{io.EOF, net.ErrClosed, os.ErrDeadlineExceeded} {
			if f.kind == nil && isError(one, kind) {
				f.kind = kind
			}
		}
	})
	return f
}

// Error returns the text of the error.
func (f *foreign) Error() string { return f.text }

// Is makes errors.Is find its kind.
func (f *foreign) Is(target error) bool { return f.kind != nil && f.kind == target }

// Timeout and Temporary are what crypto/tls asks of the errors of a connection.
func (f *foreign) Timeout() bool { return f.kind == os.ErrDeadlineExceeded }

// Temporary implements net.Error.
func (f *foreign) Temporary() bool { return f.Timeout() }

// Unwrap returns the error that it stands for.
func (f *foreign) Unwrap() error { return f.cause }

// refusalIn finds the refusal in an error of an attempt to connect. It looks at no
// error of others.
func refusalIn(err error) *rejection {
	for err != nil {
		switch e := err.(type) {
		case *rejection:
			return e
		case *foreign:
			return nil
		}
		err = errors.Unwrap(err)
	}
	return nil
}

// innermost is the text of what an error began with; see foreign.
func innermost(err error) string {
	for {
		if f, ok := err.(*foreign); ok {
			return f.inner
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
