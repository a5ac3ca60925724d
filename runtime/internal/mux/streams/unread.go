package streams

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// unreadBudget decides when the large messages of a session's streams may come.
// Small ones are bounded by the window of their stream. A large one that would bring
// what is unread above Limits.Unread waits at its sender, until its stream is read or
// others are: nobody's stream ends because another is not read.
//
// A message that a reader waits for comes first, and may exceed Unread, because it is
// read as soon as it is there. Messages that readers wait for share the size of the
// largest message beyond Unread, so that one of them can always come.
type unreadBudget struct {
	limits *node.Limits
	small  atomic.Int64 // bytes of small messages in all inboxes

	mu     sync.Mutex
	held   int64   // bytes of large messages, from when they may come until a reader has them
	parked *parked // nil: none was yet
}

// parked are the messages that may not come yet.
type parked struct {
	byID   map[uint64]*parkedMessage
	first  parkedQueue // those that a reader waits for
	others parkedQueue
}

// of returns the message of a stream, or nil.
func (p *parked) of(id uint64) *parkedMessage {
	if p == nil {
		return nil
	}
	return p.byID[id]
}

// receiver is the stream that a large message is for.
type receiver interface {
	// park notes that the message may not come yet, and reports whether somebody waits
	// for it.
	park() (waited bool)
	// hold counts a message that may come, and reports false if nobody wants it any more.
	hold(n int) bool
	// beginLarge lets it come.
	beginLarge(size uint64) error
}

// parkedMessage is one that was announced and may not come yet.
type parkedMessage struct {
	to   receiver
	id   uint64 // of the stream
	size int
	in   *parkedQueue
}

// parkedQueue holds messages in order of arrival. A message that has left is still among
// the items until leave cleans up; its field in names another queue, or none.
type parkedQueue struct {
	items []*parkedMessage
	left  int
}

func (q *parkedQueue) push(e *parkedMessage) {
	e.in = q
	q.items = append(q.items, e)
}

// leave takes e out of its queue. The messages that have left are removed from the items
// once they are more than half: behind a message that waits for long they would pile up.
func (e *parkedMessage) leave() {
	q := e.in
	e.in = nil
	if q.left++; q.left > len(q.items)/2 {
		q.items = slices.DeleteFunc(q.items, func(x *parkedMessage) bool { return x.in != q })
		q.left = 0
	}
}

// next returns the first message, or nil.
func (q *parkedQueue) next() *parkedMessage {
	for _, e := range q.items {
		if e.in == q {
			return e
		}
	}
	return nil
}

// Bytes is how much is unread, or may come.
func (b *unreadBudget) Bytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(min(b.small.Load()+b.held, math.MaxInt)) // fits: at most the largest int
}

// fitsLocked reports whether a message may come that nobody waits for.
func (b *unreadBudget) fitsLocked(size int) bool {
	return b.small.Load()+b.held+int64(size) <= int64(b.limits.Unread)
}

// ask takes the announcement of a large message, and returns the messages that may come
// now.
func (b *unreadBudget) ask(to receiver, id uint64, size int) ([]*parkedMessage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.parked.of(id) != nil {
		return nil, fmt.Errorf("%w: a second large message where one is under way", wire.ErrFrame)
	}
	e := &parkedMessage{to: to, id: id, size: size}
	if b.fitsLocked(size) {
		b.holdLocked(e)
		return []*parkedMessage{e}, nil
	}
	if b.parked == nil {
		b.parked = &parked{byID: make(map[uint64]*parkedMessage)}
	}
	b.parked.byID[id] = e
	if to.park() {
		b.parked.first.push(e)
		return b.takeLocked(), nil
	}
	b.parked.others.push(e)
	return nil, nil
}

// holdLocked counts a message that may come.
func (b *unreadBudget) holdLocked(e *parkedMessage) {
	if e.to.hold(e.size) {
		b.held += int64(e.size)
	}
}

// takeLocked takes out those that may come now.
func (b *unreadBudget) takeLocked() (ready []*parkedMessage) {
	if b.parked == nil {
		return nil
	}
	first, others := &b.parked.first, &b.parked.others
	most := int64(b.limits.Unread) + int64(b.limits.Message)
	for e := first.next(); e != nil && b.held+int64(e.size) <= most; e = first.next() {
		ready = append(ready, b.letLocked(e))
	}
	for e := others.next(); e != nil && b.fitsLocked(e.size); e = others.next() {
		ready = append(ready, b.letLocked(e))
	}
	return ready
}

func (b *unreadBudget) letLocked(e *parkedMessage) *parkedMessage {
	delete(b.parked.byID, e.id)
	e.leave()
	b.holdLocked(e)
	return e
}

// wanted notes that a reader waits for the large message of a stream. It returns the
// messages that may come now.
func (b *unreadBudget) wanted(id uint64) []*parkedMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.parked.of(id)
	if e == nil || e.in == &b.parked.first {
		return nil
	}
	e.leave()
	b.parked.first.push(e)
	return b.takeLocked()
}

// release takes back n held bytes, and returns the messages that may come now.
func (b *unreadBudget) release(n int) []*parkedMessage {
	if n == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= int64(n)
	return b.takeLocked()
}

// forget drops the message of a stream that is over.
func (b *unreadBudget) forget(id uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.parked.of(id); e != nil {
		delete(b.parked.byID, id)
		e.leave()
	}
}
