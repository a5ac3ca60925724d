package grid

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"time"

	"github.com/zeebo/xxh3"
)

// dials decides from two names alone which end dials. Both ends agree, and over
// many pairs each node dials about half of its peers.
func dials(me, peer string) bool {
	low, high := min(me, peer), max(me, peer)
	lowDials := xxh3.HashString(low+"\x00"+high)&1 == 0
	return lowDials == (me == low)
}

// dialLoop keeps a Connection connected until it is closed or the peer has
// another address, for which there is another loop.
func (c *Connection) dialLoop() {
	if p := c.claimPlace(); p != nil {
		c.dialUntilConnected(p, &backoff{min: c.m.node.limits.BackoffMin, max: c.m.node.limits.BackoffMax, random: c.m.random}, false)
	}
}

// dialUntilConnected makes attempts until one succeeds. The end of that session
// starts it again, after a rest: while the session lives no goroutine waits for its end.
// Measured with 1,024 idle sessions: 3 goroutines each and 25.2 KB at both ends
// together with one that waits, 2 and 20.5 KB without.
func (c *Connection) dialUntilConnected(p *place, pause *backoff, rest bool) {
	returned := false
	defer func() {
		if !returned { // some code of others has ended the goroutine
			c.redial(p, pause)
		}
	}()
	if rest {
		p.wait(pause.next())
	}
	for p.ctx.Err() == nil && !c.m.isShut() {
		if s := c.newest(); s != nil {
			s.awaitEnd(p.ctx)
			continue
		}
		var err error
		if fault := c.m.node.guard("attempt to connect", func() { err = c.dialOnce(p, pause) }); fault != nil {
			err = fault
		}
		if err == nil {
			break
		}
		p.wait(c.dialFailed(p, err, pause))
	}
	returned = true
}

// redial makes the next attempts, after a pause.
func (c *Connection) redial(p *place, pause *backoff) {
	c.m.node.goroutines.Go(func() { c.dialUntilConnected(p, pause, true) })
}

// newest returns the session that there is, ready or not.
func (c *Connection) newest() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// awaitEnd waits until the session has ended: the other end has dialed it, though
// it is this one that should, or was told to.
func (s *session) awaitEnd(ctx context.Context) {
	select {
	case <-s.ended:
		runtime.Gosched() // it is on its way out of the Connection
	case <-ctx.Done():
	}
}

// redialAfter returns what to do when a session that begins now has ended. One
// that did not live longer than the longest pause counts as a failed attempt, so
// that two ends that keep losing each other do not spin; but after one whose peer
// said goaway the peer is expected back at once, if it lived for the first pause.
func (c *Connection) redialAfter(p *place, pause *backoff, s *session) func() {
	began := time.Now()
	return func() {
		if p.ctx.Err() != nil {
			return
		}
		switch lived := time.Since(began); {
		case s.peerDraining.Load() && lived >= c.m.node.limits.BackoffMin/soonest:
			pause.soon()
		case lived >= c.m.node.limits.BackoffMax:
			pause.reset()
		}
		c.redial(p, pause)
	}
}

// dialFailed notes why an attempt failed, with one log line for each new reason.
// Who was refused tries again, but rarely: the other end may be reconfigured.
func (c *Connection) dialFailed(p *place, err error, pause *backoff) time.Duration {
	if c.hasSession() {
		return pause.next() // which the other end has dialed meanwhile
	}
	if refused := refusalIn(err); refused != nil && refused.code != Unavailable { // a node that is shutting down will be back
		c.refused(p, refused)
		pause.next()
		return c.m.node.limits.BackoffMax
	}
	before := c.State()
	c.setState(p, Connecting, err)
	if news := before.Reason == nil || innermost(before.Reason) != innermost(err); news && p.ctx.Err() == nil {
		c.trouble()
		c.m.node.log.Warn("grid: cannot connect", "peer", logged(c.name), "reason", loggedReason(err.Error()))
	}
	return pause.next()
}

// refused notes a refusal, with one log line for each new reason.
func (c *Connection) refused(p *place, r *rejection) {
	before := c.State()
	c.setState(p, Refused, r)
	if old := refusalIn(before.Reason); old == nil || old.reason != r.reason {
		level := slog.LevelError
		if p.helping && r.code == AlreadyRegistered {
			level = slog.LevelInfo // the peer has dialed, and this end has lost that session: the peer will notice
		}
		c.trouble()
		c.m.node.log.Log(p.ctx, level, "grid: connection refused", "peer", logged(c.name), "reason", loggedReason(r.reason), "code", logged(string(r.code)), "by_peer", r.remote)
	}
}

// dialOnce makes one attempt, from the socket to a session that was adopted,
// whose end is followed by the next.
func (c *Connection) dialOnce(p *place, pause *backoff) error {
	ctx, cancel := context.WithTimeout(p.ctx, c.m.node.limits.Handshake)
	defer cancel()
	conn, err := c.m.connect(ctx, p.address)
	if err != nil {
		return err
	}
	adopted := false
	defer func() {
		if !adopted { // also where code of others panics
			conn.Close()
		}
	}()
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	unwatch := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	s, err := c.handshakeDial(p, conn, pause)
	inTime := unwatch()
	adopted = err == nil
	switch {
	case err != nil:
		return err
	case !inTime: // the deadline may have been poisoned already
		s.end(&Error{Code: Disconnected, Message: "shutting down"}, closeNormal)
		return nil // the end of a session is followed by an attempt
	}
	conn.SetDeadline(time.Time{})
	s.start()
	return nil
}

// connect opens a byte stream to an address.
func (m *Manager) connect(ctx context.Context, address string) (net.Conn, error) {
	if m.dial == nil {
		return dialTCP(ctx, address)
	}
	conn, err := m.dial(ctx, address)
	switch {
	case err != nil:
		f := launder(err)
		f.cause = err
		return nil, f
	case conn == nil:
		return nil, errors.New("Options.Dial returned neither a connection nor an error")
	}
	return m.node.fenceConn(conn), nil
}

// handshakeDial upgrades the socket and agrees with the peer.
func (c *Connection) handshakeDial(p *place, conn net.Conn, pause *backoff) (*session, error) {
	conn2, left, err := c.upgrade(p.address, conn)
	if err != nil {
		return nil, err
	}
	attempt := c.m.attempts.Add(1)
	hc := c.m.handshakeConn(conn2, true, left)
	mine := c.m.hello(c.name, attempt)
	a, err := c.m.greetAsDialer(hc, mine)
	if err == nil {
		s := c.newSession(hc, true, sessionID{mine.incarnation, attempt, dials(c.m.name, c.name)}, a)
		s.redial = c.redialAfter(p, pause, s) // from its adoption on, anybody may end it
		if err = c.adoptFrom(p, s); err == nil {
			return s, nil
		}
	}
	if refusal := refusalIn(err); refusal != nil && !refusal.remote {
		_ = hc.send(refusal.encode()) // the peer may be gone: it learns the reason if it can
	}
	hc.close(closeRefused, "handshake failed")
	return nil, err
}

// backoff is exponential with full jitter (Brooker, "Exponential Backoff And
// Jitter", 2015). Its random source is the Manager's, so that tests can seed it.
type backoff struct {
	min, max time.Duration
	random   func() float64
	failures int
	planned  bool // the peer is expected back at once
}

func (b *backoff) reset() { b.failures, b.planned = 0, false }

// soon begins anew, with pauses that are short at first.
func (b *backoff) soon() { b.failures, b.planned = 0, true }

// While a peer is expected back the first pauses are shorter, and so many do not
// grow beyond the shortest one: a process takes some tenths of a second to start.
const (
	soonest  = 8
	expected = 8
)

func (b *backoff) next() time.Duration {
	ceiling, n := b.max, b.failures
	switch {
	case b.planned && n < expected:
		ceiling = min(b.min, b.min/soonest<<n)
	case b.planned:
		n -= expected
		fallthrough
	default:
		if n < 30 {
			ceiling = min(b.max, b.min<<n)
		}
	}
	b.failures++
	return time.Duration(b.draw() * float64(ceiling))
}

// draw is a number from 0 to 1. A source that panics, or draws something else, is not
// asked again.
func (b *backoff) draw() (x float64) {
	x = rand.Float64()
	random := b.random
	b.random = nil
	if random == nil {
		return x
	}
	defer func() { _ = recover() }()
	if drawn := random(); drawn >= 0 && drawn <= 1 {
		x, b.random = drawn, random
	}
	return x
}
