package handshake

import (
	"math/rand/v2"
	"time"

	"github.com/zeebo/xxh3"
)

// Dials decides from two names alone which end dials. Both ends agree, and over
// many pairs each node dials about half of its peers.
func Dials(me, peer string) bool {
	low, high := min(me, peer), max(me, peer)
	lowDials := xxh3.HashString(low+"\x00"+high)&1 == 0
	return lowDials == (me == low)
}

// Backoff is exponential with full jitter (Brooker, "Exponential Backoff And
// Jitter", 2015). Its random source is the Manager's, so that tests can seed it.
type Backoff struct {
	Min, Max time.Duration
	Random   func() float64 // nil: that of math/rand; it is code of others, see TakeRandom
	drawn    float64        // for the next pause, if wasDrawn
	wasDrawn bool
	failures int
	planned  bool // the peer is expected back at once
}

func (b *Backoff) Reset() { b.failures, b.planned = 0, false }

// Soon starts over, with pauses that are short at first.
func (b *Backoff) Soon() { b.failures, b.planned = 0, true }

// While a peer is expected back the first pauses are shorter, and so many do not
// grow beyond the shortest one: a process takes some tenths of a second to start.
const (
	Soonest  = 8
	expected = 8
)

func (b *Backoff) Next() time.Duration {
	ceiling, n := b.Max, b.failures
	switch {
	case b.planned && n < expected:
		ceiling = min(b.Min, b.Min/Soonest<<n)
	case b.planned:
		n -= expected
		fallthrough
	default:
		if n < 30 {
			ceiling = min(b.Max, b.Min<<n)
		}
	}
	b.failures++
	x := rand.Float64()
	if b.wasDrawn {
		x, b.wasDrawn = b.drawn, false
	}
	return time.Duration(x * float64(ceiling))
}

// TakeRandom lends the random source, which may panic, or never return.
func (b *Backoff) TakeRandom() func() float64 {
	random := b.Random
	b.Random = nil
	return random
}

// Drew gives the random source back, which has drawn x. A source that drew no number from
// 0 to 1 is not used again.
func (b *Backoff) Drew(random func() float64, x float64) {
	if random != nil && x >= 0 && x <= 1 {
		b.Random, b.drawn, b.wasDrawn = random, x, true
	}
}
