package out

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// A frame that announces a large message leaves the share of bulk as it is, a small message
// begins it anew.
func TestAnnouncementsAreNoSmallMessages(t *testing.T) {
	w := &Writer{share: new(lanes.Share)}
	w.share.Returned(1, 0, 0)
	w.Bulk = 64 << 20
	w.sentLocked(40 * wire.ChunkSize) // the share is 32 times as much now, and more than half of that is used
	if !w.mayChunk() {
		t.Fatal("a chunk alone has to wait")
	}
	w.AnnouncesLocked()
	w.sentLocked(0)
	if !w.mayChunk() {
		t.Error("an announcement counts as a small message")
	}
	w.sentLocked(0)
	if w.mayChunk() {
		t.Error("a small message does not count")
	}
}
