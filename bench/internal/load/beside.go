package load

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// beside measures small calls, one at a time, while Pumps large ones are under
// way on the same connection all the time.
func (b *bench) beside(ctx context.Context) (Metrics, error) {
	if err := newWorker(0, b.cell.Size).call(ctx, b.client); err != nil {
		return nil, err
	}
	var over atomic.Bool
	pumped := make(chan float64, 1) // bytes a second
	failed := make(chan error, 1)
	go func() {
		rate, err := b.pump(ctx, &over)
		pumped <- rate
		failed <- err
	}()
	time.Sleep(4 * warmUp) // until the pumps are in full swing
	latencies, err := b.small(ctx)
	over.Store(true)
	rate := <-pumped
	if err := errors.Join(err, <-failed); err != nil {
		return nil, err
	}
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

// pump echoes large payloads until over, and returns bytes a second, one way.
func (b *bench) pump(ctx context.Context, over *atomic.Bool) (float64, error) {
	var bytes atomic.Uint64
	start := time.Now()
	err := inParallel(b.cell.Pumps, func(i int) error {
		var workers []*worker // one for each piece of a payload
		for _, size := range pieces(bulk, b.peer.MaxMessage) {
			workers = append(workers, newWorker(1+i, size))
		}
		for !over.Load() {
			for _, w := range workers {
				if err := w.call(ctx, b.client); err != nil {
					return err
				}
				bytes.Add(uint64(len(w.Data)))
			}
		}
		return nil
	})
	return float64(bytes.Load()) / time.Since(start).Seconds(), err
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
