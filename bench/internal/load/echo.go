package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// warmUp is run before anything is measured: routes, pools and windows settle.
const warmUp = 50 * time.Millisecond

// The memory of large payloads takes longer to settle. At first all of it is new, and the kernel clears
// each page: in a cell of 180 ms, calls of 16 MiB did hardly anything else.
const (
	largePayload = 32 << 10
	largeWarmUp  = time.Second     // for calls of largePayload bytes or more
	bulkWarmUp   = 2 * time.Second // for pumps
)

// warmUpFor is how long calls of size bytes are made before they are measured.
func warmUpFor(size int) time.Duration {
	if size >= largePayload {
		return largeWarmUp
	}
	return warmUp
}

// echo measures unary calls with Flight workers, over so many connections.
func (b *bench) echo(ctx context.Context, connections int) (Metrics, error) {
	clients := make([]peer.Client, connections)
	if err := inTurns(connections, dialing, func(i int) (err error) {
		clients[i], err = b.dialer.Dial(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	defer func() {
		for _, c := range clients {
			c.Close()
		}
	}()
	workers := make([]*worker, b.cell.Flight)
	for i := range workers {
		workers[i] = newWorker(i, b.cell.Size)
	}
	return b.called(workers, func(i int, w *worker) error {
		return w.call(ctx, clients[(uint64(i)+w.calls)%uint64(len(clients))])
	})
}

// called measures what the workers call, after a warm-up.
func (b *bench) called(workers []*worker, call func(i int, w *worker) error) (Metrics, error) {
	if _, err := calls(workers, warmUpFor(b.cell.Size), new(latencies), call); err != nil {
		return nil, fmt.Errorf("warm-up: %w", err)
	}
	var n uint64
	took := new(latencies)
	used, all, err := b.used(func() (err error) {
		n, err = calls(workers, b.cell.Time, took, call)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := Metrics{
		Rate:   float64(n) / all.Seconds(),
		MBRate: float64(n) * float64(b.cell.Size) / all.Seconds() / 1e6,
	}
	took.addTo(m)
	used.perCall(m, float64(n))
	return m, nil
}

// calls lets the workers call for a while and returns the number of calls.
func calls(workers []*worker, d time.Duration, took *latencies, call func(i int, w *worker) error) (uint64, error) {
	var total atomic.Uint64
	var over atomic.Bool
	timer := time.AfterFunc(d, func() { over.Store(true) })
	defer timer.Stop()
	err := inParallel(len(workers), func(i int) error {
		w := workers[i]
		before := w.calls
		defer func() { total.Add(w.calls - before) }()
		for start := time.Now(); ; { // each at least once, also on a machine that is slow to start them all
			if err := call(i, w); err != nil {
				over.Store(true)
				return err
			}
			// The clock is read once a call, as that takes a tenth of what a small one
			// does: preparing the next and verifying the last are in its time.
			end := time.Now()
			took.add(i, end.Sub(start))
			if over.Load() {
				return nil
			}
			start = end
		}
	})
	return total.Load(), err
}

// worker makes calls one after the other and verifies each answer.
type worker struct {
	peer.Call
	texts [4]string
	calls uint64
}

func newWorker(i, size int) *worker {
	w := &worker{Call: peer.Call{Data: peer.Payload(size)}}
	for k := range w.texts {
		w.texts[k] = fmt.Sprintf("worker %d says %d", i, k)
	}
	return w
}

// call makes a call that differs from the one before and from other workers'.
func (w *worker) call(ctx context.Context, client peer.Client) error {
	w.Text = w.texts[w.calls%uint64(len(w.texts))]
	peer.Stamp(w.Data, w.calls)
	if err := client.Echo(ctx, &w.Call); err != nil {
		return err
	}
	w.calls++
	return w.Check()
}

// inParallel runs fn for 0 to n-1 at once and joins their errors.
func inParallel(n int, fn func(i int) error) error {
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
