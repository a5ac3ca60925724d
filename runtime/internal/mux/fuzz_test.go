package mux_test

import (
	"context"
	"io"
	"testing"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// P12: FuzzFrames sends any bytes to a live session as one batch: it must not panic,
// and must be over once the socket is.
func FuzzFrames(f *testing.F) {
	var all []byte
	for _, g := range goldenFrames {
		f.Add(g.write)
		all = append(all, g.write...)
	}
	f.Add(all)
	x := newEnd(f)
	f.Cleanup(x.close)
	x.node.Limits.Message, x.node.Limits.Reassembly = 1<<20, 1<<20
	x.add(f, &handlers.Handler{ID: 2, InCap: 4, OutCap: 4, Stream: func(_ context.Context, _ []byte, st any) error {
		return sendBack(st.(*streams.Stream))
	}})
	f.Fuzz(func(t *testing.T, data []byte) {
		near, far := memconn.Pair(memconn.Options{})
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			io.Copy(io.Discard, far)
		}()
		s := x.session(near, false)
		s.Start()
		batch := append(make([]byte, websocket.HeaderMax), data...)
		far.Write(websocket.NewWriter(true).Seal(batch, ws.OpBinary)) // fails if the session is over already
		far.CloseWrite()
		<-s.Ended
		far.Close()
		<-drained
	})
}
