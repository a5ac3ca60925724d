package gridtest

import (
	"net"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// backlog is how many connections wait for Accept before dials wait too.
const backlog = 128

// Listener is where a host accepts connections. It implements net.Listener.
type Listener struct {
	n     *Network  // static
	host  *host     // static
	addr  Addr      // static
	open  bool      // guarded by n.mu, like all below
	ready sync.Cond // on n.mu: the queue or a fault has changed
	queue []*memconn.Conn
}

var _ net.Listener = (*Listener)(nil)

// Listen opens the listener of a host. A host has one listener, whatever the port.
// While it is open, a second one fails with EADDRINUSE.
func (n *Network) Listen(host string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := hostOf(host)
	addr := Addr{Host: name, Port: listenPort}
	h := n.hostLocked(name)
	switch {
	case n.closed:
		return nil, opError("listen", nil, addr, net.ErrClosed)
	case h.listener != nil:
		return nil, opError("listen", nil, addr, memconn.AddrInUse)
	}
	l := &Listener{n: n, host: h, addr: addr, open: true}
	l.ready.L = &n.mu
	h.listener = l
	n.changedLocked()
	return l, nil
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	for l.open && (len(l.queue) == 0 || l.host.stalled) {
		l.ready.Wait()
	}
	if !l.open {
		return nil, opError("accept", nil, l.addr, net.ErrClosed)
	}
	conn := l.queue[0]
	l.queue = l.queue[1:]
	if len(l.queue) == backlog-1 {
		l.n.changedLocked() // dials wait for room
	}
	return conn, nil
}

// Close implements net.Listener. Connections that were accepted stay open; those
// that were not are reset.
func (l *Listener) Close() error {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	if !l.open {
		return opError("close", nil, l.addr, net.ErrClosed)
	}
	l.n.closeListenerLocked(l.host)
	return nil
}

// Addr implements net.Listener. It is an Addr.
func (l *Listener) Addr() net.Addr { return l.addr }

// closeListenerLocked closes what h has open, if anything.
func (n *Network) closeListenerLocked(h *host) {
	l := h.listener
	if l == nil {
		return
	}
	h.listener = nil
	l.open = false
	for _, c := range l.queue {
		c.Kill()
	}
	l.queue = nil
	l.ready.Broadcast()
	n.changedLocked()
}
