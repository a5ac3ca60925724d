package sim

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Times of the calm after the weather: what the runtime may take to notice a
// dead peer, to dial with the longest pause, and to shake hands; and how long the
// peace must hold then.
const (
	calm  = time.Minute
	peace = time.Minute
)

// Play plays a plan and returns what happened. It must be called in a bubble of
// testing/synctest, which it leaves as it was. Log takes what the nodes log.
func Play(p *Plan, log io.Writer) *History {
	var book sockets
	var w *world
	mesh := gridtest.NewMesh(gridtest.Options{
		Nodes: p.Nodes, Seed: p.Seed, Link: p.Link,
		Configure: func(name string, o *grid.Options) {
			if w == nil { // at the first start, before anything can happen
				w = newWorld(p, nil)
			}
			o.Limits = p.Limits
			o.Logger = slog.New(slog.NewTextHandler(log, nil)).With("node", name)
			o.Register = func(m *grid.Manager) error { return w.register(m, name) }
			p.Wire.dial(o)
			book.watch(name, o)
		},
		Listen: func(n *gridtest.Node, ln net.Listener) net.Listener { return p.Wire.listen(n.Manager(), ln) },
	})
	w.connection = func(from, to string) *grid.Connection {
		for p.Restarts && !mesh.Node(from).Running() {
			time.Sleep(time.Millisecond)
		}
		return mesh.Connection(from, to)
	}
	defer func() {
		if err := mesh.Close(); err != nil {
			w.odd(err.Error())
		}
	}()
	if err := mesh.WaitConnected(context.Background()); err != nil {
		w.odd(err.Error())
		return &w.History
	}
	w.start = time.Now()
	if !w.play(p, mesh) {
		w.odd("calls or streams are without an outcome long after their time")
		return &w.History // which says which; the bubble says where they are
	}
	w.settle(p, mesh, &book)
	return &w.History
}

// play lets everything happen, and reports whether everything came to an end.
func (w *world) play(p *Plan, mesh *gridtest.Mesh) bool {
	var all sync.WaitGroup
	for _, f := range p.Faults {
		all.Go(func() { w.strike(mesh, f) })
	}
	for _, c := range w.Calls {
		all.Go(func() { w.call(c) })
	}
	for _, s := range w.Streams {
		all.Go(func() { w.stream(s) })
	}
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	return within(over, p.longest()+2*time.Minute)
}

func within(event <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-event:
		return true
	case <-timer.C:
		return false
	}
}

// settle waits for the calm and looks at what is left.
func (w *world) settle(p *Plan, mesh *gridtest.Mesh, book *sockets) {
	time.Sleep(time.Second) // handlers that heed nothing outlive their callers, and hold their slots
	if len(p.Faults) > 0 {
		time.Sleep(calm)
	}
	for _, from := range p.Nodes {
		for _, to := range p.Nodes {
			if from != to {
				w.Ends = append(w.Ends, End{From: from, To: to, Echo: w.echo(mesh.Connection(from, to), probe)})
			}
		}
	}
	time.Sleep(time.Second) // credit and resets are on their way
	for i := range w.Ends {
		e := &w.Ends[i]
		e.Stats = mesh.Connection(e.From, e.To).Stats()
		e.Phase = e.Stats.State.Phase
		e.Sockets = book.between(e.From, e.To)
	}
	if len(p.Faults) > 0 {
		time.Sleep(peace)
	}
	for i := range w.Ends {
		e := &w.Ends[i]
		e.Stable = mesh.Connection(e.From, e.To).State().Session == e.Stats.State.Session
	}
}

// probe is a message that travels in chunks.
const probe = 100_000

// echo makes a call on a connection that should work.
func (w *world) echo(c *grid.Connection, size int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	reply, err := c.Request(ctx, idProbe, fill(0, asRequest, 0, size))
	return err == nil && isFill(reply, 0, asRequest, 0, size)
}
