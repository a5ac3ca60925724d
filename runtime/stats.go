package grid

import (
	"sync/atomic"
	"time"
)

// Stats are the figures of a Connection since it was made. Counters only grow.
type Stats struct {
	State           State
	BatchesSent     uint64
	BytesSent       uint64 // of batches, before WebSocket headers
	BatchesReceived uint64
	BytesReceived   uint64

	CallsInFlight  int           // made here
	CallsServing   int           // running here
	StreamsOpen    int           // of either end
	UnreadBytes    int           // in streams, not yet read here; large messages count from when they may come
	QueuedBytes    int           // waiting to be written
	RoundTrip      time.Duration // of the last ping, 0 before the first
	PeerIsDraining bool
}

// traffic counts over all sessions of a Connection.
type traffic struct {
	batchesOut, bytesOut, batchesIn, bytesIn atomic.Uint64
}

// Stats returns the present figures. They are read one after the other, so they
// may be of slightly different moments.
func (c *Connection) Stats() Stats {
	st := Stats{State: c.State(),
		BatchesSent: c.traffic.batchesOut.Load(), BytesSent: c.traffic.bytesOut.Load(),
		BatchesReceived: c.traffic.batchesIn.Load(), BytesReceived: c.traffic.bytesIn.Load()}
	s := c.live.Load()
	if s == nil {
		return st
	}
	st.CallsInFlight = s.calls.inFlight()
	st.CallsServing = s.serving.len()
	st.StreamsOpen = s.streams.len()
	st.UnreadBytes = s.streams.unread.bytes()
	st.QueuedBytes = s.out.len()
	st.RoundTrip = time.Duration(s.roundTrip.Load())
	st.PeerIsDraining = s.peerDraining.Load()
	return st
}

func (t *servingTable) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byID)
}

func (t *streamTable) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byID) + len(t.opening)
}

func (w *writer) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.queued[0] + w.queued[1] + w.queued[2]
}
