package sim

import (
	"context"
	"net"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// strike lets one fault of the plan happen, and end.
func (w *world) strike(mesh *gridtest.Mesh, f FaultPlan) {
	time.Sleep(f.At - time.Since(w.start))
	i := 0
	w.note(func() {
		i = len(w.Faults)
		w.Faults = append(w.Faults, Fault{FaultPlan: f})
	})
	w.begin(mesh, f)
	time.Sleep(f.At + f.Lasts - time.Since(w.start))
	switch f.Kind {
	case Cut, Partition, OneWay, Blink:
		mesh.Heal(f.A, f.B)
	case Stall:
		mesh.Resume(f.A)
	case Crash, Vanish, Stop:
		mesh.Restart(f.A)
	}
	w.note(func() { w.Faults[i].Healed = w.now() })
}

func (w *world) begin(mesh *gridtest.Mesh, f FaultPlan) {
	switch f.Kind {
	case Cut, Blink:
		mesh.Cut(f.A, f.B)
	case Partition:
		mesh.Partition(f.A, f.B)
	case OneWay:
		mesh.PartitionOneWay(f.A, f.B)
	case Stall:
		mesh.Stall(f.A)
	case Crash:
		mesh.Crash(f.A)
	case Vanish:
		mesh.Vanish(f.A)
	case Stop:
		s := &Shutdown{Node: f.A, Began: w.now(), Limit: f.Limit}
		w.note(func() { w.Shutdowns = append(w.Shutdowns, s) })
		ctx, cancel := context.WithTimeout(context.Background(), f.Limit)
		defer cancel()
		err := mesh.Stop(ctx, f.A)
		w.note(func() { s.Ended, s.Err = w.now(), err })
	}
}

// sockets counts the open sockets of each pair, at the end that dialed.
type sockets struct {
	mu   sync.Mutex
	open map[[2]string]int
}

// watch counts the sockets that one node dials.
func (s *sockets) watch(name string, o *grid.Options) {
	dial := o.Dial
	o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := dial(ctx, address)
		if err != nil {
			return nil, err
		}
		peer, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		pair := [2]string{min(name, peer), max(name, peer)}
		s.add(pair, 1)
		return &counted{Conn: conn.(*memconn.Conn), closed: sync.OnceFunc(func() { s.add(pair, -1) })}, nil
	}
}

func (s *sockets) add(pair [2]string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = make(map[[2]string]int)
	}
	s.open[pair] += n
}

func (s *sockets) between(a, b string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[[2]string{min(a, b), max(a, b)}]
}

// counted is a socket that tells when it is closed.
type counted struct {
	*memconn.Conn
	closed func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.closed()
	return c.Conn.Close()
}
