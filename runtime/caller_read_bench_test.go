package grid

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/node"
)

// BenchmarkCallerReads is BenchmarkCall with one in flight, whose caller reads its
// own answer, and the same beside an open stream, where the session's reader does.
func BenchmarkCallerReads(b *testing.B) {
	c := echoPair(b)
	call := func(b *testing.B) {
		payload := make([]byte, 512)
		for b.Loop() {
			reply, err := c.Request(context.Background(), 1, payload)
			if err != nil {
				b.Fatal(err)
			}
			c.m.node.Buffers.Put(reply)
		}
	}
	b.Run("caller", call)
	b.Run("reader", func(b *testing.B) {
		s := c.live.Load()
		idle := new(streams.Stream)
		s.Streams.Mu.Lock()
		s.Streams.Opening[idle] = struct{}{}
		s.Streams.Mu.Unlock()
		call(b)
		s.Streams.Mu.Lock()
		delete(s.Streams.Opening, idle)
		s.Streams.Mu.Unlock()
	})
}

// BenchmarkInline is a call of 512 bytes whose handler runs on the session's
// reader, and one whose handler is given a goroutine, as one is that was found
// long.
func BenchmarkInline(b *testing.B) {
	c, server := echoNodes(b)
	payload := make([]byte, 512)
	call := func() error {
		reply, err := c.Request(context.Background(), 1, payload)
		c.m.node.Buffers.Put(reply)
		return err
	}
	b.Run("reader", func(b *testing.B) { callEach(b, 256, call) })
	b.Run("goroutine", func(b *testing.B) {
		server.registry.ByID(1).Pace.Until.Store(math.MaxInt64)
		callEach(b, 256, call)
	})
}

// Calls one after the other find the role vacant; a while later the session's
// reader has it again.
func TestRoleIsVacantBetweenLoneCalls(t *testing.T) {
	nodes := cluster(t, 2, nil)
	for _, x := range nodes {
		if err := x.RegisterSingleHandler(1, func(_ context.Context, p []byte) ([]byte, error) { return p, nil }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := nodes[0].Connection("node1")
	vacant := func() bool {
		s := c.live.Load()
		return s != nil && s.Calls.Vacancy.State.Load() != 0
	}
	for !vacant() { // answers must come within a tick of each other, which takes luck on a busy machine
		if _, err := c.Request(WaitForReady(ctx), 1, nil); err != nil && ctx.Err() != nil {
			t.Fatal("the role was never vacant")
		}
	}
	for vacant() {
		time.Sleep(node.WatchTick)
		if ctx.Err() != nil {
			t.Fatal("the role stays vacant")
		}
	}
}
