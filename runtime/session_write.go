package grid

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// writer is the way out of a session. Everything is guarded by mu, except that
// the batch under way (and ws) belongs to the holder of the flusher's role:
// whoever set flushing. The role is taken by a caller that is about to wait
// anyway, for at most two rounds and only with writes that cannot block, or by a
// goroutine started for it. A batch is built under mu and written outside.
type writer struct {
	// Static.
	m        *node
	limits   *limits
	raw      net.Conn
	traffic  *traffic
	lost     func(error) // the socket failed
	ws       *wsWriter
	checksum bool           // each batch begins with one
	try      poll.TryWriter // nil: only the flusher goroutine writes

	mu          sync.Mutex
	bulkIn      growingWindow // owned by the session's reader
	closed      bool
	peerLeaving bool // it said goaway: no call and no stream is begun any more
	flushing    bool
	now         int64 // manager clock when the batch under way was begun
	lanes       lanes
	queued      [3]int        // a lane: bytes of requests, replies and stream frames not yet in a batch
	room        chan struct{} // closed when queued falls, nil while nobody waits
	bulk        int64         // bytes of chunks that the peer has room for
	replies     int           // answers that travel in chunks

	// What we owe the peer. Pongs and credit merge; answers do not.
	pong      []byte // payload of the last WebSocket ping
	pongDue   bool
	gridPong  uint64
	gridDue   bool
	gridAfter uint64 // refusals that come before it
	bulkOwed  uint64
	refusals  refusals
	creditors []creditor // streams that owe credit
	ctl       []byte     // encoded control frames in order
	gathered  []byte     // encoded answers of handlers that ran on the reader
	answers   int        // how many of them are answers to the peer

	last *lastWords    // what the flusher is to write before it stops, once closed
	idle chan struct{} // closed once nothing is left to write; made on demand

	bulkDue      atomic.Int64 // bytes of chunks that the peer may still send: what it was given minus what came
	gatheredLen  atomic.Int64 // of gathered, for the reader
	writingSince atomic.Int64 // manager clock when the write under way began, 0 for none
}

// init readies a writer whose static fields are set. bulk is how much room for chunks
// the peer gives at the start.
func (w *writer) init(m *node, bulk int64) {
	w.refusals.init()
	w.m, w.limits, w.bulk = m, &m.limits, bulk
	w.bulkIn = growingWindow{size: w.limits.BulkWindow, most: w.limits.BulkWindowMax}
	w.bulkDue.Store(int64(w.limits.BulkWindow))
}

// creditor is what owes its peer credit.
type creditor interface {
	// appendCreditLocked pays it. It runs with the writer's lock held.
	appendCreditLocked(b []byte) []byte
}

func (w *writer) pushLocked(it *outItem, n int) {
	if !it.queued {
		w.lanes.add(it)
	}
	w.queued[it.class] += n
}

func (w *writer) unqueuedLocked(it *outItem, n int) { w.queued[it.class] -= n }

// pendingLocked reports whether a batch would hold anything.
func (w *writer) pendingLocked() bool {
	return w.pongDue || w.gridDue || len(w.ctl) > 0 || len(w.gathered) > 0 || len(w.creditors) > 0 ||
		w.bulkOwed >= uint64(w.limits.BulkWindow/4) || w.lanes.next(w.bulk > 0) != nil
}

// flushed returns a channel that is closed once nothing is left to write.
func (w *writer) flushed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || !w.flushing && w.replies == 0 && !w.pendingLocked() {
		return closedChan
	}
	if w.idle == nil {
		w.idle = make(chan struct{})
	}
	return w.idle
}

func (w *writer) idleLocked() {
	if w.idle != nil && (w.closed || w.replies == 0) {
		close(w.idle)
		w.idle = nil
	}
}
