package mux

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/internal/poll"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Session is one live WebSocket between two Managers. Who owns what:
//
//   - in, role: the holder of the reader's role, one goroutine at a time; see role.go
//   - Out:     its own mutex; the batch under way belongs to the holder of the flusher's role; see package out
//   - Calls:   the calls that this end makes; see package calls
//   - Serving: the handlers that run here for the peer; see serve.go of package calls
//   - Streams: both directions; see package streams
//   - Parts:   large messages being put together; see package large
//
// Everything else is static once the session has started. Locks are taken in
// the order Parts, Out, Serving, Streams, what is unread, one stream's inbox; none
// is held while waiting for anything but another lock.
type Session struct {
	link.Link
	Host     host
	registry *handlers.Registry
	sessions *Sessions
	ID       handshake.SessionID

	in      *websocket.Reader
	role    readerRole
	Calls   calls.Table
	Serving calls.Served
	Streams streams.Table

	verdicts verdicts
	routes   atomic.Pointer[routeSets] // what the peer serves
	routeBuf []byte                    // owned by the reader: routes that are still incomplete
	routeSum int                       // owned by the reader: bytes of routes that came in all

	born      int64         // manager clock
	reads     atomic.Uint64 // counts how often bytes came in
	wroteAt   int64         // owned by the Manager's clock: when this end last wrote, as of the last look
	shown     uint64        // owned by the Manager's clock: reads at the look that found wroteAt
	pinged    atomic.Int64  // manager clock when a ping without answer went out, 0 for none
	pinging   atomic.Uint64 // its number
	RoundTrip atomic.Int64  // nanoseconds, smoothed
	measured  atomic.Int64  // manager clock, when a round trip was last asked for; negative until it is known

	closeReason atomic.Pointer[status.Error] // why this end has asked the peer to close the socket, see CloseAll

	Redial func() // static; nil if the peer dialed

	Ready chan struct{} // closed once the peer's first routes are known
	once  sync.Once
	woke  bool          // owned by the reader: it may have woken a goroutine since it gave way; here it takes no more room
	err   *status.Error // set before Ended is closed
}

// host is who a session belongs to: the Connection of its peer.
type host interface {
	// SessionReady is called once the peer's routes are known.
	SessionReady(*Session)
	// SessionEnded is called at the end, before anything that runs on the session is
	// failed. It returns what is to be done after that.
	SessionEnded(*Session, *status.Error) (afterwards func())
	// Leaving reports whether the node is shutting down.
	Leaving() bool
}

// Options are what a session begins with.
type Options struct {
	Host          host
	Registry      *handlers.Registry
	Sessions      *Sessions
	Traffic       *out.Traffic
	Peer          string
	Dialer        bool
	Intercepted   bool        // interceptors see what handlers get and return
	Guest         *link.Guest // nil: the peer is a node
	Observers     *observers.Chain
	Local, Remote string // addresses of the socket
	ID            handshake.SessionID
	Agreed        handshake.Agreement

	Conn      net.Conn
	In        *websocket.Reader
	Out       *websocket.Writer
	RoundTrip time.Duration // of the handshake
}

// NewSession prepares a session over an authenticated connection. It does
// nothing until Start.
func NewSession(m *node.Node, o Options) *Session {
	s := &Session{
		Link: link.Link{M: m, Limits: &m.Limits, Running: &m.Running, Peer: o.Peer, Dialer: o.Dialer, Agreed: o.Agreed, Raw: o.Conn,
			Intercepted: o.Intercepted, Observers: o.Observers, Local: o.Local, Remote: o.Remote, Ended: make(chan struct{})},
		Host: o.Host, registry: o.Registry, sessions: o.Sessions, ID: o.ID, in: o.In, Ready: make(chan struct{}),
	}
	if g := o.Guest; g != nil {
		s.Guest, s.Limits, s.Running = g, g.Limits, g.Running
	}
	if o.Observers != nil {
		s.Served, s.Called = new(observers.Infos), new(observers.Infos)
	}
	s.Lost, s.HandOn, s.ByCaller = s.hangUp, s.handOver, s.readByCaller
	ready, try := poll.For(o.Conn)
	s.in.Ready = ready
	s.in.ExpectBatches()
	s.Out.Raw, s.Out.Traffic, s.Out.Lost = s.Raw, o.Traffic, s.Lost
	s.Out.Ws, s.Out.Try, s.Out.Checksum = o.Out, try, o.Agreed.Checksum
	s.Out.Init(s.M, s.Limits, o.Agreed.Bulk)
	s.Calls.Init(&s.Link, s)
	s.Serving.Init(&s.Link, s.registry)
	s.Streams.Init(&s.Link, s.registry)
	s.Parts.Init(s.M, s.Limits, &s.Out, s)
	s.verdicts.s = s
	s.ShortestTrip.Store(int64(max(o.RoundTrip, time.Microsecond)))
	s.RoundTrip.Store(int64(o.RoundTrip))
	s.born = m.Clock.Now()
	s.measured.Store(s.born)
	s.Heard.Store(s.born)
	s.in.Progress = func() {
		s.Heard.Store(m.Clock.Now())
		s.reads.Add(1)
	}
	s.in.Now = s.Heard.Load
	return s
}

// Start announces our routes and begins to read. Call it once.
func (s *Session) Start() {
	s.registry.Welcome(func(all []*handlers.Handler) {
		s.announce(all)
		s.sessions.add(s)
	})
	if s.Over() {
		s.sessions.remove(s) // it ended between its adoption and now
		return
	}
	if s.Host.Leaving() {
		s.Goaway("shutting down") // Shutdown may have looked for sessions before this one was there
	}
	s.M.Goroutines.Go(func() { s.readLoop() })
}

// End is the one way for a session to die; only the first call counts. Every
// call and stream gets its outcome, every handler its cancellation, and the
// Connection hears of it last. The socket may live on for a moment, to tell the
// peer why; see awaitPeerClose.
func (s *Session) End(err *status.Error, code ws.StatusCode) {
	s.once.Do(func() {
		s.err = err
		close(s.Ended)
		afterwards := s.Host.SessionEnded(s, err)
		if s.Out.Close(code, err.Message) || s.M.Closing.Err() != nil {
			s.Raw.Close()
		} else {
			s.M.Goroutines.Go(s.awaitPeerClose)
		}
		s.Calls.FailAll(err)
		s.Serving.CancelAll(err)
		s.Streams.FailAll(err)
		s.Parts.Drop()
		s.sessions.remove(s)
		afterwards()
		if s.Redial != nil {
			s.Redial()
		}
	})
}

// fail ends the session because the peer broke the protocol.
func (s *Session) fail(err error) {
	s.End(&status.Error{Code: status.Disconnected, Message: "the peer broke the protocol: " + err.Error(), Cause: err}, ws.StatusProtocolError)
}

// hangUp ends the session because the socket failed or was closed.
func (s *Session) hangUp(err error) {
	if reason := s.closeReason.Load(); reason != nil {
		s.End(reason, websocket.CloseNormal)
		return
	}
	var message string
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && s.Guest != nil && closed.Left():
		message = "the page was closed or left"
	case errors.As(err, &closed):
		message = closed.Error()
	default:
		message = fmt.Sprintf("connection lost: %s, after %v", whoClosed(err), s.lived())
	}
	s.End(&status.Error{Code: status.Disconnected, Message: message, Cause: err}, ws.StatusGoingAway)
}

// whoClosed says what the socket has said.
func whoClosed(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "closed at the other side without a reason"
	case errors.Is(err, net.ErrClosed):
		return "its socket was closed here"
	}
	return err.Error()
}

// lived is how old the session is, with three digits or so.
func (s *Session) lived() time.Duration {
	d := time.Duration(s.M.Clock.Now() - s.born)
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// Over reports whether the session has ended.
func (s *Session) Over() bool {
	select {
	case <-s.Ended:
		return true
	default:
		return false
	}
}

// handlePong measures the round trip. That bytes came is the sign of life. Who waits
// for the pong is told at the end of its batch: an older peer may have written it in
// front of what it had decided before.
func (s *Session) handlePong(n uint64) {
	s.role.pong = n
	if asked := s.pinged.Load(); asked != 0 && n != 0 && n >= s.pinging.Load() {
		trip := s.M.Clock.Now() - asked
		s.smooth(trip)
		s.ShortestTrip.Store(min(trip, s.ShortestTrip.Load()))
		s.pinged.Store(0)
	}
}

// checkLive is run by the Manager's clock: it asks silent peers for a sign of
// life and gives up on dead ones.
func (s *Session) checkLive(now int64) {
	if since := s.Out.WritingSince.Load(); since != 0 && now-since > int64(s.Limits.WriteStall) {
		s.End(&status.Error{Code: status.Disconnected, Message: fmt.Sprintf("nothing could be written for %v", s.Limits.WriteStall)}, ws.StatusGoingAway)
		return
	}
	if now-s.born > int64(s.Limits.Handshake) && s.routes.Load() == nil {
		s.End(&status.Error{Code: status.Disconnected, Message: "the peer has not said what it serves"}, ws.StatusPolicyViolation)
		return
	}
	if since := s.in.FragmentsSince(); since != 0 && now-since > int64(s.Limits.PingInterval+s.Limits.PongTimeout) {
		s.fail(fmt.Errorf("%w: a message whose fragments have not all come within %v", websocket.ErrWebSocket, s.Limits.PingInterval+s.Limits.PongTimeout))
		return
	}
	s.showLife(now)
	s.Out.LookForStuck(now)
	silent := time.Duration(now - s.Heard.Load())
	asked := s.pinged.Load()
	switch {
	case silent < s.Limits.PingInterval:
		s.pinged.Store(0)
		s.measureTrip(now)
	case asked == 0:
		s.pinged.Store(now)
		s.measured.Store(now)
		s.Out.Control(func(b []byte) []byte {
			n := s.Pings.Next(nil)
			s.pinging.Store(n)
			return wire.AppendNumber(b, wire.KindPing, n)
		})
	case time.Duration(now-asked) >= s.Limits.PongTimeout:
		s.End(&status.Error{Code: status.Disconnected, Message: fmt.Sprintf("no sign of life for %v", silent.Round(time.Millisecond))}, ws.StatusGoingAway)
	}
}

// showLife writes an unasked pong to a peer that goes on sending while this end has
// nothing to write. On a slow link the peer's ping waits behind all that the sockets
// hold, and the pong that answers the ping may come after the peer's PongTimeout.
//
// A single read does not provoke the pong: the read may have been the peer's own unasked
// pong, and the two ends would answer each other for ever.
func (s *Session) showLife(now int64) {
	reads, wrote := s.reads.Load(), s.Out.LastWrite(now)
	if wrote != s.wroteAt {
		s.wroteAt, s.shown = wrote, reads
		return
	}
	patience := s.Limits.PingInterval + s.Limits.PongTimeout/4 // by then a ping over a fast link has come
	if time.Duration(now-wrote) >= patience && reads-s.shown > 1 {
		s.Out.Control(func(b []byte) []byte { return wire.AppendNumber(b, wire.KindPong, 0) })
	}
}

// smooth takes a round trip into the figure that is shown: an eighth of each new one.
func (s *Session) smooth(trip int64) {
	if old := s.RoundTrip.Load(); old != 0 {
		trip = old + (trip-old)/8
	}
	s.RoundTrip.Store(trip)
}

// measureTrip asks the peer for a pong now and then, so that the round trip is known of
// a link that is never silent, too. One question at a time.
func (s *Session) measureTrip(now int64) {
	busy := now-s.Heard.Load() < int64(s.Limits.PingInterval)/2
	last := s.measured.Load()
	if !busy || last < 0 || now-last < 2*int64(s.Limits.PingInterval) {
		return
	}
	s.measured.Store(-now)
	s.Ping(func() {
		s.smooth(s.M.Clock.Now() - now)
		s.measured.CompareAndSwap(-now, now)
	})
}
