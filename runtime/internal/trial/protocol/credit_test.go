package protocol_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Chunks go on as soon as there is room for them, also when calls come behind that room whose handlers run on
// the reader: each of them may take a part of a millisecond.
func TestRoomDoesNotWaitForHandlers(t *testing.T) {
	const (
		routeSlow = 6 // after those of every target
		slow      = 900 * time.Microsecond
		room      = 64 << 10
	)
	synctest.Test(t, func(t *testing.T) {
		n := gridtest.NewNetwork(1)
		t.Cleanup(func() { n.Close() })
		ln, err := n.Listen("target")
		if err != nil {
			t.Fatal(err)
		}
		x := trial.NewTarget(t, nil)
		if err := x.RegisterSingleHandler(grid.HandlerID(7), func(_ context.Context, p []byte) ([]byte, error) {
			time.Sleep(slow)
			return p, nil
		}); err != nil {
			t.Fatal(err)
		}
		x.Serve(t, ln)
		conn, err := n.Dial(t.Context(), "probe", "target")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		hello := peer.NewHello("probe", "target")
		hello[peer.TagBulk] = peer.Uvarint(room)
		s, err := peer.Dial(conn, hello, trial.TestKey)
		if err != nil {
			t.Fatal(err)
		}
		trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
		trial.ExpectFrame(t, s, peer.Routes)

		trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBulk))
		trial.ExpectFrame(t, s, peer.Reply) // the size of a large one
		trial.SendFrames(t, s, peer.NewFrame(peer.Credit, 6, 1, 0, 0))
		for got := 0; got < room; {
			f := trial.ExpectFrame(t, s, peer.Chunk)
			f.Uvarint()
			f.Uvarint()
			got += len(f.Body)
		}
		sent := time.Now()
		frames := [][]byte{peer.NewFrame(peer.Credit, 0, 0, 0, room)}
		for id := range 8 {
			frames = append(frames, trial.CallFrame(2+id, routeSlow))
		}
		trial.SendFrames(t, s, frames...)
		trial.ExpectFrame(t, s, peer.Chunk)
		if took := time.Since(sent); took >= slow {
			t.Errorf("the next chunk came after %v", took)
		}
	})
}
