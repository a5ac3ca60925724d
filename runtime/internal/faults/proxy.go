package faults

import (
	"context"
	"net"
	"sync"
	"time"
)

// Direction is one of the two ways through a proxy.
type Direction int

// The directions.
const (
	Up   Direction = iota // from who dialed the proxy to its target
	Down                  // from the target to who dialed
)

// Weather is what befalls the bytes of one direction. The zero Weather is calm.
type Weather struct {
	Delay   time.Duration // bytes arrive so much later
	Rate    int           // bytes a second; 0 is as fast as they come
	Hold    bool          // nothing arrives until it is calm again, as when cables are pulled
	Swallow bool          // bytes, and ends, vanish; a connection that lost some stays silent for good
}

// Cut is a way for all connections to end.
type Cut int

// The cuts.
const (
	FIN Cut = iota // both ends read the end of the stream
	RST            // both ends are reset
)

// Proxy is a TCP proxy on loopback with a bad network inside. It forwards each
// connection to one target. All methods are safe for concurrent use.
type Proxy struct {
	target   string
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex
	weather [2]Weather
	changed chan struct{} // closed and replaced when the weather changes
	deaf    bool          // new connections are taken, and never served
	closed  bool
	pairs   map[*pair]struct{}
	deafs   []net.Conn // those that came while it was deaf
	count   int        // connections that came at all
}

// NewProxy starts a proxy in front of an address.
func NewProxy(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: listener, changed: make(chan struct{}), pairs: make(map[*pair]struct{})}
	p.work.Go(p.accept)
	return p, nil
}

// Address is what to dial instead of the target.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Set changes the weather of a direction.
func (p *Proxy) Set(d Direction, w Weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather[d] = w
	close(p.changed)
	p.changed = make(chan struct{})
}

// SetBoth changes the weather of both directions.
func (p *Proxy) SetBoth(w Weather) {
	p.Set(Up, w)
	p.Set(Down, w)
}

// BlackHole makes new connections open, and remain silent, from now on.
func (p *Proxy) BlackHole() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = true
}

// Calm ends all faults. Connections that lost bytes remain silent; those that fell
// into the black hole are reset.
func (p *Proxy) Calm() {
	p.SetBoth(Weather{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = false
	for _, c := range p.deafs {
		reset(c)
	}
	p.deafs = nil
}

// Cut ends all connections that are through to the target, and returns how many.
func (p *Proxy) Cut(how Cut) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for x := range p.pairs {
		x.cut(how)
	}
	return len(p.pairs)
}

// Connections returns how many came so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// Close resets all connections, takes no more, and waits until nothing is left.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close() // accept ends
	p.Calm()
	p.Cut(RST)
	p.work.Wait()
}

// now returns the weather of a direction, and a channel that is closed when it
// changes.
func (p *Proxy) now(d Direction) (Weather, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.weather[d], p.changed
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed: loopback has no other reason that a test could mend
		}
		p.take(c)
	}
}

// take serves a connection, or lets it hang.
func (p *Proxy) take(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	switch {
	case p.closed:
		reset(c)
	case p.deaf:
		p.deafs = append(p.deafs, c)
	default:
		p.work.Go(func() { p.forward(c) })
	}
}

// forward dials the target and moves bytes until both ends are done.
func (p *Proxy) forward(near net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var d net.Dialer
	far, err := d.DialContext(ctx, "tcp", p.target)
	if err != nil {
		reset(near)
		return
	}
	x := newPair(p, near.(*net.TCPConn), far.(*net.TCPConn))
	if !p.add(x) {
		reset(near)
		reset(far)
		return
	}
	x.run()
	p.mu.Lock()
	delete(p.pairs, x)
	p.mu.Unlock()
}

func (p *Proxy) add(x *pair) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.pairs[x] = struct{}{}
	}
	return !p.closed
}

// reset closes a socket so that the other end is told with RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails on a socket that is closed, which is as good
	}
	_ = c.Close()
}
