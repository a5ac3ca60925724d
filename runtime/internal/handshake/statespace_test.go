package handshake

import (
	"flag"
	"testing"
)

// stateFaults: with 3 there are 35,137 states, with 4, in 50 seconds,
// 603,529:
//
//	go test -run TestP7StateSpace -v ./runtime/internal/handshake -args -statespace.faults 4
var stateFaults = flag.Int("statespace.faults", 3, "how many faults TestP7StateSpace lets happen")

// P7, explored: from every state that two nodes can get into, with three
// faults at any moment and in any order of arrival, a calm network leads to one
// session that both ends take for theirs; and none is quiet before that.
func TestP7StateSpace(t *testing.T) {
	seen := exploreStates(t, pair{faults: uint8(*stateFaults), minute: 1}, 4, func(p *pair) {
		if q := p.settled(false); p.displacedAt[1][p.incarnation[0]] == 0 && !p.lastWords() && !q.sameAtBoth() {
			t.Errorf("no session before the acceptor has noticed that the old one is dead: %+v", p)
		}
	})
	if seen < 10_000 {
		t.Errorf("only %d states: the model does not move", seen)
	}
}

// P7, where both ends dial, at any moment and as often as they like while they have
// no session: the same holds, with one fault less.
func TestP7StateSpaceWhereBothDial(t *testing.T) {
	seen := exploreStates(t, pair{both: true, faults: uint8(max(*stateFaults-1, 0)), minute: 1}, 2, func(*pair) {})
	if seen < 10_000 {
		t.Errorf("only %d states: the model does not move", seen)
	}
}

// Where both ends dial and nothing fails, they have one session after two attempts
// each at the most, whatever overtakes what.
func TestP7BothDialAndConverge(t *testing.T) {
	exploreStates(t, pair{both: true, minute: 1}, 100, func(p *pair) {
		if max(p.attempt[0], p.attempt[1]) > 2 {
			t.Errorf("they go on dialing: %+v", p)
		}
	})
}

// exploreStates visits every state that can follow one, and returns how many there
// are. check sees each.
func exploreStates(t *testing.T, start pair, maxAttempts uint8, check func(p *pair)) int {
	seen := map[pair]bool{start: true}
	queue := []pair{start}
	steps := 0
	for len(queue) > 0 && !t.Failed() {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		checkOneEach(t, &p)
		if q := p.settled(true); !q.joined() {
			t.Errorf("no session in the end: %+v", p)
		}
		check(&p)
		next := p.steps(maxAttempts)
		steps += len(next)
		for _, q := range next {
			if !seen[q] {
				seen[q] = true
				queue = append(queue, q)
			}
		}
	}
	t.Logf("%d states, %d steps", len(seen), steps)
	return len(seen)
}

// checkOneEach: neither end ever has two sessions, and where nothing is under way
// and nothing left to notice, both have the same one, or the dialer dials.
func checkOneEach(t *testing.T, p *pair) {
	var has [2]int
	busy := false
	for i := range p.links {
		for side := range 2 {
			if *p.links[i].end(side) == adopted {
				has[side]++
			}
			busy = busy || p.canDeliver(side, i) || p.dead(side, i)
		}
	}
	if has[0] > 1 || has[1] > 1 {
		t.Errorf("two sessions at one end: %+v", *p)
	}
	if !busy && !p.mayDial(0) && !p.mayDial(1) && !p.joined() {
		t.Errorf("quiet without a session: %+v", *p)
	}
}

// joined reports whether there is one session, the same at both ends, and no
// other socket.
func (p *pair) joined() bool {
	n := 0
	for i := range p.links {
		if p.links[i].used() {
			n++
		}
	}
	i := p.current(0)
	return n == 1 && i >= 0 && i == p.current(1) && !p.links[i].silent
}

// sameAtBoth is joined, apart from sockets that the acceptor will yet find dead.
func (p *pair) sameAtBoth() bool {
	i := p.current(0)
	return i >= 0 && i == p.current(1) && !p.links[i].silent
}

// lastWords reports whether a proof of a process that is no more is under way. If
// it arrives after the first of its successor, the dead one has the session until
// the acceptor notices, within the deadline of the handshake.
func (p *pair) lastWords() bool {
	for i := range p.links {
		if l := &p.links[i]; l.incarnation != p.incarnation[l.by] && l.acceptor == greeting && l.toAcceptor[0] == proof {
			return true
		}
	}
	return false
}

// settled lets the network be calm: everything arrives, what is dead is noticed,
// the dialer dials. Without acceptorNotices the acceptor finds out nothing
// by itself: a new dial takes the place of a session that is half open.
func (p pair) settled(acceptorNotices bool) pair {
	p.faults = 0
	for range 200 {
		switch {
		case p.calmStep(acceptorNotices):
		case p.mayDial(0):
			p.dial(0)
		case p.mayDial(1):
			p.dial(1)
		default:
			return p
		}
		p = p.tidy()
	}
	return p
}

func (p *pair) calmStep(acceptorNotices bool) bool {
	for i := range p.links {
		for side := 1; side >= 0; side-- {
			if p.canDeliver(side, i) {
				p.deliver(side, i)
				return true
			}
			if p.dead(side, i) && (side == 0 || acceptorNotices) {
				p.links[i].close(side)
				return true
			}
		}
	}
	return false
}

// Which end dials is decided by the names alone, and alike at both ends.
func TestP7OneEndDials(t *testing.T) {
	names := []string{"a", "b", "node-1", "node-2", "Ä", "a\x00b", ""}
	for _, x := range names {
		for _, y := range names {
			if x != y && Dials(x, y) == Dials(y, x) {
				t.Errorf("%q and %q: both dial, or neither", x, y)
			}
		}
	}
}
