package secure

import (
	"fmt"
	"net"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// outbox is ciphertext on its way to the socket, in the order in which the tls.Conn made
// it: what is in flight, then what is queued. Whoever has claimed it may write to the socket.
type outbox struct {
	pool *bufs.Pool

	mu      sync.Mutex
	turn    sync.Cond // signalled when claimed falls
	claimed bool
	waiting bool   // somebody waits for it to fall
	queued  []byte // from the pool, or nil
	room    int    // how many bytes who writes for the session may add to queued
	err     error  // why nothing can be written any more
	flood   error  // that, where more than maxAnswers was to wait

	// Owned by who has claimed the outbox.
	flight []byte // what the socket has not taken yet of lent
	lent   []byte // from the pool, or nil
}

// maxAnswers is how many bytes of its own a tls.Conn may have waiting: an answer to
// each request for a new key, of which a peer can make as many as it likes, and need
// not read what comes.
const maxAnswers = 16 << 10

// claim takes the right to write, unless another has it.
func (o *outbox) claim() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimed {
		return false
	}
	o.claimed = true
	return true
}

// claimOwed is claim where something is queued. Its error is that of a peer that asks and
// does not read.
func (o *outbox) claimOwed() (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimed || len(o.queued) == 0 || o.err != nil {
		return false, o.flood
	}
	o.claimed = true
	return true, nil
}

// await waits for the right to write. Others have it only for writes that do not wait.
func (o *outbox) await() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.claimed {
		o.waiting = true
		o.turn.Wait()
	}
	o.claimed = true
}

// unclaimLocked gives the right to write up.
func (o *outbox) unclaimLocked() {
	o.claimed = false
	if o.waiting {
		o.waiting = false
		o.turn.Broadcast()
	}
}

func (o *outbox) unclaim() {
	o.mu.Lock()
	o.unclaimLocked()
	o.mu.Unlock()
}

// expect makes room for the records of n bytes that are about to be encrypted. What each
// has besides is 22 bytes in TLS 1.3, of 1,208 at the start of a connection and of 16 KiB later.
func (o *outbox) expect(n int) {
	n += n/32 + 256
	o.mu.Lock()
	if o.queued == nil {
		o.queued = o.pool.Get(n + bufs.MarkSize)
	}
	o.room = len(o.queued) + n
	o.mu.Unlock()
}

// add is Write of the tls.Conn, which may come from who writes for the session, from who
// reads it, and from who closes it.
func (o *outbox) add(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && len(o.queued)+len(b) > o.room+maxAnswers {
		o.flood = fmt.Errorf("%d bytes that TLS answers are waiting for a peer that does not read", len(o.queued)-o.room)
		o.err = o.flood
	}
	if o.err != nil {
		return 0, o.err
	}
	// A copy: the tls.Conn encrypts its next record in the memory of b. All records of a batch go out in one
	// write, which may not wait. expect has made room, so that nothing moves.
	o.queued = append(bufs.GrowPooled(o.pool, o.queued, len(b)+bufs.MarkSize), b...)
	return len(b), nil
}

// next puts what is queued into flight, where nothing is. It reports false if nothing is
// queued: then the right to write is given up.
func (o *outbox) next() bool {
	if o.lent != nil {
		o.pool.Put(o.lent)
		o.lent = nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queued) == 0 || o.err != nil {
		o.unclaimLocked()
		return false
	}
	o.lent, o.flight = o.queued, o.queued
	o.queued, o.room = nil, 0
	return true
}

// flush writes what the socket takes at once and gives the right to write up. It returns
// how many bytes are left.
func (o *outbox) flush(to poll.TryWriter) (left int, err error) {
	for len(o.flight) > 0 || o.next() {
		n, err := to.TryWrite(o.flight)
		o.flight = o.flight[n:]
		switch {
		case err != nil:
			return 0, o.fail(err)
		case len(o.flight) > 0:
			return o.full(), nil
		}
	}
	return 0, o.failed()
}

// write waits until no more than left bytes are left, and gives the right to write up.
func (o *outbox) write(to net.Conn, left int) error {
	for {
		if len(o.flight) == 0 && !o.next() {
			return o.failed()
		}
		surplus := o.size() - left
		if surplus <= 0 {
			o.unclaim()
			return nil
		}
		n, err := to.Write(o.flight[:min(surplus, len(o.flight))])
		o.flight = o.flight[n:]
		if err != nil {
			return o.fail(err)
		}
	}
}

// full gives the right to write up, and returns how many bytes are left.
func (o *outbox) full() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(o.flight) + len(o.queued)
	o.unclaimLocked()
	return n
}

func (o *outbox) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.flight) + len(o.queued)
}

// fail notes that the socket is broken and gives the right to write up: a record of which
// a part is out can never be followed by another.
func (o *outbox) fail(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.unclaimLocked()
	return o.err
}

func (o *outbox) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
