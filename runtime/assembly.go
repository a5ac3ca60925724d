package grid

import (
	"fmt"
	"slices"
	"sync"
)

// assemblies are the large messages that are coming in. Each begins with a frame
// that names its size; it is granted when its buffer fits what the session may
// hold, in the order of nextGrant, and complete when all its chunks are there.
type assemblies struct {
	m        *node
	out      *writer
	receiver receiver

	mu      sync.Mutex
	parts   map[assemblyKey]*assembly
	waiting []*assembly // announced, not granted; may hold some that were dropped
	dropped int         // how many of waiting are
	used    int         // bytes of the granted ones
	turn    int         // counts the grants, see nextGrant

}

type assemblyKey struct {
	target target
	id     uint64
}

type assembly struct {
	key     assemblyKey
	lane    class // classHigh, classNormal or classLow
	size    int
	buf     []byte // begins with the first chunk: an announcement alone costs nothing
	granted bool
	dropped bool
}

// receiver is who gets what has come in chunks.
type receiver interface {
	// deliverLarge takes a complete message, and its buffer with it.
	deliverLarge(t target, id uint64, buf []byte) error
	// failLarge ends a call whose answer of size bytes is more than is taken here.
	failLarge(id, size uint64)
}

func (a *assemblies) init(m *node, out *writer, r receiver) { a.m, a.out, a.receiver = m, out, r }

// tooLarge reports whether a peer announces more than this node takes.
func (a *assemblies) tooLarge(size uint64) bool { return size > uint64(a.m.limits.Message) }

// begin registers a large message and grants it if there is room. The caller has
// checked the size of requests and stream messages, which can be refused one by
// one; a reply that is too large ends its call.
//
// The grant is an answer that the peer provokes: one that reads none of them
// loses its session before they pile up. Only the session's reader calls begin.
func (a *assemblies) begin(t target, id uint64, size uint64, lane class) error {
	if a.tooLarge(size) {
		if t == targetReply {
			a.receiver.failLarge(id, size)
			return nil
		}
		return fmt.Errorf("%w: a message of %d bytes was let through", errFrame, size)
	}
	if err := a.register(assemblyKey{t, id}, size, lane); err != nil {
		return err
	}
	return a.out.checkOwed()
}

func (a *assemblies) register(key assemblyKey, size uint64, lane class) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.parts == nil {
		a.parts = make(map[assemblyKey]*assembly)
	}
	if a.parts[key] != nil {
		return fmt.Errorf("%w: a second large message where one is under way", errFrame)
	}
	if size <= maxPayload {
		return fmt.Errorf("%w: a message of %d bytes announced as large", errFrame, size)
	}
	x := &assembly{key: key, lane: lane, size: int(size)} // fits: begin has compared it with Limits.Message
	a.parts[key] = x
	a.waiting = append(a.waiting, x)
	a.grantLocked()
	return nil
}

// isComing reports whether a large message is announced that is not complete.
func (a *assemblies) isComing(t target, id uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.parts[assemblyKey{t, id}] != nil
}

// grantLocked grants what fits. The one whose turn it is waits until it fits:
// what is smaller and came later does not pass it for ever.
func (a *assemblies) grantLocked() {
	for len(a.waiting) > 0 {
		i := nextGrant(a.waiting, a.turn)
		x := a.waiting[i]
		switch {
		case x.dropped:
			a.dropped--
		case x.size > a.m.limits.Reassembly-a.used: // the sum may be more than an int counts
			return
		default:
			a.used += x.size
			x.granted = true
			a.turn++
			a.out.grant(x.key.target, x.key.id)
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

// handleChunk adds a chunk. Room for chunks is given back at once, whether or not
// anybody still wants the message: its bytes have left the network. now is when the
// bytes came, roundTrip the shortest one seen.
func (a *assemblies) handleChunk(body []byte, now, roundTrip int64) error {
	t, id, piece, err := parseChunk(body)
	if err != nil {
		return err
	}
	if a.out.bulkDue.Add(-int64(len(piece))) < 0 {
		return fmt.Errorf("%w: more chunks than there was credit for", errFrame)
	}
	a.out.oweBulk(len(piece), now, roundTrip)
	x, err := a.add(assemblyKey{t, id}, piece)
	if err != nil || x == nil {
		return err
	}
	return a.receiver.deliverLarge(t, id, x.buf)
}

// add appends a piece, and returns the message when it is complete.
func (a *assemblies) add(key assemblyKey, piece []byte) (*assembly, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.parts[key]
	if x == nil {
		return nil, nil // given up here while its chunks were on their way
	}
	if !x.granted || len(piece) > x.size-len(x.buf) || len(piece) == 0 {
		return nil, fmt.Errorf("%w: chunks that do not fit the message they belong to", errFrame)
	}
	x.buf = append(a.roomFor(x, len(piece)), piece...)
	if len(x.buf) < x.size {
		return nil, nil
	}
	a.removeLocked(x)
	return x, nil
}

// firstRoom is how large a buffer the first chunk of a message gets. The whole
// is made when so much has come, so that memory costs the peer bytes; what is
// copied then is little.
const firstRoom = 1 << 20

// roomFor returns the buffer of x with room for n more bytes.
func (a *assemblies) roomFor(x *assembly, n int) []byte {
	switch {
	case x.buf == nil:
		return a.m.buffers.get(max(n, min(x.size, firstRoom)))
	case len(x.buf)+n <= cap(x.buf):
		return x.buf
	}
	whole := append(a.m.buffers.get(x.size), x.buf...)
	a.m.buffers.put(x.buf)
	return whole
}

func (a *assemblies) removeLocked(x *assembly) {
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

// forget drops a message that nobody waits for any more.
func (a *assemblies) forget(t target, id uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x := a.parts[assemblyKey{t, id}]; x != nil {
		a.m.buffers.put(x.buf)
		x.buf = nil
		a.removeLocked(x)
	}
}

// drop lets go of everything at the end of the session.
func (a *assemblies) drop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.parts, a.waiting, a.used = nil, nil, 0
}
