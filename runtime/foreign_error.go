package grid

import (
	"errors"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/node"
)

// refusalIn finds the refusal in an error of an attempt to connect. It looks at no
// error of others.
func refusalIn(err error) *handshake.Rejection {
	for err != nil {
		switch e := err.(type) {
		case *handshake.Rejection:
			return e
		case *node.Foreign:
			return nil
		}
		err = errors.Unwrap(err)
	}
	return nil
}

// innermost is the text of what an error began with; see Foreign of package node.
func innermost(err error) string {
	for {
		if f, ok := err.(*node.Foreign); ok {
			return f.Inner
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
