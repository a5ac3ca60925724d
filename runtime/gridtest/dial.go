package gridtest

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// Dial connects one host to another, which must listen. It takes one round trip of
// the two links. It fails with ECONNREFUSED if nobody listens or the hosts are cut,
// and with ECONNRESET if the dialing host crashes. If a partition, a stall or a
// full backlog prevents an answer, it waits until ctx ends.
func (n *Network) Dial(ctx context.Context, from, to string) (net.Conn, error) {
	d := n.newDial(path{hostOf(from), hostOf(to)})
	conn, err := d.run(ctx)
	if err != nil {
		return nil, opError("dial", d.addrs[0], d.addrs[1], err)
	}
	return conn, nil
}

// Dialer returns a function that dials from one host, with the signature that
// http.Transport and others need. It ignores the name of the network.
func (n *Network) Dialer(from string) func(ctx context.Context, network, to string) (net.Conn, error) {
	return func(ctx context.Context, _, to string) (net.Conn, error) {
		return n.Dial(ctx, from, to)
	}
}

// dial is one attempt to connect.
type dial struct {
	n        *Network
	path     path
	addrs    [2]net.Addr
	out, in  *link
	luck     [2]*rand.Rand // of out and in
	crashes  int           // of the dialing host, at the start
	answered bool          // a round trip has passed since the way was last open
}

// newDial numbers the attempt and gives it its luck.
func (n *Network) newDial(p path) *dial {
	n.mu.Lock()
	defer n.mu.Unlock()
	from, route := n.hostLocked(p.from), n.routeLocked(p)
	d := &dial{
		n:       n,
		path:    p,
		out:     route.link,
		in:      n.routeLocked(p.back()).link,
		luck:    [2]*rand.Rand{n.luckLocked(p, route.dials, "out"), n.luckLocked(p, route.dials, "in")},
		crashes: from.crashes,
	}
	port := dialPort + from.dials%(maxPort-dialPort+1)
	d.addrs = [2]net.Addr{Addr{p.from, port}, Addr{p.to, listenPort}}
	route.dials++
	from.dials++
	return d
}

// run waits for the way to be open, for a round trip, and for the way to be
// still open: then the other host has answered.
func (d *dial) run(ctx context.Context) (net.Conn, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		conn, changed, err := d.try()
		if conn != nil || err != nil {
			return conn, err
		}
		if changed == nil {
			err = d.roundTrip(ctx)
		} else {
			err = wait(ctx, changed)
		}
		if err != nil {
			return nil, err
		}
	}
}

// try returns a connection, a failure, or what to wait for: a change, or the
// round trip if that is nil.
func (d *dial) try() (net.Conn, <-chan struct{}, error) {
	n := d.n
	n.mu.Lock()
	defer n.mu.Unlock()
	from, to := n.hostLocked(d.path.from), n.hostLocked(d.path.to)
	there, back := n.routeLocked(d.path), n.routeLocked(d.path.back())
	switch {
	case n.closed:
		return nil, nil, net.ErrClosed
	case from.crashes != d.crashes:
		return nil, nil, memconn.ConnReset
	case from.stalled || there.silent || back.silent:
		d.answered = false
		return nil, n.changed, nil
	case !d.answered:
		return nil, nil, nil
	case there.cut || back.cut || to.listener == nil:
		return nil, nil, memconn.ConnRefused
	case len(to.listener.queue) >= backlog:
		return nil, n.changed, nil
	}
	return d.connectLocked(to.listener), nil, nil
}

// connectLocked makes the connection and puts its other end in the backlog.
func (d *dial) connectLocked(l *Listener) net.Conn {
	a, b := memconn.Pair(memconn.Options{
		Addrs: d.addrs,
		AToB:  d.out.arrival(d.luck[0]),
		BToA:  d.in.arrival(d.luck[1]),
	})
	d.n.addWireLocked(&wire{path: d.path, dialer: a, acceptor: b})
	l.queue = append(l.queue, b)
	l.ready.Signal()
	return a
}

// roundTrip waits until an empty packet has gone there and back.
func (d *dial) roundTrip(ctx context.Context) error {
	d.answered = true
	now := time.Now()
	there := d.out.send(now, 0, d.luck[0])
	back := d.in.send(there, 0, d.luck[1])
	if !back.After(now) {
		return nil
	}
	timer := time.NewTimer(back.Sub(now))
	defer timer.Stop()
	return wait(ctx, timer.C)
}

// wait waits for an event or the end of the context.
func wait[T any](ctx context.Context, event <-chan T) error {
	select {
	case <-event:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
