package handlers

import (
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// ErrLate is the answer to a request whose time ran out in a queue.
var ErrLate = wire.Refuse(status.DeadlineExceeded, "the deadline passed before the handler could start")

// NoReturn is the answer of a handler of which nothing else is known.
func NoReturn(ctx *Context) *wire.Failure {
	return &wire.Failure{Outcome: ctx.Conclude(), Code: status.Internal, Message: "the handler did not return"}
}
