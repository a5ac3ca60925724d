package grid

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// fuzzManager serves an echo and a stream, and logs nothing.
func fuzzManager(tb testing.TB) *Manager {
	tb.Helper()
	m, err := NewManager(Options{Name: "me", Auth: InsecureNoAuth(), Logger: slog.New(slog.DiscardHandler),
		Limits: Limits{Message: 1 << 20, Reassembly: 1 << 20}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		m.Shutdown(ctx)
	})
	m.RegisterSingleHandler(1, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
	m.RegisterStreamingHandler(2, StreamHandler{InCapacity: 4, OutCapacity: 4,
		Handle: func(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
			for {
				select {
				case msg, ok := <-in:
					if !ok {
						return nil
					}
					select {
					case out <- msg:
					case <-ctx.Done():
						return ctx.Err()
					}
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}})
	return m
}

// P12: FuzzFrames sends any bytes to a live session as one batch: it must not panic,
// and must be over once the socket is.
func FuzzFrames(f *testing.F) {
	var all []byte
	for _, g := range goldenFrames {
		f.Add(g.write)
		all = append(all, g.write...)
	}
	f.Add(all)
	m := fuzzManager(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, b := memconn.Pair(memconn.Options{})
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			io.Copy(io.Discard, b)
		}()
		c := newConnection(&m.hub, Peer{Name: "peer"}, false)
		s := c.newSession(m.handshakeConn(a, false, nil), false, handshake.SessionID{}, handshake.Agreement{Message: 1 << 20, Bulk: 512 << 10, Window: 64 << 10})
		c.current = s
		s.Start()
		batch := append(make([]byte, websocket.HeaderMax), data...)
		b.Write(websocket.NewWriter(true).Seal(batch, ws.OpBinary)) // fails if the session is over already
		b.CloseWrite()
		<-s.Ended
		b.Close()
		<-drained
	})
}

// P12: FuzzHello gives any bytes to what reads handshake messages.
func FuzzHello(f *testing.F) {
	f.Add(goldenHello("alpha", "beta", 0, 7).Encode())
	f.Add(handshake.Reject(Unauthenticated, "wrong key").Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []handshake.HelloKind{handshake.HelloProof, handshake.HelloWelcome} {
			handshake.Expect(data, kind)
		}
		if handshake.Expect(data, handshake.HelloHello) != nil {
			return
		}
		h, err := handshake.ParseHello(data)
		if err != nil {
			return
		}
		again, err := handshake.ParseHello(h.Encode())
		if err != nil || *again != *h {
			t.Fatalf("%+v is read as %+v, %v", h, again, err)
		}
		handshake.Agree(goldenHello("beta", "alpha", 0, 1), h)
	})
}
