package node

import (
	"io"
	"net"
	"os"

	"github.com/gridrpc/gridc/runtime/status"
)

// Foreign stands for an error of code that is not the runtime's own, such as a dial
// function's. What the runtime has to know of the error is found out once, where the error
// comes in: the error's methods may panic, and readers and holders of locks look at it
// later.
type Foreign struct {
	text  string
	Inner string // the text of what it began with: around that may be ports, which are others each time
	kind  error  // io.EOF, net.ErrClosed, os.ErrDeadlineExceeded or nil
	Cause error  // for the users of the runtime, nil where that could be met by the runtime itself
}

// Launder returns a Foreign for err. It calls methods of err.
func Launder(err error) (f *Foreign) {
	f = &Foreign{text: status.TextOf(err), Inner: status.TextOf(err)}
	defer func() { _ = recover() }()
	left := status.MaxWrapped
	status.EachError(err, &left, func(one error) {
		f.Inner = status.TextOf(one)
		for _, kind := range []error{io.EOF, net.ErrClosed, os.ErrDeadlineExceeded} {
			if f.kind == nil && status.IsError(one, kind) {
				f.kind = kind
			}
		}
	})
	return f
}

// Error returns the text of the error.
func (f *Foreign) Error() string { return f.text }

// Is makes errors.Is find its kind.
func (f *Foreign) Is(target error) bool { return f.kind != nil && f.kind == target }

// Timeout and Temporary are what crypto/tls asks of the errors of a connection.
func (f *Foreign) Timeout() bool { return f.kind == os.ErrDeadlineExceeded }

// Temporary implements net.Error.
func (f *Foreign) Temporary() bool { return f.Timeout() }

// Unwrap returns the error that it stands for.
func (f *Foreign) Unwrap() error { return f.Cause }
