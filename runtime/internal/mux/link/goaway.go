package link

import (
	"github.com/gridrpc/gridc/runtime/status"
)

// ErrPeerLeaving is why nothing is begun at a peer that said goaway.
var ErrPeerLeaving = &status.Error{Code: status.Unavailable, Outcome: status.NotSent, Message: "the peer is shutting down"}

// ErrLeaving is why this node begins nothing on its way out, unless a handler that
// is still running asks for it.
var ErrLeaving = &status.Error{Code: status.Disconnected, Outcome: status.NotSent, Message: "this node is shutting down"}
