package mux_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

// A benchmark for each way in which a session saves time, beside what one would do
// without it. Beneath package grid, so what they tell is less than what a call takes.

// callEach makes b.N calls from n goroutines.
func callEach(b *testing.B, n int, p *pair) {
	payload := make([]byte, 512)
	var wg sync.WaitGroup
	for i := range n {
		mine := b.N / n
		if i < b.N%n {
			mine++
		}
		wg.Go(func() {
			for range mine {
				if err := p.call(context.Background(), payload); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// withoutTry has whoever wants to write start a goroutine for it.
func withoutTry(ends ...*end) {
	for _, x := range ends {
		w := &x.sessions.All()[0].Out
		w.Mu.Lock()
		w.Try = nil
		w.Mu.Unlock()
	}
}

// BenchmarkCallerFlush lets callers write what they and others have queued, or
// leaves that to a goroutine that is started for it.
func BenchmarkCallerFlush(b *testing.B) {
	p := pairOverTCP(b)
	for _, inFlight := range []int{1, 16} {
		b.Run(fmt.Sprintf("caller/inflight=%d", inFlight), func(b *testing.B) { callEach(b, inFlight, p) })
	}
	withoutTry(p.near)
	for _, inFlight := range []int{1, 16} {
		b.Run(fmt.Sprintf("flusher/inflight=%d", inFlight), func(b *testing.B) { callEach(b, inFlight, p) })
	}
}

// BenchmarkCallerReads makes calls one at a time: the caller reads its own answer, or,
// beside an open stream, the session's reader does.
func BenchmarkCallerReads(b *testing.B) {
	p := pairOverTCP(b)
	b.Run("caller", func(b *testing.B) { callEach(b, 1, p) })
	b.Run("reader", func(b *testing.B) {
		idle, t := new(streams.Stream), &p.s.Streams
		t.Mu.Lock()
		t.Opening = map[*streams.Stream]struct{}{idle: {}}
		t.Mu.Unlock()
		callEach(b, 1, p)
		t.Mu.Lock()
		delete(t.Opening, idle)
		t.Mu.Unlock()
	})
}

// BenchmarkInline is a call of 512 bytes whose handler runs on the session's
// reader, and one whose handler is given a goroutine, as one is that was found
// long.
func BenchmarkInline(b *testing.B) {
	p := pairOverTCP(b)
	b.Run("reader", func(b *testing.B) { callEach(b, 256, p) })
	b.Run("goroutine", func(b *testing.B) {
		p.far.registry.ByID(1).InlinePenalty.Until.Store(math.MaxInt64)
		callEach(b, 256, p)
	})
}

// BenchmarkPingPong sends one message there and back at a time: each end writes its
// own, or leaves that to a flusher.
func BenchmarkPingPong(b *testing.B) {
	p := pairOverTCP(b, &handlers.Handler{ID: 2, InCap: 16, OutCap: 16, Stream: func(_ context.Context, _ []byte, x any) error {
		st := x.(*streams.Stream)
		if err := st.Ctx.Begin(); err != nil {
			return err
		}
		return sendBack(st)
	}})
	st, err := p.s.Streams.Open(context.Background(), &streams.Opening{Route: 1}, lanes.LaneNormal, 16, 16)
	if err != nil {
		b.Fatal(err)
	}
	defer st.GiveUp(errTest)
	msg := make([]byte, 512)
	pingPong := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := st.Send(msg, false); err != nil {
				b.Fatal(err)
			}
			if _, err := st.RecvOwn(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("sender", pingPong)
	withoutTry(p.near, p.far)
	b.Run("flusher", pingPong)
}

// sendBack returns each message of a stream.
func sendBack(st *streams.Stream) error {
	for {
		msg, err := st.RecvOwn()
		if err != nil {
			return err
		}
		if err := st.Send(msg, false); err != nil {
			return err
		}
	}
}
