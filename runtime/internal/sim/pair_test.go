package sim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// wiring changes the two ends of the first connection of a pair; nil leaves one
// as it is. Later connections are left in peace.
type wiring struct {
	dialed   func(net.Conn) net.Conn
	accepted func(net.Conn) net.Conn
	struck   func() bool // whether the damage is done; nil: none is meant
}

// pair is two nodes and what is between them. The script is played on it.
type pair struct {
	*world
	network *gridtest.Network
	wiring  wiring
	wire    Wire
	nodes   map[string]*grid.Manager
	servers []*http.Server
	serving sync.WaitGroup

	mu             sync.Mutex
	dials, accepts int
}

// script is the canonical session: calls and streams of every shape in both
// directions, of every fate. Large messages make it long.
func script(wire Wire, large bool) *Plan {
	p := &Plan{Wire: wire, Nodes: []string{"alpha", "beta"}, Limits: grid.DefaultLimits(), Capacity: [2]int{2, 2}}
	for i, nodes := range [][2]string{{"alpha", "beta"}, {"beta", "alpha"}} {
		at := time.Duration(i) * 5 * time.Millisecond
		call := func(c CallPlan) {
			c.ID, c.From, c.To, c.At = 1+uint64(len(p.Calls)), nodes[0], nodes[1], at
			at += 10 * time.Millisecond
			if c.Handler == 0 {
				c.Handler = idNormal
			}
			if c.Timeout == 0 {
				c.Timeout = 500 * time.Millisecond
			}
			p.Calls = append(p.Calls, c)
		}
		stream := func(s StreamPlan) {
			s.ID, s.From, s.To, s.At, s.Timeout = 1_000_000+uint64(len(p.Streams)), nodes[0], nodes[1], at, time.Second
			at += 10 * time.Millisecond
			p.Streams = append(p.Streams, s)
		}
		size, most := 16, 32
		if large {
			size, most = 150_000, 80_000
		}
		call(CallPlan{Size: size, Reply: size})
		call(CallPlan{Handler: idMirror, Bytes: true, Size: 8, Reply: 8})
		call(CallPlan{Handler: idHigh, Does: Waits, Takes: 30 * time.Millisecond, Timeout: 59 * time.Second})
		call(CallPlan{Handler: idIdempotent, Does: Sleeps, Takes: 5 * time.Millisecond})
		call(CallPlan{Handler: idLow, Does: Fails})
		call(CallPlan{Does: Panics})
		call(CallPlan{Does: Hangs, CancelAfter: 15 * time.Millisecond})
		call(CallPlan{Does: Hangs, Timeout: 25 * time.Millisecond})
		stream(StreamPlan{Shape: Duplex, Up: 3, Down: 3, Most: most, Payload: size})
		stream(StreamPlan{Shape: Down, Down: 5, Most: most})
		stream(StreamPlan{Shape: Up, Up: 5, Most: most, Lane: grid.PriorityLow})
		stream(StreamPlan{Shape: Silent, Lane: grid.PriorityHigh})
		stream(StreamPlan{Shape: Channels, Up: 2, Down: 2, Most: most})
		stream(StreamPlan{Shape: Duplex, Up: 1, Down: 5, Most: 16, LeaveAfter: 2})
		stream(StreamPlan{Shape: Down, Down: 1, Most: 16, Does: Fails})
		stream(StreamPlan{Shape: Silent, Does: Hangs, CancelAfter: 20 * time.Millisecond})
	}
	return p
}

// perform plays the script on a pair, in a bubble, with a shutdown at its end.
func perform(p *Plan, w wiring) *History {
	x := &pair{network: gridtest.NewNetwork(1), wiring: w, wire: p.Wire, nodes: make(map[string]*grid.Manager)}
	x.network.SetAll(gridtest.Link{Latency: time.Millisecond})
	x.world = newWorld(p, func(from, to string) *grid.Connection { return x.nodes[from].Connection(to) })
	x.Link = 2 * time.Millisecond
	if w.struck != nil {
		x.Faults = []Fault{{FaultPlan: FaultPlan{Kind: Blink, A: p.Nodes[0], B: p.Nodes[1]}}}
	}
	defer x.close()
	for _, name := range p.Nodes {
		if err := x.start(name, p.Nodes); err != nil {
			x.odd(err.Error())
			return &x.History
		}
	}
	if !x.connected(p) {
		return &x.History
	}
	x.world.start = time.Now()
	var all sync.WaitGroup
	for _, c := range x.Calls {
		all.Go(func() { x.call(c) })
	}
	for _, s := range x.Streams {
		all.Go(func() { x.stream(s) })
	}
	all.Wait()
	x.settle(p)
	x.goaway(p)
	return &x.History
}

// connected waits for the first connection, be it the damaged one or the next.
func (x *pair) connected(p *Plan) bool {
	ctx, cancel := context.WithTimeout(context.Background(), calm)
	defer cancel()
	for i, from := range p.Nodes {
		if err := x.nodes[from].Connection(p.Nodes[1-i]).WaitConnected(ctx); err != nil {
			x.odd(fmt.Sprintf("%s was never connected: %v", from, err))
			return false
		}
	}
	return true
}

// start starts one node.
func (x *pair) start(name string, names []string) error {
	o := grid.Options{
		Name: name, Auth: grid.SharedKey([]byte("the key of the torture chamber")),
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
		Register: func(m *grid.Manager) error { return x.register(m, name) },
		Dial:     func(ctx context.Context, address string) (net.Conn, error) { return x.dial(ctx, name, address) },
	}
	x.wire.dial(&o)
	for _, peer := range names {
		o.Peers = append(o.Peers, grid.Peer{Name: peer, Address: peer + ":80"})
	}
	ln, err := x.network.Listen(name)
	if err != nil {
		return err
	}
	m, err := grid.NewManager(o)
	if err != nil {
		return err
	}
	x.nodes[name] = m
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	server := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelError)}
	x.servers = append(x.servers, server)
	x.serving.Go(func() { server.Serve(x.wire.listen(m, &wiredListener{ln, x})) })
	return nil
}

func (x *pair) dial(ctx context.Context, from, address string) (net.Conn, error) {
	conn, err := x.network.Dial(ctx, from, address)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	x.dials++
	first := x.dials == 1
	x.mu.Unlock()
	if first && x.wiring.dialed != nil {
		conn = x.wiring.dialed(conn)
	}
	return conn, nil
}

// wiredListener accepts what is wired.
type wiredListener struct {
	net.Listener
	x *pair
}

func (l *wiredListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.x.mu.Lock()
	l.x.accepts++
	first := l.x.accepts == 1
	l.x.mu.Unlock()
	if first && l.x.wiring.accepted != nil {
		conn = l.x.wiring.accepted(conn)
	}
	return conn, nil
}

// settle waits until all is calm, and looks at what is left, unless the damage is
// still to be done.
func (x *pair) settle(p *Plan) {
	if x.wiring.struck != nil {
		if !x.wiring.struck() {
			return
		}
		time.Sleep(calm)
	}
	for i, from := range p.Nodes {
		x.Ends = append(x.Ends, End{From: from, To: p.Nodes[1-i], Sockets: 1, Stable: true, Echo: x.echo(x.connection(from, p.Nodes[1-i]), 8)})
	}
	time.Sleep(time.Second)
	for i := range x.Ends {
		e := &x.Ends[i]
		e.Stats = x.connection(e.From, e.To).Stats()
		e.Phase = e.Stats.State.Phase
	}
}

// goaway shuts one node down in good order while it serves a call.
func (x *pair) goaway(p *Plan) {
	last := &Call{CallPlan: CallPlan{ID: 900, From: p.Nodes[1], To: p.Nodes[0], At: x.now(), Handler: idNormal, Does: Sleeps, Takes: 50 * time.Millisecond, Timeout: 20 * time.Second}}
	x.note(func() {
		x.calls[last.ID] = last
		x.Calls = append(x.Calls, last)
	})
	var all sync.WaitGroup
	all.Go(func() { x.call(last) })
	time.Sleep(10 * time.Millisecond)
	s := &Shutdown{Node: p.Nodes[0], Began: x.now(), Limit: 5 * time.Second}
	ctx, cancel := context.WithTimeout(context.Background(), s.Limit)
	defer cancel()
	s.Err = x.nodes[s.Node].Shutdown(ctx)
	s.Ended = x.now()
	x.Shutdowns = append(x.Shutdowns, s)
	all.Wait()
}

func (x *pair) close() {
	x.network.Close()
	for name, m := range x.nodes {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := m.Shutdown(ctx); err != nil {
			x.odd(fmt.Sprintf("%s did not end: %v", name, err))
		}
		cancel()
	}
	for _, s := range x.servers {
		s.Close()
	}
	x.serving.Wait()
}

// sound fails the test for each promise that was broken.
func sound(t *testing.T, h *History, replay string) {
	t.Helper()
	for _, what := range Check(h) {
		t.Errorf("%s: %s", replay, what)
	}
}
