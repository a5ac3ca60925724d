package grid

import (
	"time"
)

// Stats are the figures of a Connection since it was made. Counters only grow. Manager.Snapshot
// has these and more, of all Connections.
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
	RoundTrip      time.Duration // smoothed; 0 while there is no session
	PeerIsDraining bool
}

// Stats returns the present figures. They are read one after the other, so they
// may be of slightly different moments.
func (c *Connection) Stats() Stats {
	if c == nil {
		return Stats{State: c.State()}
	}
	st := Stats{State: c.State(),
		BatchesSent: c.traffic.BatchesOut.Load(), BytesSent: c.traffic.BytesOut.Load(),
		BatchesReceived: c.traffic.BatchesIn.Load(), BytesReceived: c.traffic.BytesIn.Load()}
	s := c.live.Load()
	if s == nil {
		return st
	}
	st.CallsInFlight = s.Calls.InFlight()
	st.CallsServing = s.Serving.Len()
	st.StreamsOpen = s.Streams.Len()
	st.UnreadBytes = s.Streams.Unread.Bytes()
	st.QueuedBytes = s.Out.Len()
	st.RoundTrip = time.Duration(s.RoundTrip.Load())
	st.PeerIsDraining = s.PeerDraining.Load()
	return st
}
