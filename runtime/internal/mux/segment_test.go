package mux_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// tallied is a socket that keeps the length of the longest write.
type tallied struct {
	*memconn.Conn
	longest atomic.Int64
}

func (c *tallied) TryWrite(b []byte) (int, error) {
	if n := int64(len(b)); n > c.longest.Load() {
		c.longest.Store(n) // only the holder of the flusher's role writes
	}
	return c.Conn.TryWrite(b)
}

// A chunk, all that is around it, and a small call in front of it are written as one segment. It holds
// 65,160 bytes, 45 packets of 1,448, where the MTU is 1,500.
func TestChunkIsOneSegment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnd(t), newEnd(t)
		far.add(t, &handlers.Handler{ID: 2, Single: func(_ context.Context, hc *handlers.Context, _ []byte) ([]byte, error) {
			return nil, hc.Begin()
		}})
		a, b := memconn.Pair(memconn.Options{Buffer: 4 << 20, AToB: atRate(wire.ChunkSize, time.Millisecond)})
		c := &tallied{Conn: a}
		p := pairOver(t, near, far, c, b)
		ctx, cancel := context.WithCancel(t.Context())
		go p.callUntil(ctx, 1, make([]byte, 4<<20))
		go p.callUntil(ctx, 0, make([]byte, 512))
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		near.close()
		far.close()
		if n := c.longest.Load(); n <= wire.ChunkSize || n > 65_160 {
			t.Errorf("the longest write has %d bytes", n)
		}
	})
}
