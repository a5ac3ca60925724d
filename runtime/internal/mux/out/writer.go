package out

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/poll"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// Writer is the way out of a session. Everything is guarded by Mu, except that
// the batch under way (and Ws) belongs to the holder of the flusher's role:
// whoever set Flushing. The role is taken by a caller that is about to wait
// anyway, for at most two rounds and only with writes that cannot block, or by a
// goroutine started for it. A batch is built under Mu and written outside.
type Writer struct {
	// Static.
	m        *node.Node
	limits   *node.Limits
	Raw      net.Conn
	Traffic  *Traffic
	Lost     func(error) // the socket failed
	Ws       *websocket.Writer
	Checksum bool           // each batch begins with one
	Try      poll.TryWriter // nil: only the flusher goroutine writes

	Mu          sync.Mutex
	bulkIn      lanes.Window // owned by the session's reader
	due         bool         // likewise: FlushDue has something to write
	Closed      bool
	PeerLeaving bool // it said goaway: no call and no stream is begun any more
	Flushing    bool
	announces   bool  // what was pulled last announces a large message
	Now         int64 // manager clock when the batch under way was begun
	Lanes       lanes.Lanes
	Queued      [3]int        // a lane: bytes of requests, replies and stream frames not yet in a batch
	freed       chan struct{} // closed when queued falls, nil while nobody waits
	Bulk        int64         // bytes of chunks that the peer has room for
	share       *lanes.Share  // how much of that is used beside small messages; nil before the first chunk
	Replies     int           // answers that travel in chunks

	// The control queue. Pongs and credit merge; answers do not.
	pong       []byte // payload of the last WebSocket ping
	pongDue    bool
	gridPong   uint64
	gridDue    bool
	gridAfter  uint64 // refusals that come before it
	bulkCredit uint64
	refusals   *refusals  // nil: there was none yet
	Creditors  []creditor // streams with credit to append
	Ctl        []byte     // encoded control frames in order
	Gathered   []byte     // encoded answers of handlers that ran on the reader
	answers    int        // how many frames of Ctl answer the peer

	last *lastFrame    // what the flusher is to write before it stops, once closed
	idle chan struct{} // closed once nothing is left to write; made on demand

	BulkDue      atomic.Int64 // bytes of chunks that the peer may still send: what it was given minus what came
	GatheredLen  atomic.Int64 // of gathered, for the reader
	WritingSince atomic.Int64 // manager clock when the write under way began, 0 for none
}

// Init readies a writer whose static fields are set. bulk is how much room for chunks
// the peer gives at the start.
func (w *Writer) Init(m *node.Node, limits *node.Limits, bulk int64) {
	w.m, w.limits, w.Bulk = m, limits, bulk
	w.bulkIn = lanes.Window{Size: w.limits.BulkWindow, Most: w.limits.BulkWindowMax}
	w.BulkDue.Store(int64(w.limits.BulkWindow))
}

// creditor is a stream that has credit for its peer.
type creditor interface {
	// AppendCreditLocked appends the credit. It runs with the writer's lock held.
	AppendCreditLocked(b []byte) []byte
}

func (w *Writer) PushLocked(it *lanes.Item, n int) {
	if !it.Queued {
		w.Lanes.Add(it)
	}
	w.Queued[it.Class] += n
}

func (w *Writer) UnqueuedLocked(it *lanes.Item, n int) { w.Queued[it.Class] -= n }

// pendingLocked reports whether a batch would hold anything.
func (w *Writer) pendingLocked() bool {
	return w.pongDue || w.gridDue || len(w.Ctl) > 0 || len(w.Gathered) > 0 || len(w.Creditors) > 0 ||
		w.owesBulkLocked() || w.Lanes.Next(w.mayChunk()) != nil
}

// mayChunk reports whether a chunk may go now. What is asked for is guarded by Mu.
func (w *Writer) mayChunk() bool { return w.Bulk > 0 && (w.share == nil || w.share.Room()) }

// AnnouncesLocked is called while a frame is pulled that announces a large message. It does
// not count as a small one: where each side sends large ones, there is one for each.
func (w *Writer) AnnouncesLocked() { w.announces = true }

// sentLocked notes a frame that was put into a batch, of which n bytes are those of a chunk.
func (w *Writer) sentLocked(n int64) {
	switch {
	case n > 0 && w.share == nil: // most sessions never send a chunk
		w.share = new(lanes.Share)
		w.share.Chunk(n, w.Bulk, w.Now)
	case n > 0:
		w.share.Chunk(n, w.Bulk, w.Now)
	case w.share != nil && !w.announces:
		w.share.Small()
	}
	w.announces = false
}

// Flushed returns a channel that is closed once nothing is left to write.
func (w *Writer) Flushed() <-chan struct{} {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if w.Closed || !w.Flushing && w.Replies == 0 && !w.pendingLocked() {
		return node.ClosedChan
	}
	if w.idle == nil {
		w.idle = make(chan struct{})
	}
	return w.idle
}

func (w *Writer) idleLocked() {
	if w.idle != nil && (w.Closed || w.Replies == 0) {
		close(w.idle)
		w.idle = nil
	}
}
