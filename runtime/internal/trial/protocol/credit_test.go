package protocol_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

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
		x := trial.NewTarget(t, nil)
		if err := x.RegisterSingleHandler(7, func(_ context.Context, p []byte) ([]byte, error) {
			time.Sleep(slow)
			return p, nil
		}); err != nil {
			t.Fatal(err)
		}
		hello := peer.NewHello("probe", "target")
		hello[peer.TagBulk] = peer.Uvarint(room)
		s := overLink(t, x, gridtest.Link{}, hello)

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
