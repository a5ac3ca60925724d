package protocol_test

import (
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A handler that has a schema tells its shape to nodes, and to a guest that may not call it
// no more than one that is not there.
func TestGuestSeesNoShapesOfOthers(t *testing.T) {
	const diskInfo, nobody = 9, 60000
	d := guestsAt(t, nil, nil)
	if err := storage.RegisterStorage(d.Manager, "d", &storage.StorageFuncs{}); err != nil {
		t.Fatal(err)
	}
	size := func(s *peer.Session, id int) int {
		trial.SendFrames(t, s, peer.NewFrame(peer.Shapes, 0, id))
		f := trial.ExpectFrame(t, s, peer.Shapes)
		if _, of := f.Uvarint(), f.Uvarint(); of != uint64(id) { // fits: an id
			t.Errorf("the shape of %d for that of %d", of, id)
		}
		return len(f.Body)
	}
	guest, _ := d.enter(t, "tab1")
	empty := size(guest, nobody)
	if n := size(guest, diskInfo); n != empty {
		t.Errorf("a guest gets %d bytes of a handler that it may not call, and %d of none", n, empty)
	}
	if n := size(d.Session(t, "probe"), diskInfo); n <= empty {
		t.Errorf("a node gets %d bytes", n)
	}
}
