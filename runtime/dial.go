package grid

import (
	"context"
	"errors"
	"net"
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
	p := c.claimPlace()
	if p == nil {
		return
	}
	pause := backoff{min: c.m.limits.BackoffMin, max: c.m.limits.BackoffMax, random: c.m.random}
	for p.ctx.Err() == nil && !c.m.isShut() {
		s, err := c.dialOnce(p)
		var wait time.Duration
		if err != nil {
			wait = c.dialFailed(p, err, &pause)
		} else {
			wait = c.watch(s, &pause)
		}
		select {
		case <-time.After(wait):
		case <-p.ctx.Done():
		}
	}
}

// watch waits until a session has ended and says how long to pause. A session
// that did not live longer than the longest pause counts as a failed attempt, so
// that two ends that keep losing each other do not spin.
func (c *Connection) watch(s *session, pause *backoff) time.Duration {
	began := time.Now()
	<-s.ended
	if time.Since(began) >= c.m.limits.BackoffMax {
		pause.reset()
	}
	return pause.next()
}

// dialFailed notes why an attempt failed. Who was refused tries again, but
// rarely: the other end may be reconfigured.
func (c *Connection) dialFailed(p *place, err error, pause *backoff) time.Duration {
	var refused *rejection
	if errors.As(err, &refused) && refused.code != Unavailable { // a node that is shutting down will be back
		c.refused(p, refused)
		pause.next()
		return c.m.limits.BackoffMax
	}
	c.setState(p, Connecting, err)
	return pause.next()
}

// refused notes a refusal, with one log line for each new reason.
func (c *Connection) refused(p *place, r *rejection) {
	before := c.State()
	c.setState(p, Refused, r)
	var old *rejection
	if !errors.As(before.Reason, &old) || old.reason != r.reason {
		c.m.log.Error("grid: connection refused", "peer", logged(c.name), "reason", logged(r.reason), "code", logged(string(r.code)), "by_peer", r.remote)
	}
}

// dialOnce makes one attempt, from the socket to an adopted session.
func (c *Connection) dialOnce(p *place) (*session, error) {
	ctx, cancel := context.WithTimeout(p.ctx, c.m.limits.Handshake)
	defer cancel()
	conn, err := c.m.dial(ctx, p.address)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	unwatch := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	s, err := c.handshakeDial(p, conn)
	if !unwatch() && err == nil {
		err = ctx.Err() // the deadline may have been poisoned already
		s.end(&Error{Code: Disconnected, Message: "shutting down"}, closeNormal)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	s.start()
	return s, nil
}

// handshakeDial upgrades the socket and agrees with the peer.
func (c *Connection) handshakeDial(p *place, conn net.Conn) (*session, error) {
	conn2, left, err := c.upgrade(p.address, conn)
	if err != nil {
		return nil, err
	}
	attempt := c.m.attempts.Add(1)
	hc := c.m.handshakeConn(conn2, true, left)
	mine := c.m.hello(c.name, attempt)
	a, err := c.m.greetAsDialer(hc, mine)
	if err == nil {
		hc.r.most = maxBatch
		s := newSession(c, hc, true, sessionID{mine.incarnation, attempt}, a)
		if err = c.adoptFrom(p, s); err == nil {
			return s, nil
		}
	}
	var refusal *rejection
	if errors.As(err, &refusal) && !refusal.remote {
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
}

func (b *backoff) reset() { b.failures = 0 }

func (b *backoff) next() time.Duration {
	ceiling := b.max
	if b.failures < 30 {
		ceiling = min(b.max, b.min<<b.failures)
	}
	b.failures++
	return time.Duration(b.random() * float64(ceiling))
}
