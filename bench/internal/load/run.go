package load

import (
	"context"
	"fmt"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// Server is the server of a measurement, in this process or in another.
type Server struct {
	Address string
	// Certificate is what the server shows over TLS; nil without TLS.
	Certificate []byte
	// Usage reads the usage of the other process; nil if there is none.
	Usage func(collected bool) (Usage, error)
}

// target is how to connect to the server for a cell.
func (s Server) target(c Cell) (to peer.Target, err error) {
	to = peer.Target{Address: s.Address, Flight: c.inFlight()}
	if s.Certificate != nil {
		to.TLS, err = peer.Trust(s.Certificate)
	}
	return to, err
}

// bench is a measurement under way.
type bench struct {
	cell   Cell
	peer   peer.Peer
	server Server
	dialer peer.Dialer
	client peer.Client
}

// Run measures one cell against a server. Calls are made with ctx as it is: with
// no deadline where that has none, so that nobody is made to keep a timer for each.
func Run(ctx context.Context, p peer.Peer, c Cell, server Server) (Metrics, error) {
	c.setProcs()
	if c.IsCluster() {
		return runCluster(ctx, p, c)
	}
	switch c.Kind {
	case Restart:
		return runRestart(ctx, p, c)
	case Rolling:
		return runRolling(ctx, p.Restart, c)
	}
	to, err := server.target(c)
	if err != nil {
		return nil, err
	}
	dialer, err := p.Dialer(to)
	if err != nil {
		return nil, err
	}
	defer dialer.Close()
	b := &bench{cell: c, peer: p, server: server, dialer: dialer}
	switch c.Kind {
	case Sessions:
		return b.sessions(ctx)
	case Peers:
		return b.echo(ctx, c.Count)
	case Echo:
		return b.echo(ctx, 1)
	}
	if b.client, err = dialer.Dial(ctx); err != nil {
		return nil, err
	}
	defer b.client.Close()
	run, ok := map[Kind]func(context.Context) (Metrics, error){
		Beside: b.beside, Due: b.due, Streams: b.streams, PingPong: b.pingPong,
		Down: b.counted(b.down), Up: b.counted(b.up), Duplex: b.counted(b.duplex),
	}[c.Kind]
	if !ok {
		return nil, fmt.Errorf("no measurement is called %q", c.Kind)
	}
	return run(ctx)
}

// usage sums up both ends.
func (b *bench) usage(collected bool) (Usage, error) {
	u, err := ReadUsage(collected)
	if err != nil || b.server.Usage == nil {
		return u, err
	}
	v, err := b.server.Usage(collected)
	return u.plus(v), err
}

// used runs fn, and returns what it used at both ends and how long it took.
func (b *bench) used(fn func() error) (Usage, time.Duration, error) {
	before, err := b.usage(false)
	if err != nil {
		return Usage{}, 0, err
	}
	start := time.Now()
	if err := fn(); err != nil {
		return Usage{}, 0, err
	}
	took := time.Since(start)
	after, err := b.usage(false)
	return after.since(before), took, err
}
