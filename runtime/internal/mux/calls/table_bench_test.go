package calls_test

import (
	"sync"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
)

// BenchmarkCallTable takes a slot, finds it by its id, claims and frees it; beside
// it a map of calls under a mutex.
func BenchmarkCallTable(b *testing.B) {
	b.Run("slots", func(b *testing.B) {
		var t calls.Table
		l := &link.Link{}
		t.Init(l, nil)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				l.Out.Mu.Lock()
				c, id, _ := t.TakeLocked(&calls.Options{Deadline: 1}, false)
				l.Out.Mu.Unlock()
				if t.Find(id) != c || !c.Claim(id) {
					b.Error("the call is not there")
				}
				t.Put(c)
			}
		})
	})
	b.Run("map", func(b *testing.B) {
		var mu sync.Mutex
		inFlight := map[uint64]*calls.Call{}
		free := sync.Pool{New: func() any { return &calls.Call{Done: make(chan struct{}, 1)} }}
		var last uint64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				c := free.Get().(*calls.Call)
				mu.Lock()
				last++
				id := last
				inFlight[id] = c
				mu.Unlock()
				mu.Lock()
				found := inFlight[id]
				delete(inFlight, id)
				mu.Unlock()
				if found != c {
					b.Error("the call is not there")
				}
				free.Put(c)
			}
		})
	})
}
