package load

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// openFlight is how many calls that are due may be in flight. What is due while so
// many are waits, and that counts as its latency.
const openFlight = 512

// due measures calls that are due at a fixed rate, whatever became of those before.
// The latency of each is from when it was due: a peer that stands still for a while
// cannot hide the calls that others would have made meanwhile.
func (b *bench) due(ctx context.Context) (Metrics, error) {
	if b.cell.PerSecond <= 0 {
		return nil, errors.New("calls need a rate at which they are due")
	}
	workers := make([]*worker, openFlight)
	for i := range workers {
		workers[i] = newWorker(i, b.cell.Size)
	}
	late, all := new(latencies), new(latencies)
	paced := func(ctx context.Context, took *latencies) (float64, error) {
		all = took
		n := int(float64(b.cell.PerSecond) * b.cell.Time.Seconds())
		return float64(n), pace(ctx, b.client, workers, n, b.cell.PerSecond, took, late)
	}
	warm := b.cell.PerSecond / int(time.Second/warmUp)
	if err := pace(ctx, b.client, workers, 1+warm, b.cell.PerSecond, new(latencies), new(latencies)); err != nil {
		return nil, err
	}
	m, err := b.besidePumps(ctx, paced)
	if err != nil {
		return nil, err
	}
	m[P999], m[Late] = all.quantile(0.999), late.quantile(0.99)
	return m, nil
}

// pace makes n calls, each when it is due. took is how long after that its answer
// was there, late how long after that it was begun.
func pace(ctx context.Context, client peer.Client, workers []*worker, n, perSecond int, took, late *latencies) error {
	start := time.Now().Add(time.Millisecond)
	ready := make(chan time.Time, n) // so that who keeps the time never waits
	go func() {
		defer close(ready)
		// Its thread sleeps by itself: the runtime's timers are a millisecond late
		// when nothing else is to be done.
		runtime.LockOSThread()
		for i := range n {
			at := start.Add(time.Duration(int64(i) * int64(time.Second) / int64(perSecond)))
			sleepUntil(at)
			ready <- at
		}
	}()
	var failed atomic.Bool
	return inParallel(len(workers), func(i int) error {
		for at := range ready {
			if failed.Load() {
				continue // the rest is not called any more
			}
			late.add(i, time.Since(at))
			if err := workers[i].call(ctx, client); err != nil {
				failed.Store(true)
				return err
			}
			took.add(i, time.Since(at))
		}
		return nil
	})
}
