package gridtest

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// Link says how bytes travel from one host to another. The zero value is a
// perfect link.
type Link struct {
	Latency   time.Duration // from one end to the other, one way
	Jitter    time.Duration // up to this much more, at random; order is kept
	Bandwidth int           // bytes per second, shared by all connections of the direction; 0: no bound
}

// SetAll sets how bytes travel between all hosts that SetLink has not named, now
// and later.
func (n *Network) SetAll(l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = l
	for _, r := range n.routes {
		if !r.own {
			r.link.set(l)
		}
	}
	n.replanLocked(func(p path) bool { return !n.routeLocked(p).own })
}

// SetLink sets how bytes travel between two hosts, in both directions.
func (n *Network) SetLink(a, b string, l Link) {
	n.SetLinkOneWay(a, b, l)
	n.SetLinkOneWay(b, a, l)
}

// SetLinkOneWay sets how bytes travel from one host to another, but not back. If a
// link changes while data is on its way, the data arrives as the better of the two
// links would deliver it: nothing is slowed down after it has left.
func (n *Network) SetLinkOneWay(from, to string, l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := path{hostOf(from), hostOf(to)}
	r := n.routeLocked(p)
	r.own = true
	r.link.set(l)
	n.replanLocked(func(q path) bool { return q == p })
}

// replanLocked makes a change of links count for bytes that are on their way.
// It must not touch other links: their medium would be occupied twice.
func (n *Network) replanLocked(changed func(path) bool) {
	for _, w := range n.wires {
		if changed(w.path) {
			w.dialer.Replan()
		}
		if changed(w.path.back()) {
			w.acceptor.Replan()
		}
	}
}

// link is the medium of one direction between two hosts.
type link struct {
	mu   sync.Mutex
	conf Link
	busy time.Time // until when the bytes before occupy the medium
}

func (l *link) set(conf Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conf = conf
	l.busy = time.Time{} // what occupied the medium is planned again
}

// arrival returns the function by which one connection asks for its bytes. The
// medium is shared, the luck is the connection's own.
func (l *link) arrival(luck *rand.Rand) memconn.Arrival {
	return func(now time.Time, n int) time.Time { return l.send(now, n, luck) }
}

// send puts n bytes on the medium and returns when they arrive. Without bytes
// it only asks: that waits for its turn like any, and occupies nothing.
func (l *link) send(now time.Time, n int, luck *rand.Rand) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := now
	if l.conf.Bandwidth > 0 {
		if l.busy.After(at) {
			at = l.busy
		}
		seconds := float64(n) / float64(l.conf.Bandwidth)
		at = at.Add(time.Duration(seconds * float64(time.Second)))
		if n > 0 {
			l.busy = at
		}
	}
	at = at.Add(l.conf.Latency)
	if l.conf.Jitter > 0 {
		at = at.Add(time.Duration(luck.Int64N(int64(l.conf.Jitter))))
	}
	return at
}

// luckLocked returns the random source of one direction of the nth connection
// of a path. It depends on nothing else, so what other connections do does not
// change it.
func (n *Network) luckLocked(p path, nth int, direction string) *rand.Rand {
	h := fnv.New64a()
	for _, part := range []string{p.from, p.to, strconv.Itoa(nth), direction} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(n.seed, h.Sum64()))
}
