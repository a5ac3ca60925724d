package grid

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
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
		c := newConnection(m, Peer{Name: "peer"}, false)
		s := c.newSession(m.handshakeConn(a, false, nil), false, sessionID{}, agreement{message: 1 << 20, bulk: 512 << 10, window: 64 << 10})
		c.current = s
		s.start()
		batch := append(make([]byte, wsHeaderMax), data...)
		b.Write(newWSWriter(true).seal(batch, ws.OpBinary)) // fails if the session is over already
		b.CloseWrite()
		<-s.ended
		b.Close()
		<-drained
	})
}

// P12: FuzzHello gives any bytes to what reads handshake messages.
func FuzzHello(f *testing.F) {
	f.Add(goldenHello("alpha", "beta", 0, 7).encode())
	f.Add(reject(Unauthenticated, "wrong key").encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []helloKind{helloProof, helloWelcome} {
			expect(data, kind)
		}
		if expect(data, helloHello) != nil {
			return
		}
		h, err := parseHello(data)
		if err != nil {
			return
		}
		again, err := parseHello(h.encode())
		if err != nil || *again != *h {
			t.Fatalf("%+v is read as %+v, %v", h, again, err)
		}
		agree(goldenHello("beta", "alpha", 0, 1), h)
	})
}
