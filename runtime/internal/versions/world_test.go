package versions

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// run is an order that came to a handler.
type run struct {
	node   string
	server *build
	order  item
}

// outcome is what became of a task.
type outcome struct {
	task
	client  *build   // of the caller's node, when the task began
	servers []*build // of the other node until the task ended: a session may outlive a node that vanished
	opened  bool     // the stream
	answers []item
	ended   bool // a stream: after the last answer came io.EOF
	err     error
}

// world is a plan while it is played.
type world struct {
	*plan
	mesh  *gridtest.Mesh
	start time.Time

	mu       sync.Mutex
	lives    map[string][]*build // of each node, the present one last
	runs     map[string][]run    // by the names of orders
	outcomes []*outcome
}

// play plays a plan in a bubble of fake time, and returns what happened.
func play(t *testing.T, seed uint64, p *plan, log bool) *world {
	w := &world{plan: p, start: time.Now(), lives: map[string][]*build{}, runs: map[string][]run{}}
	for node, b := range p.builds {
		w.lives[node] = []*build{b}
	}
	w.mesh = gridtest.New(t, gridtest.Options{
		Nodes: []string{dialer, acceptor}, Seed: seed, Link: p.link,
		Configure: func(_ string, o *grid.Options) {
			if !log {
				o.Logger = slog.New(slog.DiscardHandler)
			}
		},
		Register: func(n *gridtest.Node) error { return w.now(n.Name()).register(n.Manager(), counter{w, n.Name()}) },
	})
	var all sync.WaitGroup
	for _, f := range p.faults {
		all.Go(func() { w.strike(f) })
	}
	for _, job := range p.tasks {
		all.Go(func() { w.do(job) })
	}
	all.Wait()
	w.mesh.HealAll()
	time.Sleep(time.Minute) // what is dead is noticed by now
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := w.mesh.WaitConnected(ctx); err != nil {
		t.Errorf("once the network is calm: %v", err)
	}
	return w
}

// now is the build that a node is at the moment.
func (w *world) now(node string) *build {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lives[node][len(w.lives[node])-1]
}

// strike lets a fault happen, and end.
func (w *world) strike(f fault) {
	time.Sleep(f.at)
	other := dialer
	if f.node == dialer {
		other = acceptor
	}
	switch f.kind {
	case cut:
		w.mesh.Cut(f.node, other)
	case partition:
		w.mesh.Partition(f.node, other)
	case deaf:
		w.mesh.PartitionOneWay(f.node, other)
	case stall:
		w.mesh.Stall(f.node)
	case crash:
		w.mesh.Crash(f.node)
	case vanish:
		w.mesh.Vanish(f.node)
	}
	time.Sleep(f.lasts)
	switch f.kind {
	case cut, partition, deaf:
		w.mesh.Heal(f.node, other)
	case stall:
		w.mesh.Resume(f.node)
	case crash, vanish:
		w.restart(f.node, f.next)
	}
}

// restart brings a node back, as another build if one is given.
func (w *world) restart(node string, next *build) {
	w.mu.Lock()
	if next != nil {
		w.lives[node] = append(w.lives[node], next)
	}
	w.mu.Unlock()
	w.mesh.Restart(node)
}

// do makes a call, or opens a stream and sees it to its end.
func (w *world) do(job task) {
	time.Sleep(job.at)
	ctx, cancel := context.WithTimeout(context.Background(), job.timeout)
	defer cancel()
	if job.wait {
		ctx = grid.WaitForReady(ctx)
	}
	w.mu.Lock()
	o := &outcome{task: job, client: last(w.lives[job.from])}
	w.mu.Unlock()
	c := w.mesh.Connection(job.from, job.to)
	switch {
	case job.hours:
		o.answer(o.client.hours(ctx, c))
	case job.orders == 0:
		o.answer(o.client.buy(ctx, c, o.order(0)))
	case job.tally:
		o.err = o.tallying(ctx, c)
	default:
		o.err = o.shopping(ctx, c)
	}
	w.mu.Lock()
	o.servers = slices.Clone(w.lives[job.to])
	w.outcomes = append(w.outcomes, o)
	w.mu.Unlock()
}

func last(bs []*build) *build { return bs[len(bs)-1] }

func (o *outcome) answer(i item, err error) {
	o.err = err
	if err == nil {
		o.answers = append(o.answers, i)
	}
}

// order is the nth of a task.
func (o *outcome) order(n int) item {
	return o.client.order(o.name+"."+string(rune('A'+n)), o.count+n)
}

// shopping sends all orders of a stream while it receives the receipts.
func (o *outcome) shopping(ctx context.Context, c *grid.Connection) error {
	st, err := o.client.cart(ctx, c)
	if err != nil {
		return err
	}
	o.opened = true
	var sending sync.WaitGroup
	defer sending.Wait()
	defer st.close()
	sending.Go(func() {
		for n := range o.orders {
			if st.send(o.order(n)) != nil {
				return // the reason is what recv says
			}
		}
		_ = st.closeSend() // as above
	})
	for {
		receipt, err := st.recv()
		if err == io.EOF {
			o.ended = true
			return nil
		}
		if err != nil {
			return err
		}
		o.answers = append(o.answers, receipt)
	}
}

// tallying sends all orders of an upload, and then receives its one receipt.
func (o *outcome) tallying(ctx context.Context, c *grid.Connection) error {
	st, err := o.client.tally(ctx, c)
	if err != nil {
		return err
	}
	o.opened = true
	defer st.close()
	for n := range o.orders {
		if st.send(o.order(n)) != nil {
			break // closeAndRecv tells the reason
		}
	}
	receipt, err := st.closeAndRecv()
	o.ended = err == nil
	o.answer(receipt, err)
	return err
}

// counter is the shop of one node of a world.
type counter struct {
	w    *world
	node string
}

// sell notes an order, and takes its time over some.
func (c counter) sell(ctx context.Context, b *build, order item) error {
	c.w.mu.Lock()
	c.w.runs[order.Name] = append(c.w.runs[order.Name], run{c.node, b, order})
	c.w.mu.Unlock()
	select {
	case <-time.After(time.Duration(order.Count%4) * 10 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
