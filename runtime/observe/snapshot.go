package observe

import (
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// SnapshotVersion is the version of a Snapshot's JSON form. It grows when a field
// changes its meaning or goes; new fields do not change it.
const SnapshotVersion = 1

// Snapshot is the state of a node at one moment, as plain values. Its parts are read one
// after the other, so they may be of slightly different moments. Its JSON form has
// durations as whole nanoseconds, in fields that end in _ns, and times as RFC 3339. Names
// and reasons that come from peers are not escaped in it, but cut to 256 bytes or less.
type Snapshot struct {
	Version int       `json:"version"` // SnapshotVersion
	At      time.Time `json:"at"`
	Node    Node      `json:"node"`
	// Peers are the peers by name, the guests among them, and the node itself once it
	// has called itself.
	Peers []Peer `json:"peers"`
	// Handlers are those that are served here, then those of other nodes that were
	// called from here.
	Handlers []Handler `json:"handlers"`
	// Streams are the open ones, the oldest first, at most 1,000. StreamsLeftOut is how
	// many there are besides.
	Streams        []Stream `json:"streams"`
	StreamsLeftOut int      `json:"streams_left_out"`
	// Refusals are the sockets that were turned away before they were a session, by reason.
	Refusals []Refusal `json:"refusals"`
	// Incompatible are handlers of peers that cannot be called, because their shape
	// there does not fit the one here, at most 100.
	Incompatible []Incompatible `json:"incompatible"`
	Health       Health         `json:"health"`
}

// Node is the node itself.
type Node struct {
	Name        string    `json:"name"`
	Incarnation string    `json:"incarnation"` // of this Manager, hexadecimal
	Build       string    `json:"build"`       // version of the main module and of Go, "" where unknown
	Started     time.Time `json:"started"`
	Limits      []Limit   `json:"limits"`
	// UnknownHandler are requests that came for a number that no handler has.
	UnknownHandler uint64 `json:"unknown_handler"`
}

// Limit is a bound beside what is used of it: bytes or a count.
type Limit struct {
	Name  string `json:"name"` // the field of Limits
	Used  int64  `json:"used"`
	Limit int64  `json:"limit"`
	// Default is what Limit is where the program has not set it.
	Default int64 `json:"default,omitempty"`
	// Peer is the session that uses most, of a limit that each session has; "" of one of
	// the whole node, and where none is used.
	Peer string `json:"peer,omitempty"`
}

// Peer is the handle to another node, connected or not.
type Peer struct {
	Name     string    `json:"name"`
	Guest    bool      `json:"guest"`             // Options.Accept or a GuestHandler let it in
	Self     bool      `json:"self"`              // the node itself
	Address  string    `json:"address,omitempty"` // where it is dialed
	Dials    bool      `json:"dials"`             // this end dials; else the peer does
	Phase    string    `json:"phase"`             // connecting, waiting, connected, refused, closed
	Since    time.Time `json:"since"`
	Sessions uint64    `json:"sessions"` // that were connected so far

	// DownSince is since when it has had no session, zero while it has one; Attempts is
	// how often it was dialed since then. Phase and Since change at each attempt.
	DownSince time.Time `json:"down_since,omitzero"`
	Attempts  uint64    `json:"attempts,omitempty"`
	// LostLately is how many sessions were lost in the last minute, at most 100: ended
	// without being meant to. Lived is how long the last ones that were lost had lived,
	// the newest last, at most 8. Where these are alike, something gives sessions a fixed
	// lifetime.
	LostLately int             `json:"lost_last_minute"`
	Lived      []time.Duration `json:"lived_ns,omitempty"`

	// Why it is not connected, as far as that is known; "" while it is.
	Reason string `json:"reason,omitempty"`
	// What went wrong last: kept while it is connected.
	LastFailure   string    `json:"last_failure,omitempty"`
	LastFailureAt time.Time `json:"last_failure_at,omitzero"`
	NextAttempt   time.Time `json:"next_attempt,omitzero"` // to dial; zero: none is due

	BytesSent       uint64   `json:"bytes_sent"` // over all sessions, before WebSocket headers
	BytesReceived   uint64   `json:"bytes_received"`
	BatchesSent     uint64   `json:"batches_sent"`
	BatchesReceived uint64   `json:"batches_received"`
	Session         *Session `json:"session,omitempty"` // nil: none
}

// Session is the live session with a peer.
type Session struct {
	Number    uint64        `json:"number"`
	Dialer    bool          `json:"dialer"` // this end has dialed
	Local     string        `json:"local"`
	Remote    string        `json:"remote"`
	RoundTrip time.Duration `json:"round_trip_ns"` // smoothed, also of a busy link
	CallsMade int           `json:"calls_made"`    // in flight
	// Awaited are the handlers of the peer that CallsMade wait for, those first that most wait
	// for, at most MaxAwaited.
	Awaited      []Awaited   `json:"awaited,omitempty"`
	CallsServed  int         `json:"calls_served"` // in flight
	Streams      int         `json:"streams"`      // open, of either end
	Queued       QueuedBytes `json:"queued_bytes"`
	Unread       int         `json:"unread_bytes"`     // of streams, or let come
	Reassembly   int         `json:"reassembly_bytes"` // of large messages that are being put together
	BulkRoom     int64       `json:"bulk_room_bytes"`  // for chunks, that the peer has left
	PeerDraining bool        `json:"peer_draining"`    // it is shutting down
}

// Awaited is a handler of a peer that calls of this node wait for.
type Awaited struct {
	ID    status.HandlerID `json:"id"`
	Name  string           `json:"name,omitempty"`
	Calls int              `json:"calls"` // in flight
}

// MaxAwaited is how many handlers of a peer Session.Awaited has.
const MaxAwaited = 3

// QueuedBytes wait to be written, by lane.
type QueuedBytes struct {
	High   int `json:"high"`
	Normal int `json:"normal"`
	Low    int `json:"low"`
}

// Sum is all of them.
func (q QueuedBytes) Sum() int { return q.High + q.Normal + q.Low }

// Handler is what became of the calls or streams of one handler, at one end.
type Handler struct {
	Server   bool             `json:"server"` // it is served here; else it was called from here
	ID       status.HandlerID `json:"id"`
	Name     string           `json:"name,omitempty"`
	Subroute string           `json:"subroute,omitempty"` // at the client all are counted together, and those of all peers: see Session.Awaited
	Stream   bool             `json:"stream"`
	InFlight int              `json:"in_flight"`
	// Ran are those that are over and ran, or may have, whatever they returned.
	Ran      uint64    `json:"ran"`
	Latency  Latency   `json:"latency"` // of Ran
	Failures []Failure `json:"failures,omitempty"`
}

// Failed is how many failed.
func (h *Handler) Failed() (n uint64) {
	for _, f := range h.Failures {
		n += f.Count
	}
	return n
}

// Ended is how many are over, those included that never ran.
func (h *Handler) Ended() uint64 {
	n := h.Ran
	for _, f := range h.Failures {
		if f.Outcome == status.NotSent.String() || f.Outcome == status.Rejected.String() {
			n += f.Count
		}
	}
	return n
}

// Failure is how often calls ended in one way.
type Failure struct {
	Code    status.Code `json:"code"` // "other" beyond 64 kinds
	Outcome string      `json:"outcome"`
	Count   uint64      `json:"count"`
	// Last is when it happened last, Text what that one said, cut to 256 bytes: the
	// caller's error at the client, what the caller was told at the server.
	Last time.Time `json:"last,omitzero"`
	Text string    `json:"text,omitempty"`
}

// Stream is an open stream.
type Stream struct {
	Peer     string           `json:"peer"`
	Server   bool             `json:"server"` // its handler runs here
	ID       status.HandlerID `json:"id"`
	Name     string           `json:"name,omitempty"`
	Subroute string           `json:"subroute,omitempty"`
	Age      time.Duration    `json:"age_ns"`
	// Credit is how many messages the peer takes before it reads, Window how many bytes.
	// They mean nothing where ReceivesOnly says that this end sends no messages.
	Credit       int   `json:"credit"`
	Window       int64 `json:"window_bytes"`
	ReceivesOnly bool  `json:"receives_only,omitempty"`
	// Unread are messages that have come and that the program has not asked for here. In
	// the shape of channels one or two more are on their way to it.
	Unread int `json:"unread"`
	Queued int `json:"queued_bytes"`
	// Waits is who waits for whom: "" nobody, "send: …" a sender of this end, "read: …" the
	// peer for a reader of this end, "receive: …" a receiver of this end.
	Waits string `json:"waits,omitempty"`
}

// Refusal counts the sockets that were turned away for one reason.
type Refusal struct {
	Reason string    `json:"reason"` // a code, or: origin, not an upgrade, subprotocol, too many
	Count  uint64    `json:"count"`
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last"`
	Name   string    `json:"name,omitempty"` // that the last one claimed
	Remote string    `json:"remote"`         // address of the last one
	Text   string    `json:"text"`           // what the last one was told
}

// Incompatible is a handler of a peer that cannot be called.
type Incompatible struct {
	Peer    string           `json:"peer"`
	ID      status.HandlerID `json:"id"`
	Name    string           `json:"name,omitempty"`
	Verdict string           `json:"verdict"`
}

// Health is what probes ask for.
type Health struct {
	Live      bool   `json:"live"`  // the node is not shut down
	Ready     bool   `json:"ready"` // it serves, is not draining, and Options.Ready says so
	State     string `json:"state"` // serving, draining, closed
	Reason    string `json:"reason,omitempty"`
	Connected int    `json:"connected"` // peers with a session, without guests
	Peers     int    `json:"peers"`     // without guests
}
