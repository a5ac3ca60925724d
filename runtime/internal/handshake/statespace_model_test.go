package handshake

import (
	"time"
)

// A model of the network around the real rules for two sockets of a pair (duplicates.go):
// two nodes, of which 0 is the one that by name dials, while 1 does so only where
// both may; sockets whose bytes are in order each but not among each other, and
// faults. It is a value, so that states can be compared.

// packet is what is under way on a socket.
type packet uint8

const (
	proof   packet = iota + 1 // dialer to acceptor: the last message that lets it in
	welcome                   // acceptor to dialer
	refusal                   // acceptor to dialer: a reject and the end of the socket
	fin                       // either way: the end of the socket
)

// end is what one end of a socket is.
type end uint8

const (
	gone     end = iota // closed, or its process is no more
	greeting            // in the handshake
	adopted             // the session of its node
)

// socket is one of the pair.
type socket struct {
	by                   uint8 // the node that dialed
	incarnation, attempt uint8
	dialer, acceptor     end
	toAcceptor, toDialer [2]packet // first comes first
	silent               bool      // nothing arrives any more, and nobody is told
}

const (
	maxLinks        = 5
	maxIncarnations = 5
	maxDisplaced    = 2 * maxIncarnations // those of node 0, then of node 1
)

// pair is the state of two nodes and all between them.
type pair struct {
	both         bool     // node 1 dials too
	incarnation  [2]uint8 // of the nodes
	attempt      [2]uint8
	links        [maxLinks]socket // those that are not in use are zero
	faults       uint8            // that may still happen
	minute       uint8
	displacedAt  [2][maxDisplaced]uint8 // what the Duplicates of the nodes remember, as minutes, 0 for nothing
	displacedSeq [2][maxDisplaced]uint8 // and in which order
}

func (l *socket) used() bool {
	return l.dialer != gone || l.acceptor != gone || !l.silent && (l.toAcceptor[0] != 0 || l.toDialer[0] != 0)
}

// tidy forgets sockets of which nothing is left, and puts the others in order, so
// that states which differ in names alone are the same.
func (p pair) tidy() pair {
	n := 0
	for _, l := range p.links {
		if l.used() {
			if l.dialer == gone {
				l.toDialer = [2]packet{}
			}
			if l.acceptor == gone {
				l.toAcceptor = [2]packet{}
			}
			if l.used() {
				p.links[n] = l
				n++
			}
		}
	}
	clear(p.links[n:])
	return p
}

func push(q *[2]packet, m packet) {
	switch {
	case q[0] == 0:
		q[0] = m
	case q[1] == 0:
		q[1] = m
	default:
		q[1] = fin // behind two that are under way nothing matters but the end
	}
}

func pop(q *[2]packet) packet {
	m := q[0]
	q[0], q[1] = q[1], 0
	return m
}

func sessionIDOf(l *socket) SessionID {
	id := SessionID{Attempt: uint64(l.attempt), ByName: l.by == 0}
	id.Incarnation[0] = l.by*maxIncarnations + l.incarnation + 1
	return id
}

func minuteOf(n uint8) time.Time { return time.Unix(1_000_000+int64(n)*120, 0) }

// judge asks the real rules whether link i becomes the session of one node.
func (p *pair) judge(side, i int) bool {
	r := Duplicates{}
	for seq := uint8(1); seq <= maxDisplaced; seq++ {
		for n, at := range p.displacedAt[side] {
			if at != 0 && p.displacedSeq[side][n] == seq {
				var x [16]byte
				x[0] = uint8(n) + 1
				r.Displaced = append(r.Displaced, displacement{x, minuteOf(at)})
			}
		}
	}
	var old *SessionID
	if n := p.current(side); n >= 0 {
		id := sessionIDOf(&p.links[n])
		old = &id
	}
	err := r.Judge(old, sessionIDOf(&p.links[i]), minuteOf(p.minute), "dialer")
	p.displacedAt[side], p.displacedSeq[side] = [maxDisplaced]uint8{}, [maxDisplaced]uint8{}
	for seq, d := range r.Displaced {
		n := d.incarnation[0] - 1
		p.displacedAt[side][n] = uint8((d.when.Unix() - 1_000_000) / 120)
		p.displacedSeq[side][n] = uint8(seq) + 1
	}
	return err == nil
}

func (l *socket) end(side int) *end {
	if side == 0 {
		return &l.dialer
	}
	return &l.acceptor
}

// current returns the link that is the session of one side, or -1.
func (p *pair) current(side int) int {
	for i := range p.links {
		if *p.links[i].end(side) == adopted {
			return i
		}
	}
	return -1
}

// close ends one side of a link; the other is told, if anything arrives there.
func (l *socket) close(side int) {
	*l.end(side) = gone
	if l.silent {
		return
	}
	if side == int(l.by) {
		push(&l.toAcceptor, fin)
	} else {
		push(&l.toDialer, fin)
	}
}

// adopt makes link i the session of one side, as Connection.adopt does.
func (p *pair) adopt(side, i int) bool {
	if !p.judge(side, i) {
		return false
	}
	if old := p.current(side); old >= 0 {
		p.links[old].close(side)
	}
	*p.links[i].end(side) = adopted
	return true
}

// steps returns every state that can come next. Those of a calm network come
// first, faults only where p may still have some.
func (p pair) steps(maxAttempts uint8) (next []pair) {
	add := func(change func(q *pair)) {
		q := p
		change(&q)
		next = append(next, q.tidy())
	}
	for side := range 2 {
		if p.mayDial(side) && p.attempt[side] < maxAttempts && !p.links[maxLinks-1].used() {
			add(func(q *pair) { q.dial(side) })
		}
	}
	for i := range p.links {
		if p.canDeliver(0, i) {
			add(func(q *pair) { q.deliver(0, i) })
		}
		if p.canDeliver(1, i) {
			add(func(q *pair) { q.deliver(1, i) })
		}
		for side := range 2 {
			if p.dead(side, i) {
				add(func(q *pair) { q.links[i].close(side) }) // liveness, or the handshake's deadline
			}
		}
	}
	if p.faults > 0 {
		p.addFaults(add)
	}
	return next
}

func (p pair) addFaults(add func(func(*pair))) {
	fault := func(change func(q *pair)) {
		add(func(q *pair) {
			q.faults--
			change(q)
		})
	}
	for i := range p.links {
		if !p.links[i].used() || p.links[i].silent {
			continue
		}
		fault(func(q *pair) { q.cut(i) })
		fault(func(q *pair) { q.links[i] = q.links[i].hushed() })
		if p.links[i].dialer == greeting {
			fault(func(q *pair) { q.links[i].close(int(q.links[i].by)) }) // the dialer's patience ends: soon there are two
		}
	}
	for _, silently := range []bool{false, true} {
		for side := range 2 {
			if p.incarnation[side]+1 < maxIncarnations {
				fault(func(q *pair) { q.restart(side, silently) })
			}
		}
	}
	fault(func(q *pair) { q.minute++ })
}

// mayDial: who dials makes one attempt at a time, while it has no session.
func (p *pair) mayDial(side int) bool {
	if side == 1 && !p.both || p.current(side) >= 0 {
		return false
	}
	for i := range p.links {
		if int(p.links[i].by) == side && p.links[i].dialer != gone {
			return false
		}
	}
	return true
}

// dial begins an attempt. What comes before the proof decides nothing.
func (p *pair) dial(side int) {
	p.attempt[side]++
	for i := range p.links { // there is room: nobody dials without
		if !p.links[i].used() {
			p.links[i] = socket{by: uint8(side), incarnation: p.incarnation[side], attempt: p.attempt[side], dialer: greeting, acceptor: greeting, toAcceptor: [2]packet{proof}}
			return
		}
	}
}

func (p *pair) canDeliver(side, i int) bool {
	l := &p.links[i]
	if l.silent || *l.end(side) == gone {
		return false
	}
	if side == int(l.by) {
		return l.toDialer[0] != 0
	}
	return l.toAcceptor[0] != 0
}

func (p *pair) deliver(side, i int) {
	l := &p.links[i]
	if side != int(l.by) {
		if pop(&l.toAcceptor) == fin {
			l.close(side)
		} else if p.adopt(side, i) {
			push(&l.toDialer, welcome)
		} else {
			l.acceptor = gone
			push(&l.toDialer, refusal)
		}
		return
	}
	if pop(&l.toDialer) != welcome || !p.adopt(side, i) {
		l.close(side)
	}
}

// dead: one end hears nothing from the other any more, and will notice.
func (p *pair) dead(side, i int) bool {
	l := &p.links[i]
	return *l.end(side) != gone && (l.silent || *l.end(1 - side) == gone && !p.canDeliver(side, i))
}

// cut breaks a socket at both ends at once.
func (p *pair) cut(i int) {
	l := &p.links[i]
	l.toAcceptor, l.toDialer = [2]packet{fin}, [2]packet{fin}
}

// hushed is a socket on which nothing arrives any more.
func (l socket) hushed() socket {
	l.silent = true
	l.toAcceptor, l.toDialer = [2]packet{}, [2]packet{}
	return l
}

// restart replaces a process. What it had sent arrives; the end of its sockets is
// told, unless the power went.
func (p *pair) restart(side int, silently bool) {
	for i := range p.links {
		l := &p.links[i]
		if *l.end(side) == gone {
			continue
		}
		l.close(side)
		if silently {
			dropEnd(&l.toAcceptor) // what was sent before is still under way
			dropEnd(&l.toDialer)
		}
	}
	p.displacedAt[side], p.displacedSeq[side] = [maxDisplaced]uint8{}, [maxDisplaced]uint8{}
	if side == 0 || p.both {
		p.incarnation[side], p.attempt[side] = p.incarnation[side]+1, 0
	}
}

func dropEnd(q *[2]packet) {
	for i := range q {
		if q[i] == fin {
			q[i] = 0
		}
	}
}
