package websocket_test

import (
	"fmt"
	"testing"

	"github.com/gobwas/ws"
	"github.com/zeebo/xxh3"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

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
