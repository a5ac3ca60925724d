package out

import (
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/observe"
)

// Traffic counts over all sessions of a Connection.
type Traffic struct {
	BatchesOut, BytesOut, BatchesIn, BytesIn atomic.Uint64
}

func (w *Writer) Len() int {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return w.Queued[0] + w.Queued[1] + w.Queued[2]
}

// QueuedBytes are those that wait to be written, by lane.
func (w *Writer) QueuedBytes() observe.QueuedBytes {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return observe.QueuedBytes{High: w.Queued[lanes.ClassHigh], Normal: w.Queued[lanes.ClassNormal], Low: w.Queued[lanes.ClassLow]}
}

// BulkRoom is how many bytes of chunks the peer has room for.
func (w *Writer) BulkRoom() int64 {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return w.Bulk
}
