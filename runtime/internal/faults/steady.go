package faults

import (
	"context"
	"math/rand/v2"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Restarts is what a steady load has seen of the restarts of its peers.
type Restarts struct {
	Calls   int
	Slowest time.Duration
	Failed  []string // the first few errors
}

// steadyTime is how long a steady call may take: far more than a restart does.
const steadyTime = 20 * time.Second

// Steady makes calls and streams that wait for the peer, one after the other, until
// stop is closed or its own node is shutting down. None of them may fail, whatever
// restarts in good order.
func (l *Load) Steady(stop <-chan struct{}, c *grid.Connection, rng *rand.Rand) {
	for pause(stop, 0) && !l.leaving.Load() {
		began := time.Now()
		err := l.ready(c, rng)
		if err != nil && l.leaving.Load() && grid.OutcomeOf(err) == grid.NotSent {
			return
		}
		l.restarted(time.Since(began), err)
	}
}

// ready makes one call or stream that waits for the peer.
func (l *Load) ready(c *grid.Connection, rng *rand.Rand) error {
	ctx, cancel := context.WithTimeout(grid.WaitForReady(context.Background()), steadyTime)
	defer cancel()
	switch dice := rng.IntN(100); {
	case dice < 90:
		return l.call(ctx, c, order{size: rng.IntN(400), reply: rng.IntN(400)})
	case dice < 95:
		return l.call(ctx, c, order{how: sleeps, hold: upTo(rng, 10*time.Millisecond), size: rng.IntN(400), reply: 100})
	case dice < 97: // in chunks
		return l.call(ctx, c, order{size: rng.IntN(300 << 10), reply: rng.IntN(300 << 10)})
	default:
		return l.stream(ctx, c, rng.IntN(10), nil)
	}
}

func (l *Load) restarted(took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steady.Calls++
	l.steady.Slowest = max(l.steady.Slowest, took)
	if err != nil && len(l.steady.Failed) < 10 {
		l.steady.Failed = append(l.steady.Failed, err.Error())
	}
}

func (l *Load) restarts() Restarts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.steady
}
