package grid

import (
	"context"
	"errors"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// Phase is a stage in the life of a Connection.
type Phase uint8

// The phases. Refused is about a connection: one end does not accept the key, the name or
// the version of the other. A call that a connected peer refuses is [Rejected], which is
// an [Outcome]. Closed is for good; a connection that was lost is Connecting or Waiting.
// In every phase but Connected, calls fail with the [Code] [Disconnected].
const (
	Connecting Phase = iota // this end dials, or waits before the next attempt
	Waiting                 // the peer dials
	Connected               // calls can be made
	Refused                 // one end refused the other; attempts continue. Connections are Refused, calls are Rejected
	Closed                  // for good: the Manager is shut down or the peer removed. After a lost connection, calls fail as Disconnected
)

// String returns the phase in words.
func (p Phase) String() string {
	return [...]string{"connecting", "waiting for the peer to connect", "connected", "refused", "closed"}[p]
}

// State is the state of a Connection at one moment.
type State struct {
	Phase   Phase
	Since   time.Time
	Reason  error  // why it is not connected, if known; nil while Connected
	Session uint64 // the number of sessions so far

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
		return s.Phase.String() + ": its address is not known here, so the peer has to dial"
	case s.Phase == Waiting:
		return s.Phase.String() + ": it is the end of this pair that dials"
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

// Stats are the figures of a Connection since it was created. Counters only grow.
// Manager.Snapshot has these and more, for all Connections.
type Stats struct {
	State           State
	BatchesSent     uint64
	BytesSent       uint64 // of batches, before WebSocket headers
	BatchesReceived uint64
	BytesReceived   uint64

	CallsInFlight  int           // made here
	CallsServing   int           // running here
	StreamsOpen    int           // of either end
	UnreadBytes    int           // in streams, not yet read here; a large message counts as soon as the peer may send it
	QueuedBytes    int           // waiting to be written
	RoundTrip      time.Duration // smoothed; 0 while there is no session
	PeerIsDraining bool
}

// Stats returns the current figures. They are read one after the other, so they may
// differ slightly in time.
func (c *Connection) Stats() Stats {
	if c == nil {
		return Stats{State: c.State()}
	}
	st := Stats{State: c.State(),
		BatchesSent: c.traffic.BatchesOut.Load(), BytesSent: c.traffic.BytesOut.Load(),
		BatchesReceived: c.traffic.BatchesIn.Load(), BytesReceived: c.traffic.BytesIn.Load()}
	s := c.live.Load()
	if s == nil {
		return st
	}
	st.CallsInFlight = s.Calls.InFlight()
	st.CallsServing = s.Serving.Len()
	st.StreamsOpen = s.Streams.Len()
	st.UnreadBytes = s.Streams.Unread.Bytes()
	st.QueuedBytes = s.Out.Len()
	st.RoundTrip = time.Duration(s.RoundTrip.Load())
	st.PeerIsDraining = s.PeerDraining.Load()
	return st
}

// PeerHandler is a handler that a peer has announced.
type PeerHandler struct {
	ID       HandlerID
	Subroute string // its parts with "/" between them, as [Connection.Subroute] joins them; "" for none
	Stream   bool

	// InCapacity and OutCapacity are the messages of a stream that the handler and
	// its caller hold unread; 0 means that there are none in that direction.
	InCapacity, OutCapacity int

	HasSchema bool // Schemas returns a table for it
}

// Handlers returns the handlers that the peer has announced so far, sorted by id and
// subroute: all that were registered there before the session began, and later ones as
// they are announced. Without a session there are none. The slice belongs to the caller.
//
// It is for tools that call services they were not built for. Generated code does not
// need it.
func (c *Connection) Handlers() []PeerHandler {
	if c == nil {
		return nil
	}
	s := c.live.Load()
	if s == nil {
		return nil
	}
	announced := s.Announced()
	all := make([]PeerHandler, len(announced))
	for i, h := range announced {
		all[i] = PeerHandler{ID: h.Key.ID, Subroute: h.Key.Subroute, Stream: h.Stream,
			InCapacity: h.InCap, OutCapacity: h.OutCap, HasSchema: h.HasShape}
	}
	return all
}

// Schemas asks the peer for the schemas of handlers, with all names: of fields, variants,
// enum values and declared errors. It returns one table for each handler that has a
// schema at the peer. The tables are cached for the session and must not be changed. The
// names come from the peer, and may contain anything. Schemas waits until ctx ends, or
// for Limits.CallTimeout for each request to the peer.
func (c *Connection) Schemas(ctx context.Context, ids ...HandlerID) (map[HandlerID]*schema.Table, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	s := c.live.Load()
	if s == nil {
		return nil, c.disconnected()
	}
	if ctx.Err() != nil {
		return nil, status.WithOutcome(status.ContextError(ctx), NotSent)
	}
	found, err := s.Shapes(ctx, ids)
	if err != nil {
		return nil, err
	}
	return found, nil
}
