package grid

import (
	"context"
	"errors"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/status"
)

// Phase is a stage in the life of a Connection.
type Phase uint8

// The phases.
const (
	Connecting Phase = iota // this end dials, or waits for its next attempt
	Waiting                 // the peer dials
	Connected               // calls can be made
	Refused                 // one end refused the other; attempts go on, with the longest pause
	Closed                  // the Manager is shut down or the peer removed
)

// String returns the phase in words.
func (p Phase) String() string {
	return [...]string{"connecting", "waiting for the peer to connect", "connected", "refused", "closed"}[p]
}

// State is what a Connection is at one moment.
type State struct {
	Phase   Phase
	Since   time.Time
	Reason  error  // why it is not connected, if that is known; nil while Connected
	Session uint64 // counts the sessions that were connected so far

	named bool // of the pair this end is the one that dials; static
}

// obstacle says what stands in the way of a connection.
func (s State) obstacle() string {
	var e *Error
	switch refused := refusalIn(s.Reason); {
	case s.Phase == Refused && refused != nil:
		return refused.Error() // which says so
	case errors.As(s.Reason, &e):
		return s.Phase.String() + ": " + e.Message
	case s.Reason != nil:
		return s.Phase.String() + ": " + s.Reason.Error()
	case s.Phase == Waiting && s.named:
		return s.Phase.String() + ": of this pair it is this node that dials, and has no address of it"
	case s.Phase == Waiting:
		return s.Phase.String() + ": of this pair it is the one that dials"
	}
	return s.Phase.String()
}

// missed is why a call that waited for a connection has run out of time.
func (s State) missed(ctx context.Context, peer string) *Error {
	e := status.WithOutcome(status.ContextError(ctx), NotSent)
	if s.Phase == Connected {
		e.Message = status.Quoted(peer) + " has been shutting down all this time"
	} else {
		e.Message = status.Quoted(peer) + " is still not connected, " + s.obstacle()
	}
	return e
}

// refused reports whether the ends do not agree with each other, and will not
// without somebody's help: keys, names, versions. That another connection of the
// pair is newer passes by itself.
func (s State) refused() bool {
	var r *handshake.Rejection
	return s.Phase == Refused && errors.As(s.Reason, &r) && r.Code != AlreadyRegistered
}
