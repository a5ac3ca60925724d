package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// runCluster measures several nodes in this process.
func runCluster(ctx context.Context, p peer.Peer, c Cell) (m Metrics, err error) {
	cluster, err := peer.NewCluster(p, c.TLS)
	if err != nil {
		return nil, err
	}
	t := &together{bench: &bench{cell: c, peer: p}, cluster: cluster}
	defer t.close()
	switch c.Kind {
	case Mesh:
		return t.mesh(ctx)
	case Start:
		return t.started(ctx)
	case Crowd:
		return t.crowd(ctx)
	}
	return nil, fmt.Errorf("no measurement is called %q", c.Kind)
}

// together is the nodes of a measurement.
type together struct {
	*bench
	cluster *peer.Cluster
	nodes   []peer.Node
	clients []peer.Client
}

func (t *together) close() {
	for _, c := range t.clients {
		c.Close()
	}
	for _, n := range t.nodes {
		n.Close()
	}
}

// grow starts n more nodes.
func (t *together) grow(n int) error {
	for range n {
		node, err := t.cluster.Start(fmt.Sprint("node", len(t.nodes)))
		if err != nil {
			return err
		}
		t.nodes = append(t.nodes, node)
	}
	return nil
}

// link is a connection that is wanted.
type link struct{ from, to, flight int }

// connect connects nodes, so many at a time, and makes a call on each connection:
// some dial only then. The clients are in the order of the links.
func (t *together) connect(ctx context.Context, links []link, atOnce int) ([]peer.Client, error) {
	clients := make([]peer.Client, len(links))
	err := inTurns(len(links), atOnce, func(i int) (err error) {
		l := links[i]
		if clients[i], err = t.nodes[l.from].Connect(ctx, t.nodes[l.to], l.flight); err != nil {
			return err
		}
		return newWorker(l.from, 64).call(ctx, clients[i])
	})
	for _, c := range clients {
		if c != nil {
			t.clients = append(t.clients, c)
		}
	}
	return clients, err
}

// mesh measures Count nodes, each connected with each, of which each has one call
// in flight all the time, to another node every time.
func (t *together) mesh(ctx context.Context) (Metrics, error) {
	n := t.cell.Count
	if n < 2 {
		return nil, errors.New("a mesh has at least two nodes")
	}
	if err := t.grow(n); err != nil {
		return nil, err
	}
	var links []link
	for from := range n {
		for other := range n - 1 {
			links = append(links, link{from, (from + 1 + other) % n, 1})
		}
	}
	clients, err := t.connect(ctx, links, dialing)
	if err != nil {
		return nil, err
	}
	workers, dice := make([]*worker, n), make([]*rand.Rand, n)
	for i := range workers {
		workers[i], dice[i] = newWorker(i, t.cell.Size), rand.New(rand.NewPCG(1, uint64(i)))
	}
	return t.called(workers, func(i int, w *worker) error {
		return w.call(ctx, clients[i*(n-1)+dice[i].IntN(n-1)])
	})
}

// started measures how long it takes from the start of a node until each of Count
// others, which are there already, has answered it.
func (t *together) started(ctx context.Context) (Metrics, error) {
	if err := t.grow(t.cell.Count); err != nil {
		return nil, err
	}
	var took time.Duration
	used, _, err := t.used(func() error {
		start := time.Now()
		if err := t.grow(1); err != nil {
			return err
		}
		_, err := t.connect(ctx, t.star(len(t.nodes)-1, 1), t.cell.Count)
		took = time.Since(start)
		return err
	})
	if err != nil {
		return nil, err
	}
	return Metrics{
		Ready: float64(took.Microseconds()) / 1e3,
		CPU:   float64(used.CPU.Microseconds()) / float64(t.cell.Count),
	}, nil
}

// star connects one node with all others; the first of these carries flight calls.
func (t *together) star(center, flight int) (links []link) {
	for to := range t.nodes {
		if to == center {
			continue
		}
		l := link{from: center, to: to, flight: 1}
		if len(links) == 0 {
			l.flight = flight
		}
		links = append(links, l)
	}
	return links
}

// crowd measures calls of a node to one of Count others, while it is connected with
// the rest, who are idle.
func (t *together) crowd(ctx context.Context) (Metrics, error) {
	if err := t.grow(1 + t.cell.Count); err != nil {
		return nil, err
	}
	clients, err := t.connect(ctx, t.star(0, t.cell.inFlight()), dialing)
	if err != nil {
		return nil, err
	}
	workers := make([]*worker, t.cell.Flight)
	for i := range workers {
		workers[i] = newWorker(i, t.cell.Size)
	}
	return t.called(workers, func(_ int, w *worker) error { return w.call(ctx, clients[0]) })
}
