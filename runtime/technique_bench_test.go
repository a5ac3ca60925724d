package grid

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/zeebo/xxh3"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// A benchmark for each way in which the runtime saves time, beside what one would
// do without it. BenchmarkInline, BenchmarkCallerReads and BenchmarkIdleStreams are
// of the same kind.

// BenchmarkCallerFlush lets callers write what they and others have queued, or
// leaves that to a goroutine that is started for it.
func BenchmarkCallerFlush(b *testing.B) {
	c := echoPair(b)
	payload := make([]byte, 512)
	call := func() error {
		reply, err := c.Request(context.Background(), 1, payload)
		c.m.node.Buffers.Put(reply)
		return err
	}
	for _, inFlight := range []int{1, 16} {
		b.Run(fmt.Sprintf("caller/inflight=%d", inFlight), func(b *testing.B) { callEach(b, inFlight, call) })
	}
	w := &c.live.Load().Out
	w.Mu.Lock()
	w.Try = nil
	w.Mu.Unlock()
	for _, inFlight := range []int{1, 16} {
		b.Run(fmt.Sprintf("flusher/inflight=%d", inFlight), func(b *testing.B) { callEach(b, inFlight, call) })
	}
}

// BenchmarkBatch sends 16 frames of 512 bytes in one WebSocket message, or in one
// each, with a checksum and a mask; all are written at once.
func BenchmarkBatch(b *testing.B) {
	frame := wire.AppendFrame(nil, wire.KindCall, []byte{1, 2, 3, 0}, make([]byte, 512))
	for _, frames := range []int{16, 1} {
		b.Run(fmt.Sprintf("frames=%d", frames), func(b *testing.B) {
			var pool bufs.Pool
			out, in := memconn.Pair(memconn.Options{})
			defer out.Close()
			w, r := websocket.NewWriter(true), websocket.NewReader(in, false, &pool, wire.MaxBatch, nil)
			all := make([]byte, 0, 32<<10)
			for b.Loop() {
				all = all[:0]
				for range 16 / frames {
					start := len(all)
					all = append(all, make([]byte, websocket.HeaderMax+wire.ChecksumSize)...)
					for range frames {
						all = append(all, frame...)
					}
					xxh3.Hash(all[start+websocket.HeaderMax+wire.ChecksumSize:])
					sealed := w.Seal(all[start:], ws.OpBinary)
					all = all[:start+copy(all[start:], sealed)]
				}
				if _, err := out.Write(all); err != nil {
					b.Fatal(err)
				}
				for range 16 / frames {
					_, payload, err := r.Next()
					if err != nil {
						b.Fatal(err)
					}
					xxh3.Hash(payload[wire.ChecksumSize:])
				}
			}
		})
	}
}

// BenchmarkDeadline is a call whose deadline the Manager's clock watches, and one
// with a context that has a timer of its own.
func BenchmarkDeadline(b *testing.B) {
	c := echoPair(b)
	payload := make([]byte, 512)
	request := func(ctx context.Context) error {
		reply, err := c.Request(ctx, 1, payload)
		c.m.node.Buffers.Put(reply)
		return err
	}
	b.Run("clock", func(b *testing.B) {
		b.ReportAllocs()
		callEach(b, 256, func() error { return request(context.Background()) })
	})
	b.Run("context", func(b *testing.B) {
		b.ReportAllocs()
		callEach(b, 256, func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return request(ctx)
		})
	})
}

// BenchmarkCallTable takes a slot, finds it by its id, claims and frees it; beside
// it a map of calls under a mutex.
func BenchmarkCallTable(b *testing.B) {
	b.Run("slots", func(b *testing.B) {
		var t calls.Table
		t.Init(&link.Link{}, nil)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				c, id, _ := t.Take(&calls.Options{Deadline: 1})
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

// BenchmarkPool gets a buffer, touches each page and gives it back, or makes one.
func BenchmarkPool(b *testing.B) {
	touch := func(buf []byte) {
		for i := 0; i < len(buf); i += 4096 {
			buf[i] = 1
		}
	}
	for _, size := range []int{512, 64 << 10, 16 << 20} {
		b.Run(fmt.Sprintf("pool/size=%d", size), func(b *testing.B) {
			var p bufs.Pool
			for b.Loop() {
				buf := p.Get(size)
				touch(buf[:size])
				p.Put(buf)
			}
		})
		b.Run(fmt.Sprintf("make/size=%d", size), func(b *testing.B) {
			for b.Loop() {
				kept = make([]byte, size)
				touch(kept)
			}
		})
	}
}

// BenchmarkNewBuffer makes a buffer as the pool does, and as make does.
func BenchmarkNewBuffer(b *testing.B) {
	b.Run("pool", func(b *testing.B) {
		for b.Loop() {
			kept = bufs.NewBuffer(16 << 20)
		}
	})
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			kept = make([]byte, 16<<20)
		}
	})
}

var kept []byte // so that the compiler does not put it on the stack
