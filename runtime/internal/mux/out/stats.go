package out

import (
	"sync/atomic"
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
