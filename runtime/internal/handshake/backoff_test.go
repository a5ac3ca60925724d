package handshake

import (
	"math"
	"testing"
	"time"
)

// Pauses between attempts grow up to the longest one; after a peer went in good
// order the first ones are shorter, and the others grow later.
func TestBackoffAfterAGoaway(t *testing.T) {
	const ms = time.Millisecond
	b := Backoff{Min: 80 * ms, Max: 15 * time.Second}
	check := func(want ...time.Duration) {
		t.Helper()
		for i, w := range want {
			if got := next(&b, 1); got != w {
				t.Errorf("pause %d is %v, want %v", i, got, w)
			}
		}
	}
	check(80*ms, 160*ms, 320*ms)
	for range 50 {
		next(&b, 1)
	}
	check(b.Max)
	b.Soon()
	check(10*ms, 20*ms, 40*ms, 80*ms, 80*ms, 80*ms, 80*ms, 80*ms, 80*ms, 160*ms, 320*ms)
	for range 50 {
		next(&b, 1)
	}
	check(b.Max)
	b.Reset()
	check(80*ms, 160*ms)
}

// next is the next pause where the random source has drawn x.
func next(b *Backoff, x float64) time.Duration {
	b.Drew(func() float64 { return x }, x)
	return b.Next()
}

func TestBackoff(t *testing.T) {
	b := Backoff{Min: 100 * time.Millisecond, Max: 15 * time.Second}
	for i, want := range []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 12800, 15000, 15000} {
		if got := next(&b, 1); got != want*time.Millisecond {
			t.Errorf("pause %d is %v", i, got)
		}
	}
	for range 1000 {
		if got := next(&b, 1); got != b.Max {
			t.Fatalf("after many failures %v", got)
		}
	}
	b.Reset()
	if got := next(&b, 0.25); got != 25*time.Millisecond {
		t.Errorf("after reset, a quarter: %v", got)
	}
	if got := next(&b, 0); got != 0 {
		t.Errorf("no luck at all: %v", got)
	}
}

// A random source that draws no number from 0 to 1, or has not drawn at all, is not
// asked again: the pauses are drawn without it.
func TestBackoffWithoutItsSource(t *testing.T) {
	for _, x := range []float64{-1, 2, math.NaN(), math.Inf(1)} {
		b := Backoff{Min: time.Second, Max: time.Minute, Random: func() float64 { return x }}
		b.Drew(b.TakeRandom(), x)
		if got := b.Next(); b.Random != nil || got < 0 || got > time.Second {
			t.Errorf("after %v: a pause of %v", x, got)
		}
	}
}
