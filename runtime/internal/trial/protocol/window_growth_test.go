package protocol_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Handlers of a windowed node, after those of every target.
const (
	routeSize = 6 // answers with the size of its payload
	routeRead = 7 // a stream that reads until it gets an empty message; then it waits
)

// windowed is a session with a node at the end of a long link, seen by a peer
// that knows how much it may send.
type windowed struct {
	*peer.Session
	x    *trial.ProbeTarget
	room map[uint64]int // by the target of credit: 0 for chunks, 3 for the one stream
}

// withWindow runs a test on such a session.
func withWindow(t *testing.T, test func(t *testing.T, w *windowed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := trial.NewTarget(t, func(o *grid.Options) { o.Limits.BulkWindow, o.Limits.BulkWindowMax = 64<<10, 256<<10 })
		if err := errors.Join(
			x.RegisterSingleHandler(7, func(_ context.Context, p []byte) ([]byte, error) { return fmt.Append(nil, len(p)), nil }),
			x.RegisterStreamingHandler(8, grid.StreamHandler{InCapacity: 10000, Handle: x.ReadSome}),
		); err != nil {
			t.Fatal(err)
		}
		s := overLink(t, x, gridtest.Link{Latency: 20 * time.Millisecond}, peer.NewHello("probe", "target"))
		test(t, &windowed{s, x, map[uint64]int{0: 64 << 10, 3: 64 << 10}})
	})
}

// overLink serves x on a simulated network, and returns the session of a peer that has heard of its routes. It is
// called in a bubble of synctest.
func overLink(t *testing.T, x *trial.ProbeTarget, link gridtest.Link, hello peer.Hello) *peer.Session {
	t.Helper()
	n := gridtest.NewNetwork(1)
	t.Cleanup(func() { n.Close() })
	n.SetAll(link)
	ln, err := n.Listen("target")
	if err != nil {
		t.Fatal(err)
	}
	x.Serve(t, ln)
	conn, err := n.Dial(t.Context(), "probe", "target")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s, err := peer.Dial(conn, hello, trial.TestKey)
	if err != nil {
		t.Fatal(err)
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
	trial.ExpectFrame(t, s, peer.Routes)
	return s
}

// take reads what comes within a while, and notes the credit in it.
func (w *windowed) take(t *testing.T, patience time.Duration) {
	t.Helper()
	for {
		w.Conn.SetReadDeadline(time.Now().Add(patience))
		f, err := w.Next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err != nil:
			t.Fatal(err)
		case f.Kind == peer.Credit:
			target := f.Uvarint()
			f.Uvarint() // the stream
			f.Uvarint() // messages: there is room for more than are sent
			w.room[target] += int(f.Uvarint())
			return
		}
	}
}

// quiet waits until all credit that is due has come.
func (w *windowed) quiet(t *testing.T) {
	t.Helper()
	for before := -1; before != w.room[0]+w.room[3]; {
		before = w.room[0] + w.room[3]
		w.take(t, time.Second)
	}
}

// dead reports whether the node has ended the session for a reason.
func (w *windowed) dead(reason string) bool {
	time.Sleep(time.Second)
	synctest.Wait()
	return len(w.x.Log.Lines("disconnected", reason)) > 0
}

// A peer may use all of a stream's window, also after it has grown, and not a
// message more.
func TestAGrownStreamWindowIsKept(t *testing.T) {
	withWindow(t, func(t *testing.T, w *windowed) {
		const size = 4 << 10
		msg := peer.NewFrame(peer.Message, 1, 0, make([]byte, size))
		trial.SendFrames(t, w.Session, peer.NewFrame(peer.Open, 1, routeRead, 0, 0, 0))
		for range 100 {
			for ; w.room[3] > 0; w.room[3] -= size {
				trial.SendFrames(t, w.Session, msg)
			}
			w.take(t, time.Second)
		}
		w.quiet(t)
		trial.SendFrames(t, w.Session, peer.NewFrame(peer.Message, 1, 0)) // it reads no more
		w.quiet(t)
		if w.room[3] < 256<<10 {
			t.Fatalf("the window has not grown: %d", w.room[3])
		}
		for {
			for ; w.room[3] > 0; w.room[3] -= size {
				trial.SendFrames(t, w.Session, msg)
			}
			if w.quiet(t); w.room[3] <= 0 { // some are on their way to the handler, and make room
				break
			}
		}
		if w.dead("") {
			t.Fatalf("using the whole window ended the session: %q", w.x.Log.Lines("disconnected"))
		}
		trial.SendFrames(t, w.Session, msg)
		if !w.dead("a message for a closed window") {
			t.Error("a message past the window was taken")
		}
	})
}

// The same of the window of all chunks. The node cannot write meanwhile, so it
// gives no more credit.
func TestAGrownBulkWindowIsKept(t *testing.T) {
	const (
		total = 8 << 20
		piece = 16 << 10
	)
	withWindow(t, func(t *testing.T, w *windowed) {
		sent := 0
		send := func(n int) {
			trial.SendFrames(t, w.Session, peer.NewFrame(peer.Chunk, 1, 1, make([]byte, n)))
			sent += n
			w.room[0] -= n
		}
		trial.SendFrames(t, w.Session, peer.NewFrame(peer.Call, 1, routeSize, 0, 1, total))
		trial.ExpectFrame(t, w.Session, peer.Credit) // the grant
		for sent < total/2 {
			for w.room[0] > 0 && sent < total/2 {
				send(min(piece, w.room[0]))
			}
			w.take(t, time.Second)
		}
		w.quiet(t)
		if w.room[0] < 256<<10-piece {
			t.Fatalf("the window has not grown: %d", w.room[0])
		}
		for id := range 20 {
			trial.SendFrames(t, w.Session, peer.NewFrame(peer.Call, id+2, trial.RouteEcho, 0, 0, make([]byte, 60<<10)))
		}
		time.Sleep(time.Second)
		for w.room[0] > 0 {
			send(min(piece, w.room[0]))
		}
		if w.dead("") {
			t.Fatalf("using the whole window ended the session: %q", w.x.Log.Lines("disconnected"))
		}
		send(1)
		if !w.dead("more chunks than there was credit for") {
			t.Error("a chunk past the window was taken")
		}
	})
}
