package load

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// beside measures small calls, one at a time, while Pumps large ones are under
// way on the same connection all the time.
func (b *bench) beside(ctx context.Context) (Metrics, error) {
	if err := newWorker(0, b.cell.Size).call(ctx, b.client); err != nil {
		return nil, err
	}
	p := &pumps{size: bulk, most: b.peer.MaxMessage, client: b.client}
	p.warm.Add(b.cell.Pumps)
	ended := make(chan error, 1)
	go func() { ended <- inParallel(b.cell.Pumps, func(i int) error { return p.run(ctx, i) }) }()
	p.warm.Wait()
	moved, start := p.bytes.Load(), time.Now()
	latencies, err := b.small(ctx)
	p.over.Store(true)
	if err := errors.Join(err, <-ended); err != nil {
		return nil, err
	}
	rate := float64(p.bytes.Load()-moved) / time.Since(start).Seconds()
	if len(latencies) == 0 {
		return nil, errors.New("not one small call came back")
	}
	slices.Sort(latencies)
	return Metrics{
		P50:    quantile(latencies, 0.50),
		P99:    quantile(latencies, 0.99),
		Rate:   float64(len(latencies)) / b.cell.Time.Seconds(),
		MBRate: rate / 1e6,
	}, nil
}

// small makes calls for the time of the cell and returns how long each took.
func (b *bench) small(ctx context.Context) ([]time.Duration, error) {
	w := newWorker(0, b.cell.Size)
	var all []time.Duration
	for end := time.Now().Add(b.cell.Time); ; {
		start := time.Now()
		if !start.Before(end) {
			return all, nil
		}
		if err := w.call(ctx, b.client); err != nil {
			return nil, err
		}
		all = append(all, time.Since(start))
	}
}

// pumps echo large payloads until they are told that it is over.
type pumps struct {
	size, most int // of a payload, and of one call
	client     peer.Client
	warm       sync.WaitGroup // until each has had its first answer, or has failed
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
	for first := true; first || !p.over.Load(); first = false {
		for _, w := range workers {
			if err := w.call(ctx, p.client); err != nil {
				return err
			}
			p.bytes.Add(uint64(len(w.Data)))
		}
		warmed()
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

// quantile of sorted durations, in microseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	i := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[i].Nanoseconds()) / 1e3
}
