package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// rollingNodes is how many nodes are restarted in turn.
const rollingNodes = 5

// rolling is a mesh whose nodes are restarted in good order, one after the other, while
// all call each other.
type rolling struct {
	restarted
	by        *peer.Restart
	addresses map[string]string
	nodes     []*rollingNode
}

// rollingNode is a place in the mesh, which one process after the other takes. Its
// callers hold the lock for reading while they call; who restarts it holds it for
// writing, so that nobody calls by a node that leaves.
type rollingNode struct {
	name string
	mu   sync.RWMutex
	now  peer.RestartNode
}

// runRolling measures calls among five nodes, each restarted Count/5 times in good
// order, with Flight callers in all that wait until the other is ready. The next node
// is restarted once the last one has called all others and been called by them.
func runRolling(ctx context.Context, by *peer.Restart, c Cell) (Metrics, error) {
	r := &rolling{by: by, addresses: make(map[string]string)}
	if err := r.start(); err != nil {
		return nil, errors.Join(err, r.stop(ctx))
	}
	if err := r.allAnswer(ctx); err != nil {
		return nil, errors.Join(err, r.stop(ctx))
	}
	over := make(chan struct{})
	var callers sync.WaitGroup
	start := time.Now()
	for i := range c.Flight {
		callers.Go(func() {
			r.call(ctx, over, r.nodes[i%rollingNodes], newWorker(i, c.Size), rand.New(rand.NewPCG(1, uint64(i))))
		})
	}
	var err error
	for i := 0; i < c.Count && err == nil; i++ {
		time.Sleep(c.Time / time.Duration(c.Count))
		err = r.restart(ctx, r.nodes[i%rollingNodes])
	}
	close(over)
	callers.Wait()
	took := time.Since(start)
	return Metrics{
		Rate: float64(r.good) / took.Seconds(), Slowest: float64(r.slowest) / float64(time.Millisecond),
		Lost: float64(r.lost), Doubt: float64(r.doubt),
	}, errors.Join(err, r.stop(ctx))
}

// start starts all nodes.
func (r *rolling) start() error {
	var all []net.Listener
	for i := range rollingNodes {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		n := &rollingNode{name: fmt.Sprint("node", i)}
		all, r.nodes, r.addresses[n.name] = append(all, ln), append(r.nodes, n), ln.Addr().String()
	}
	for i, n := range r.nodes {
		if err := r.begin(n, all[i]); err != nil {
			return err
		}
	}
	return nil
}

// begin has a process take the place of a node.
func (r *rolling) begin(n *rollingNode, ln net.Listener) (err error) {
	others := make(map[string]string)
	for name, address := range r.addresses {
		if name != n.name {
			others[name] = address
		}
	}
	n.now, err = r.by.Node(n.name, others, ln)
	return err
}

func (r *rolling) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restartCall)
	defer cancel()
	var errs []error
	for _, n := range r.nodes {
		if n.now != nil {
			errs = append(errs, n.now.Stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// allAnswer has each node call each other.
func (r *rolling) allAnswer(ctx context.Context) error {
	for _, n := range r.nodes {
		if err := r.answers(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// answers has a node call all others, and them call it.
func (r *rolling) answers(ctx context.Context, n *rollingNode) error {
	ctx, cancel := context.WithTimeout(ctx, restartCall)
	defer cancel()
	for _, other := range r.nodes {
		if other == n {
			continue
		}
		if err := newWorker(0, 64).call(ctx, n.now.To(other.name)); err != nil {
			return fmt.Errorf("%s calls %s: %w", n.name, other.name, err)
		}
		if err := newWorker(0, 64).call(ctx, other.now.To(n.name)); err != nil {
			return fmt.Errorf("%s calls %s: %w", other.name, n.name, err)
		}
	}
	return nil
}

// restart ends a node in good order and starts another one in its place.
func (r *rolling) restart(ctx context.Context, n *rollingNode) error {
	n.mu.Lock()
	err := r.replace(ctx, n)
	n.mu.Unlock()
	if err != nil {
		return err
	}
	return r.answers(ctx, n)
}

func (r *rolling) replace(ctx context.Context, n *rollingNode) error {
	ctx, cancel := context.WithTimeout(ctx, restartCall)
	defer cancel()
	if err := n.now.Stop(ctx); err != nil {
		return fmt.Errorf("%s did not end: %w", n.name, err)
	}
	ln, err := net.Listen("tcp", r.addresses[n.name])
	if err != nil {
		return err
	}
	return r.begin(n, ln)
}

// call makes one call after the other by one node, to another node every time.
func (r *rolling) call(ctx context.Context, over <-chan struct{}, n *rollingNode, w *worker, dice *rand.Rand) {
	for {
		select {
		case <-over:
			return
		default:
		}
		to := r.nodes[dice.IntN(len(r.nodes))]
		if to == n {
			continue
		}
		n.mu.RLock()
		begun := time.Now()
		call, cancel := context.WithTimeout(ctx, restartCall)
		err := w.call(call, n.now.To(to.name))
		cancel()
		n.mu.RUnlock()
		r.add(time.Since(begun), err, r.by)
	}
}
