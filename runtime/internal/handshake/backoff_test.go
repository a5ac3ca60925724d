package handshake

import (
	"testing"
	"time"
)

// Pauses between attempts grow up to the longest one; after a peer went in good
// order the first ones are shorter, and the others grow later.
func TestBackoffAfterAGoodbye(t *testing.T) {
	const ms = time.Millisecond
	b := Backoff{Min: 80 * ms, Max: 15 * time.Second, Random: func() float64 { return 1 }}
	check := func(want ...time.Duration) {
		t.Helper()
		for i, w := range want {
			if got := b.Next(); got != w {
				t.Errorf("pause %d is %v, want %v", i, got, w)
			}
		}
	}
	check(80*ms, 160*ms, 320*ms)
	for range 50 {
		b.Next()
	}
	check(b.Max)
	b.Soon()
	check(10*ms, 20*ms, 40*ms, 80*ms, 80*ms, 80*ms, 80*ms, 80*ms, 80*ms, 160*ms, 320*ms)
	for range 50 {
		b.Next()
	}
	check(b.Max)
	b.Reset()
	check(80*ms, 160*ms)
}
