package load

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// stub answers calls as they should be, after first has been called with their
// number.
type stub struct {
	peer.Client
	calls atomic.Int64
	first func(n int64)
}

func (s *stub) Echo(_ context.Context, c *peer.Call) error {
	s.first(s.calls.Add(1))
	c.GotText, c.GotData = c.Text, c.Data
	return nil
}

func someWorkers(n int) (all []*worker) {
	for i := range n {
		all = append(all, newWorker(i, 64))
	}
	return all
}

// A call that takes long holds none of the others up.
func TestCallsThatAreDueWaitForNobody(t *testing.T) {
	const n = 40
	others := make(chan struct{}, n)
	s := &stub{first: func(i int64) {
		if i > 1 {
			others <- struct{}{}
			return
		}
		for range n - 1 {
			<-others
		}
	}}
	took := new(latencies)
	if err := pace(t.Context(), s, someWorkers(4), n, 10_000, took, new(latencies)); err != nil {
		t.Fatal(err)
	}
	if took.count() != n {
		t.Errorf("%d calls were made of %d", took.count(), n)
	}
}

// What could not be called when it was due has waited since then: 20 calls are due
// in 20 ms, while the only worker stands still for 200.
func TestLatencyIsFromWhenACallWasDue(t *testing.T) {
	s := &stub{first: func(i int64) {
		if i == 1 {
			time.Sleep(200 * time.Millisecond)
		}
	}}
	took, late := new(latencies), new(latencies)
	if err := pace(t.Context(), s, someWorkers(1), 20, 1000, took, late); err != nil {
		t.Fatal(err)
	}
	if least := took.quantile(0); least < 175_000 {
		t.Errorf("one call took %v µs", least)
	}
	if late.quantile(0.5) < 175_000 {
		t.Errorf("half of the calls were begun %v µs after they were due", late.quantile(0.5))
	}
}

func TestCallsAreNotMadeBeforeTheyAreDue(t *testing.T) {
	start := time.Now()
	s := &stub{first: func(int64) {}}
	if err := pace(t.Context(), s, someWorkers(4), 11, 100, new(latencies), new(latencies)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("the last call, due after 100 ms, was answered after %v", took)
	}
}

func TestACallThatFailsEndsTheOthers(t *testing.T) {
	if err := pace(t.Context(), liar{}, someWorkers(2), 1000, 100_000, new(latencies), new(latencies)); err == nil {
		t.Error("a wrong answer is fine")
	}
}

// The heap is as large as it should be, and has pointers to follow.
func TestTheHeapIsLive(t *testing.T) {
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h := NewHeap(16)
	runtime.ReadMemStats(&during)
	if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown < 15<<20 || grown > 18<<20 {
		t.Errorf("a heap of 16 MiB has %d bytes", grown)
	}
	for i, r := range h.first {
		if r.left == nil || r.right == nil {
			t.Fatalf("record %d points nowhere", i)
		}
	}
	h.Keep()
	NewHeap(0).Keep()
}
