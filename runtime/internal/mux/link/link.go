package link

import (
	"net"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/status"
)

// Link is what one socket gives to its calls and streams: the way out, the large
// messages that come in, what was agreed, and when something was last heard. It
// knows neither calls nor streams. A session embeds it by value.
type Link struct {
	M       *node.Node
	Limits  *node.Limits // of the node, or of those guests that the peer is one of
	Running *node.Budget // calls served, of all sessions with these limits
	Peer    string
	Dialer  bool
	Agreed  handshake.Agreement

	Number        atomic.Uint64 // of the session among those of its Connection, 0 until it is ready
	Local, Remote string        // addresses of the socket

	Observers      *observers.Chain // nil: none
	Served, Called *observers.Infos // what they are told of the handlers of this end, and of the other; nil without them

	Guest *Guest // nil: the peer is a node

	Intercepted bool // interceptors see what handlers get and return, and may keep it

	Raw   net.Conn
	Out   out.Writer
	Parts large.Assemblies

	ShortestTrip atomic.Int64 // nanoseconds, the shortest round trip seen, the handshake's first
	Heard        atomic.Int64 // manager clock when bytes last came in

	Pings node.Pings

	Leaving      atomic.Bool   // this end is shutting down: goaway is said, or about to be
	Draining     atomic.Bool   // we said goaway: nothing new is served
	Late         atomic.Uint64 // counts the calls and opens that came nevertheless
	Told         atomic.Bool   // the peer knows, and what it began before has come
	PeerDraining atomic.Bool   // the peer said goaway: nothing new is asked of it

	Drain chan struct{} // closed when either end begins to shut down
	Ended chan struct{} // closed once the session is over

	// Cold edges up into the session.
	Lost     func(error)      // the socket failed
	ByCaller func() bool      // reports whether a caller holds the reader's role; for its holder
	HandOn   func(seq uint64) // moves the reader's role away from the handler that has it, see role.go of package mux
}

// Guest is what a session of a guest has of its own.
type Guest struct {
	User    string                    // as the check of guests has called it
	Only    map[status.HandlerID]bool // what it may call, and hears of; static; nil: every handler
	Limits  *node.Limits
	Running *node.Budget // calls served, of all guests with these limits
}

// May reports whether the peer may call a handler, and know of it.
func (l *Link) May(id status.HandlerID) bool { return l.Everything() || l.Guest.Only[id] }

// Everything reports whether the peer may call every handler.
func (l *Link) Everything() bool { return l.Guest == nil || l.Guest.Only == nil }

// User is whom the check of guests has called the peer, "" of nodes.
func (l *Link) User() string {
	if l.Guest == nil {
		return ""
	}
	return l.Guest.User
}

// GoHandler starts a goroutine for a handler, on the reader, whoever that is.
func (l *Link) GoHandler(run func()) {
	if l.ByCaller() {
		l.M.Afresh(func() { l.M.Goroutines.Go(run) })
		return
	}
	l.M.Goroutines.Go(run)
}
