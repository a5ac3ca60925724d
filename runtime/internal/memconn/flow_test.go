package memconn

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestFlowAccounts checks, through random use, that every byte held has either
// arrived or is on its way, and that arrivals are planned in order.
func TestFlowAccounts(t *testing.T) {
	for seed := range uint64(100) {
		luck := rand.New(rand.NewPCG(seed, 0))
		f := &flow{ring: ring{limit: 50_000}}
		f.arrival = func(now time.Time, _ int) time.Time {
			return now.Add(time.Duration(luck.IntN(40)-20) * time.Hour)
		}
		now := time.Now()
		for range 200 {
			switch luck.IntN(8) {
			case 0:
				f.held = !f.held
			case 1:
				now = now.Add(time.Duration(luck.IntN(8)) * time.Hour)
				f.settle(now)
			case 2:
				f.replan(now)
			case 3, 4:
				f.read(make([]byte, luck.IntN(20_000)))
			default:
				f.write(make([]byte, luck.IntN(10_000)))
			}
			checkFlow(t, f)
		}
		f.abort(now)
		checkFlow(t, f)
	}
}

func checkFlow(t *testing.T, f *flow) {
	t.Helper()
	onTheWay := 0
	for i, s := range f.transit {
		onTheWay += s.n
		if i > 0 && s.due.Before(f.transit[i-1].due) {
			t.Fatal("bytes would overtake others")
		}
	}
	if f.arrived+onTheWay != f.ring.n {
		t.Fatalf("%d bytes arrived, %d are on their way, %d are held", f.arrived, onTheWay, f.ring.n)
	}
}

// TestHeldFlowStaysSmall writes byte by byte into silence.
func TestHeldFlowStaysSmall(t *testing.T) {
	f := &flow{ring: ring{limit: 10_000}, held: true}
	for range 10_000 {
		f.write([]byte{1})
	}
	if len(f.transit) != 1 {
		t.Errorf("%d segments for bytes that arrive together", len(f.transit))
	}
}

// TestEndedPairHoldsNoBytes ends a pair in several ways with bytes unread and
// on their way: tests keep thousands of ended connections.
func TestEndedPairHoldsNoBytes(t *testing.T) {
	later := func(now time.Time, _ int) time.Time { return now.Add(time.Hour) }
	ways := map[string]func(a, b *Conn){
		"close": func(a, b *Conn) { a.Close(); b.Write(make([]byte, 10)); b.Close() },
		"reset": func(a, b *Conn) { a.Reset(); b.Close() },
		"kill":  func(a, b *Conn) { b.Kill(); a.Kill() },
	}
	for name, end := range ways {
		for _, o := range []Options{{}, {AToB: later, BToA: later}} {
			a, b := Pair(o)
			a.Write(make([]byte, 10))
			b.Write(make([]byte, 10))
			end(a, b)
			if a.in.ring.buf != nil || a.out.ring.buf != nil {
				t.Errorf("%s: buffers of %d and %d bytes are kept", name, len(a.in.ring.buf), len(a.out.ring.buf))
			}
		}
	}
}

// TestResetReleasesBytes looks at the end that is still open.
func TestResetReleasesBytes(t *testing.T) {
	a, b := Pair(Options{})
	defer b.Close()
	a.Write(make([]byte, 10))
	b.Write(make([]byte, 10))
	a.Reset()
	if b.in.ring.buf != nil || b.out.ring.buf != nil {
		t.Error("a reset connection keeps its buffers")
	}
}
