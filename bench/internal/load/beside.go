package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// beside measures small calls, one at a time, while Pumps large ones are under
// way on the same connection all the time.
func (b *bench) beside(ctx context.Context) (Metrics, error) {
	return b.besidePumps(ctx, b.oneByOne)
}

// besidePumps measures small calls, which it returns the number of, beside Pumps
// large ones.
func (b *bench) besidePumps(ctx context.Context, small func(context.Context, *latencies) (float64, error)) (Metrics, error) {
	if err := newWorker(0, b.cell.Size).call(ctx, b.client); err != nil {
		return nil, err
	}
	if b.cell.Pumps == 0 {
		return b.alone(ctx, small)
	}
	p := &pumps{size: bulk, most: b.peer.MaxMessage, client: b.client}
	p.warm.Add(b.cell.Pumps)
	ended := make(chan error, 1)
	go func() { ended <- inParallel(b.cell.Pumps, func(i int) error { return p.run(ctx, i) }) }()
	p.warm.Wait()
	took, m := new(latencies), Metrics{}
	moved := p.bytes.Load()
	used, all, err := b.used(func() error { // until the last large call is back, so that all of it counts
		start := time.Now()
		calls, err := small(ctx, took)
		m[Rate] = calls / time.Since(start).Seconds()
		p.over.Store(true)
		return errors.Join(err, <-ended)
	})
	if err != nil {
		return nil, err
	}
	mb := float64(p.bytes.Load()-moved) / 1e6
	m[MBRate] = mb / all.Seconds()
	if mb > 0 {
		m[CPUPerMB] = float64(used.CPU.Nanoseconds()) / 1e3 / mb
	}
	took.addTo(m)
	return m, nil
}

// alone measures small calls without anything beside them.
func (b *bench) alone(ctx context.Context, small func(context.Context, *latencies) (float64, error)) (Metrics, error) {
	took, calls := new(latencies), 0.0
	used, all, err := b.used(func() (err error) {
		calls, err = small(ctx, took)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := Metrics{Rate: calls / all.Seconds()}
	took.addTo(m)
	used.perCall(m, calls)
	return m, nil
}

// oneByOne makes calls for the time of the cell, and counts them.
func (b *bench) oneByOne(ctx context.Context, took *latencies) (float64, error) {
	w := newWorker(0, b.cell.Size)
	for end := time.Now().Add(b.cell.Time); ; {
		start := time.Now()
		if !start.Before(end) && w.calls > 0 {
			return float64(w.calls), nil
		}
		if err := w.call(ctx, b.client); err != nil {
			return 0, err
		}
		took.add(0, time.Since(start))
	}
}

// pumps echo large payloads until they are told that it is over.
type pumps struct {
	size, most int // of a payload, and of one call
	client     peer.Client
	warm       sync.WaitGroup // until each has called for bulkWarmUp, or has failed
	over       atomic.Bool
	bytes      atomic.Uint64 // echoed so far, counted one way
}

func (p *pumps) run(ctx context.Context, i int) error {
	warmed := sync.OnceFunc(p.warm.Done)
	defer warmed()
	var workers []*worker // one for each piece of a payload
	for _, size := range pieces(p.size, p.most) {
		workers = append(workers, newWorker(1+i, size))
	}
	start := time.Now()
	for first := true; first || !p.over.Load(); first = false {
		for _, w := range workers {
			if err := w.call(ctx, p.client); err != nil {
				return err
			}
			p.bytes.Add(uint64(len(w.Data)))
		}
		if time.Since(start) >= bulkWarmUp {
			warmed()
		}
	}
	return nil
}

// pieces cuts size into parts of at most most.
func pieces(size, most int) []int {
	if most == 0 || size <= most {
		return []int{size}
	}
	var all []int
	for ; size > 0; size -= min(size, most) {
		all = append(all, min(size, most))
	}
	return all
}
