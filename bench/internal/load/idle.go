package load

import (
	"context"
	"sync"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// dialing is how many connections are opened at a time: below every limit on
// those that have not finished their handshake.
const dialing = 8

// quiet is how long things are left alone before memory is counted.
const quiet = 500 * time.Millisecond

// sessions measures connections on each of which one call was made.
func (b *bench) sessions(ctx context.Context) (Metrics, error) {
	return b.idle(func(int) (func(), error) {
		client, err := b.dialer.Dial(ctx)
		if err != nil {
			return nil, err
		}
		return client.Close, newWorker(0, 64).call(ctx, client)
	})
}

// streams measures streams on each of which one message went both ways.
func (b *bench) streams(ctx context.Context) (Metrics, error) {
	if err := newWorker(0, 64).call(ctx, b.client); err != nil {
		return nil, err
	}
	return b.idle(func(int) (func(), error) {
		st, err := b.client.Chat(ctx)
		if err != nil {
			return nil, err
		}
		return st.Close, roundTrip(st, peer.Payload(64), peer.NewChecker(64))
	})
}

// idle opens Count things and tells what one of them holds.
func (b *bench) idle(open func(i int) (closer func(), err error)) (Metrics, error) {
	before, err := b.usage(true)
	if err != nil {
		return nil, err
	}
	closers, start := make([]func(), b.cell.Count), time.Now()
	if err := inTurns(b.cell.Count, dialing, func(i int) (err error) {
		closers[i], err = open(i)
		return err
	}); err != nil {
		return nil, err
	}
	took := time.Since(start)
	time.Sleep(quiet)
	after, err := b.usage(true)
	if err != nil {
		return nil, err
	}
	for _, closer := range closers {
		closer()
	}
	n, used := float64(b.cell.Count), after.since(before)
	return Metrics{
		Held:       float64(used.Held) / n,
		Goroutines: float64(used.Goroutines) / n,
		Rate:       n / took.Seconds(),
	}, nil
}

// inTurns runs fn for 0 to n-1, so many at a time.
func inTurns(n, atOnce int, fn func(i int) error) error {
	var mu sync.Mutex
	next := 0
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1
	}
	return inParallel(min(n, atOnce), func(int) error {
		for i := take(); i < n; i = take() {
			if err := fn(i); err != nil {
				return err
			}
		}
		return nil
	})
}
