package grid

import (
	"net"
	"sync/atomic"
)

// link is what one socket gives to its calls and streams: the way out, the large
// messages that come in, what was agreed, and when something was last heard. It
// knows neither calls nor streams. A session embeds it by value.
type link struct {
	m      *node
	limits *limits
	peer   string
	dialer bool
	agreed agreement

	observed bool // interceptors see what handlers get and return, and may keep it

	raw   net.Conn
	out   writer
	parts assemblies

	shortestTrip atomic.Int64 // nanoseconds, the shortest round trip seen, the handshake's first
	heard        atomic.Int64 // manager clock when bytes last came in

	pings pings

	leaving      atomic.Bool   // this end is shutting down: goaway is said, or about to be
	draining     atomic.Bool   // we said goaway: nothing new is served
	late         atomic.Uint64 // counts the calls and opens that came nevertheless
	told         atomic.Bool   // the peer knows, and what it began before has come
	peerDraining atomic.Bool   // the peer said goaway: nothing new is asked of it

	drain chan struct{} // closed when either end begins to shut down
	ended chan struct{} // closed once the session is over

	// Cold edges up into the session.
	lost     func(error)      // the socket failed
	byCaller func() bool      // reports whether a caller holds the reader's role; for its holder
	handOn   func(seq uint64) // moves the reader's role away from the handler that has it, see role.go
}

// goHandler starts a goroutine for a handler, on the reader, whoever that is.
func (l *link) goHandler(run func()) {
	if l.byCaller() {
		l.m.afresh(func() { l.m.goroutines.Go(run) })
		return
	}
	l.m.goroutines.Go(run)
}
