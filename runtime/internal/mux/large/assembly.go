package large

import (
	"fmt"
	"slices"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Assemblies are the large messages that are coming in. Each begins with a frame
// that names its size; it is granted when its buffer fits what the session may
// hold, in the order of nextGrant, and complete when all its chunks are there.
type Assemblies struct {
	m        *node.Node
	limits   *node.Limits
	out      *out.Writer
	receiver receiver

	mu      sync.Mutex
	parts   map[AssemblyKey]*assembly
	waiting []*assembly // announced, not granted; may hold some that were dropped
	dropped int         // how many of waiting are
	used    int         // bytes of the granted ones
	turn    int         // counts the grants, see nextGrant

}

type AssemblyKey struct {
	Target wire.Target
	ID     uint64
}

type assembly struct {
	key     AssemblyKey
	lane    lanes.Class // ClassHigh, ClassNormal or ClassLow
	size    int
	buf     []byte // begins with the first chunk: an announcement alone costs nothing
	granted bool
	dropped bool
}

// receiver is who gets what has come in chunks.
type receiver interface {
	// DeliverLarge takes a complete message, and its buffer with it.
	DeliverLarge(t wire.Target, id uint64, buf []byte) error
	// FailLarge ends a call whose answer of size bytes is more than is taken here.
	FailLarge(id, size uint64)
}

func (a *Assemblies) Init(m *node.Node, limits *node.Limits, out *out.Writer, r receiver) {
	a.m, a.limits, a.out, a.receiver = m, limits, out, r
}

// TooLarge reports whether a peer announces more than this node takes.
func (a *Assemblies) TooLarge(size uint64) bool { return size > uint64(a.limits.Message) }

// Begin registers a large message and grants it if there is room. The caller has
// checked the size of requests and stream messages, which can be refused one by
// one; a reply that is too large ends its call.
//
// The grant is an answer that the peer provokes: one that reads none of them
// loses its session before they pile up. Only the session's reader calls Begin.
func (a *Assemblies) Begin(t wire.Target, id uint64, size uint64, lane lanes.Class) error {
	if a.TooLarge(size) {
		if t == wire.TargetReply {
			a.receiver.FailLarge(id, size)
			return nil
		}
		return fmt.Errorf("%w: a message of %d bytes was let through", wire.ErrFrame, size)
	}
	if err := a.Register(AssemblyKey{t, id}, size, lane); err != nil {
		return err
	}
	return a.out.CheckAnswers()
}

func (a *Assemblies) Register(key AssemblyKey, size uint64, lane lanes.Class) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.parts == nil {
		a.parts = make(map[AssemblyKey]*assembly)
	}
	if a.parts[key] != nil {
		return fmt.Errorf("%w: a second large message where one is under way", wire.ErrFrame)
	}
	if size <= wire.MaxPayload {
		return fmt.Errorf("%w: a message of %d bytes announced as large", wire.ErrFrame, size)
	}
	x := &assembly{key: key, lane: lane, size: int(size)} // fits: begin has compared it with Limits.Message
	a.parts[key] = x
	a.waiting = append(a.waiting, x)
	a.grantLocked()
	return nil
}

// IsComing reports whether a large message is announced that is not complete.
func (a *Assemblies) IsComing(t wire.Target, id uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.parts[AssemblyKey{t, id}] != nil
}

// grantLocked grants messages as long as they fit. The message whose turn it is waits
// until it fits, so that smaller ones that came later cannot pass it for ever.
func (a *Assemblies) grantLocked() {
	for len(a.waiting) > 0 {
		i := nextGrant(a.waiting, a.turn)
		x := a.waiting[i]
		switch {
		case x.dropped:
			a.dropped--
		case x.size > a.limits.Reassembly-a.used: // the sum may be more than an int counts
			return
		default:
			a.used += x.size
			x.granted = true
			a.turn++
			a.out.Grant(x.key.Target, x.key.ID)
		}
		a.waiting = slices.Delete(a.waiting, i, i+1)
	}
	a.waiting = nil
}

// nextGrant chooses among messages in order of arrival: the first of the highest
// lane, and at every fourth turn the first of all, so that low never starves.
func nextGrant(waiting []*assembly, turn int) int {
	best := 0
	if turn%4 == 3 {
		return best
	}
	for i, x := range waiting {
		if x.lane < waiting[best].lane {
			best = i
		}
	}
	return best
}

// HandleChunk adds a chunk. Room for chunks is given back at once, whether or not
// anybody still wants the message: its bytes have left the network. now is when the
// bytes came, RoundTrip the shortest one seen.
func (a *Assemblies) HandleChunk(body []byte, now, roundTrip int64) error {
	t, id, piece, err := wire.ParseChunk(body)
	if err != nil {
		return err
	}
	if a.out.BulkDue.Add(-int64(len(piece))) < 0 {
		return fmt.Errorf("%w: more chunks than there was credit for", wire.ErrFrame)
	}
	a.out.ReturnBulk(len(piece), now, roundTrip)
	x, err := a.add(AssemblyKey{t, id}, piece)
	if err != nil || x == nil {
		return err
	}
	return a.receiver.DeliverLarge(t, id, x.buf)
}

// add appends a piece, and returns the message when it is complete.
func (a *Assemblies) add(key AssemblyKey, piece []byte) (*assembly, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.parts[key]
	if x == nil {
		return nil, nil // given up here while its chunks were on their way
	}
	if !x.granted || len(piece) > x.size-len(x.buf) || len(piece) == 0 {
		return nil, fmt.Errorf("%w: chunks that do not fit the message they belong to", wire.ErrFrame)
	}
	// A copy: out of the reader's buffer to its place in the message. To read it there at once the reader would have to
	// know what comes before it has read it.
	x.buf = append(a.bufferFor(x, len(piece)), piece...)
	if len(x.buf) < x.size {
		return nil, nil
	}
	a.removeLocked(x)
	return x, nil
}

// firstChunkBuffer is the size in bytes of the buffer that a message gets with its first
// chunk. The buffer of the full size is made when this one is full: a peer that announces
// much and sends little takes little memory, and what is copied then is little, too.
const firstChunkBuffer = 1 << 20

// bufferFor returns the buffer of x, grown for n more bytes.
func (a *Assemblies) bufferFor(x *assembly, n int) []byte {
	switch {
	case x.buf == nil:
		return a.m.Buffers.Get(max(n, min(x.size, firstChunkBuffer)))
	case len(x.buf)+n <= cap(x.buf):
		return x.buf
	}
	whole := append(a.m.Buffers.Get(x.size), x.buf...) // A copy: of the first MiB of a larger message, see firstChunkBuffer
	a.m.Buffers.Put(x.buf)
	return whole
}

func (a *Assemblies) removeLocked(x *assembly) {
	delete(a.parts, x.key)
	x.dropped = true
	if x.granted {
		a.used -= x.size
		a.grantLocked()
		return
	}
	a.dropped++
	if a.dropped > len(a.waiting)/2 { // behind one that waits for long they would pile up
		a.waiting = slices.DeleteFunc(a.waiting, func(w *assembly) bool { return w.dropped })
		a.dropped = 0
	}
}

// Forget drops a message that nobody waits for any more.
func (a *Assemblies) Forget(t wire.Target, id uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x := a.parts[AssemblyKey{t, id}]; x != nil {
		a.m.Buffers.Put(x.buf)
		x.buf = nil
		a.removeLocked(x)
	}
}

// Drop lets go of everything at the end of the session.
func (a *Assemblies) Drop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.parts, a.waiting, a.used = nil, nil, 0
}
