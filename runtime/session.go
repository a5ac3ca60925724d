package grid

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// session is one live WebSocket between two Managers. Who owns what:
//
//   - in, role: the holder of the reader's role, one goroutine at a time; see role.go
//   - out:     its own mutex; the batch under way belongs to the holder of the flusher's role; see session_write.go
//   - calls:   the calls that this end makes; see call.go
//   - serving: the handlers that run here for the peer; see dispatch.go
//   - streams: both directions; see stream.go
//   - parts:   large messages being put together; see assembly.go
//
// Everything else is static once the session has started. Locks are taken in
// the order parts, out, serving, streams, what is unread, one stream's inbox; none
// is held while waiting for anything but another lock.
type session struct {
	link
	host     host
	registry *registry
	sessions *sessionSet
	id       sessionID

	in      *wsReader
	role    readerRole
	calls   callTable
	serving servingTable
	streams streamTable

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
	roundTrip atomic.Int64  // nanoseconds, of the last ping

	goodbye atomic.Pointer[Error] // why this end has asked the peer to close the socket, see farewell

	redial func() // static; nil if the peer dialed

	ready chan struct{} // closed once the peer's first routes are known
	once  sync.Once
	err   *Error // set before ended is closed
}

// sessionID says which of two sockets of a pair is the newer one.
type sessionID struct {
	incarnation [16]byte // of the dialer
	attempt     uint64   // of the dialer's, within its incarnation
	byName      bool     // the dialer is the end that the two names say
}

// host is who a session belongs to: the Connection of its peer.
type host interface {
	// sessionReady is called once the peer's routes are known.
	sessionReady(*session)
	// sessionEnded is called at the end, before anything that runs on the session is
	// failed. It returns what is to be done after that.
	sessionEnded(*session, *Error) (afterwards func())
	// leaving reports whether the node is shutting down.
	leaving() bool
}

// sessionOptions are what a session begins with.
type sessionOptions struct {
	host     host
	registry *registry
	sessions *sessionSet
	traffic  *traffic
	peer     string
	dialer   bool
	observed bool // interceptors see what handlers get and return
	id       sessionID
	agreed   agreement

	conn      net.Conn
	in        *wsReader
	out       *wsWriter
	roundTrip time.Duration // of the handshake
}

// newSession prepares a session over an authenticated connection. It does
// nothing until start.
func newSession(m *node, o sessionOptions) *session {
	s := &session{
		link: link{m: m, limits: &m.limits, peer: o.peer, dialer: o.dialer, agreed: o.agreed, raw: o.conn,
			observed: o.observed, ended: make(chan struct{})},
		host: o.host, registry: o.registry, sessions: o.sessions, id: o.id, in: o.in, ready: make(chan struct{}),
	}
	s.lost, s.handOn, s.byCaller = s.hangUp, s.handOver, s.readByCaller
	ready, try := poll.For(o.conn)
	s.in.ready = ready
	s.in.expectBatches()
	s.out.raw, s.out.traffic, s.out.lost = s.raw, o.traffic, s.lost
	s.out.ws, s.out.try, s.out.checksum = o.out, try, o.agreed.checksum
	s.out.init(s.m, o.agreed.bulk)
	s.calls.init(&s.link, s)
	s.serving.init(&s.link, s.registry)
	s.streams.init(&s.link, s.registry)
	s.parts.init(s.m, &s.out, s)
	s.verdicts.s = s
	s.shortestTrip.Store(int64(max(o.roundTrip, time.Microsecond)))
	s.born = m.clock.now()
	s.heard.Store(s.born)
	s.in.progress = func() {
		s.heard.Store(m.clock.now())
		s.reads.Add(1)
	}
	return s
}

// start announces our routes and begins to read. Call it once.
func (s *session) start() {
	s.registry.welcome(func(all []*handler) {
		s.announce(all)
		s.sessions.add(s)
	})
	if s.over() {
		s.sessions.remove(s) // it ended between its adoption and now
		return
	}
	if s.host.leaving() {
		s.goaway("shutting down") // Shutdown may have looked for sessions before this one was there
	}
	s.m.goroutines.Go(func() { s.readLoop() })
}

// end is the one way for a session to die; only the first call counts. Every
// call and stream gets its outcome, every handler its cancellation, and the
// Connection hears of it last. The socket may live on for a moment, to tell the
// peer why; see linger.
func (s *session) end(err *Error, code ws.StatusCode) {
	s.once.Do(func() {
		s.err = err
		close(s.ended)
		afterwards := s.host.sessionEnded(s, err)
		if s.out.close(code, err.Message) || s.m.closing.Err() != nil {
			s.raw.Close()
		} else {
			s.m.goroutines.Go(s.linger)
		}
		s.calls.failAll(err)
		s.serving.cancelAll(err)
		s.streams.failAll(err)
		s.parts.drop()
		s.sessions.remove(s)
		afterwards()
		if s.redial != nil {
			s.redial()
		}
	})
}

// fail ends the session because the peer broke the protocol.
func (s *session) fail(err error) {
	s.end(&Error{Code: Disconnected, Message: "the peer broke the protocol: " + err.Error(), cause: err}, ws.StatusProtocolError)
}

// hangUp ends the session because the socket failed or was closed.
func (s *session) hangUp(err error) {
	if reason := s.goodbye.Load(); reason != nil {
		s.end(reason, closeNormal)
		return
	}
	message := "connection lost: " + err.Error()
	var closed *closeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		message = "connection lost"
	case errors.As(err, &closed):
		message = closed.Error()
	}
	s.end(&Error{Code: Disconnected, Message: message, cause: err}, ws.StatusGoingAway)
}

// over reports whether the session has ended.
func (s *session) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// handlePong measures the round trip. That bytes came is the sign of life. Who waits
// for the pong is told at the end of its batch: an older peer may have written it in
// front of what it had decided before.
func (s *session) handlePong(n uint64) {
	s.role.pong = n
	if asked := s.pinged.Load(); asked != 0 && n != 0 && n >= s.pinging.Load() {
		trip := s.m.clock.now() - asked
		s.roundTrip.Store(trip)
		s.shortestTrip.Store(min(trip, s.shortestTrip.Load()))
		s.pinged.Store(0)
	}
}

// checkLive is run by the Manager's clock: it asks silent peers for a sign of
// life and gives up on dead ones.
func (s *session) checkLive(now int64) {
	if since := s.out.writingSince.Load(); since != 0 && now-since > int64(s.limits.WriteStall) {
		s.end(&Error{Code: Disconnected, Message: fmt.Sprintf("nothing could be written for %v", s.limits.WriteStall)}, ws.StatusGoingAway)
		return
	}
	if now-s.born > int64(s.limits.Handshake) && s.routes.Load() == nil {
		s.end(&Error{Code: Disconnected, Message: "the peer has not said what it serves"}, ws.StatusPolicyViolation)
		return
	}
	s.showLife(now)
	silent := time.Duration(now - s.heard.Load())
	asked := s.pinged.Load()
	switch {
	case silent < s.limits.PingInterval:
		s.pinged.Store(0)
	case asked == 0:
		s.pinged.Store(now)
		s.out.control(func(b []byte) []byte {
			n := s.pings.next(nil)
			s.pinging.Store(n)
			return appendNumber(b, kindPing, n)
		})
	case time.Duration(now-asked) >= s.limits.PongTimeout:
		s.end(&Error{Code: Disconnected, Message: fmt.Sprintf("no sign of life for %v", silent.Round(time.Millisecond))}, ws.StatusGoingAway)
	}
}

// showLife tells a peer that sends, and hears nothing, that this end lives: on a
// slow link its ping waits behind all that the sockets hold, which may take
// longer than it is patient. One read alone is no cause: it may have been such a
// sign, and two ends would answer each other for ever.
func (s *session) showLife(now int64) {
	reads, wrote := s.reads.Load(), s.out.lastWrite(now)
	if wrote != s.wroteAt {
		s.wroteAt, s.shown = wrote, reads
		return
	}
	patience := s.limits.PingInterval + s.limits.PongTimeout/4 // by then a ping over a fast link has come
	if time.Duration(now-wrote) >= patience && reads-s.shown > 1 {
		s.out.control(func(b []byte) []byte { return appendNumber(b, kindPong, 0) })
	}
}
