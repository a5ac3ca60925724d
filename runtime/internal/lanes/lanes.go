package lanes

import (
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Lanes order what waits to be written. Each lane has three queues: one for
// complete small frames, and two for pieces of large messages, so that a small
// message waits for at most one piece. Between queues the choice is weighted by
// bytes: each has a clock that runs slower the more weight it has, and the queue
// whose clock is furthest behind goes next (stride scheduling, Waldspurger and
// Weihl 1995). So every lane moves, and low never starves.
//
// Large messages take turns, piece by piece, while much of them is left. Once at most
// shortRest bytes of a message are left, it moves to a second queue, in which messages are
// sent one after the other. So of 16 messages of 1 MiB one or two are under way, which fit
// into the processor's cache: calls of 1 MiB, 16 in flight, are a fifth faster (bench, cell
// echo/1MiB/16). A message of at most fewTurns bytes never moves to the second queue, where
// it would wait for much larger ones: see TestMediumMessageBesideLargeOnes.

// Lane is what a message travels in. Applications choose it as a Priority, whose
// values are the same.
type Lane uint8

const (
	LaneNormal Lane = iota
	laneHigh
	laneLow
)

// Class is the queue of the lane's small frames.
func (l Lane) Class() Class {
	switch l {
	case laneHigh:
		return ClassHigh
	case laneLow:
		return ClassLow
	default:
		return ClassNormal
	}
}

// Class is one queue of the lanes.
type Class uint8

const (
	ClassHigh Class = iota
	ClassNormal
	ClassLow
	classHighShort // large messages of more than fewTurns bytes, of which at most shortRest are left
	classNormalShort
	classLowShort
	classHighBulk // the other large ones
	classNormalBulk
	classLowBulk
	classCount
)

// stride is what one byte costs a class: the inverse of its weight.
var stride = [classCount]uint64{
	ClassHigh: 1, ClassNormal: 2, ClassLow: 16,
	classHighShort: 4, classNormalShort: 8, classLowShort: 64,
	classHighBulk: 4, classNormalBulk: 8, classLowBulk: 64,
}

// shortRest is how many bytes of a large message are sent without taking turns: what takes
// a millisecond or two.
const shortRest = 1<<20 + wire.MaxPayload

// fewTurns is the size in bytes up to which a large message takes turns to its end. In
// the queue that is served in order it would be as late as messages many times its size.
const fewTurns = 256 << 10

// Bulk is the queue of a large message of size bytes, of which so many are left, in
// lane c.
func (c Class) Bulk(size, left int) Class {
	if size > fewTurns && left <= shortRest {
		return c + classHighShort
	}
	return c + classHighBulk
}

// other is the second queue of large messages in the lane of c, or c itself if that
// is none.
func (c Class) other() Class {
	switch {
	case c < classHighShort:
		return c
	case c < classHighBulk:
		return c + classHighBulk - classHighShort
	}
	return c - (classHighBulk - classHighShort)
}

// inOrder reports whether the items of a queue are served one after the other,
// instead of in turns.
func (c Class) inOrder() bool { return c >= classHighShort && c <= classLowShort }

// source produces frames when its turn comes.
type source interface {
	// Pull appends at most one turn's frames to b, and reports whether it has
	// more. It runs with the writer's lock held and must not wait.
	Pull(b []byte) (_ []byte, more bool)
}

// Item is an entry of a queue. It is embedded in what it belongs to, and is
// guarded by the writer's lock.
type Item struct {
	prev, next *Item
	Src        source
	Class      Class
	Queued     bool
}

// Lanes is the set of queues. The zero value is empty and ready.
type Lanes struct {
	last  [classCount]*Item // of each queue, nil if it is empty; its next is the first
	clock [classCount]uint64
	now   uint64 // the clock of the queue that was served last, as it was then
	Count int
}

// Add puts an item at the end of its queue. It must not be queued.
func (l *Lanes) Add(it *Item) {
	if last := l.last[it.Class]; last == nil {
		// A queue that was empty does not catch up on the turns that it did not need.
		l.clock[it.Class] = max(l.clock[it.Class], l.now)
		it.prev, it.next = it, it
	} else {
		it.prev, it.next = last, last.next
		last.next.prev = it
		last.next = it
	}
	l.last[it.Class] = it
	it.Queued = true
	l.Count++
}

// empty reports whether nothing is in a queue.
func (l *Lanes) empty(c Class) bool { return l.last[c] == nil }

// Remove takes an item out, wherever it stands. It does nothing if it is not queued.
func (l *Lanes) Remove(it *Item) {
	if !it.Queued {
		return
	}
	switch {
	case it.next == it:
		l.last[it.Class] = nil
	case l.last[it.Class] == it:
		l.last[it.Class] = it.prev
	}
	it.prev.next, it.next.prev = it.next, it.prev
	it.prev, it.next, it.Queued = nil, nil, false
	l.Count--
}

// Next returns the item whose turn it is, or nil. Bulk queues are passed over
// when bulk is false, that is while the peer has given no room for chunks.
func (l *Lanes) Next(bulk bool) *Item {
	last := classCount
	if !bulk {
		last = classHighShort
	}
	best := classCount
	for c := range last {
		if l.empty(c) {
			continue
		}
		// Nor does a queue that had to wait for credit.
		l.clock[c] = max(l.clock[c], l.now)
		if best == classCount || l.clock[c] < l.clock[best] {
			best = c
		}
	}
	if best == classCount {
		return nil
	}
	return l.last[best].next
}

// Move puts an item that is queued at the end of another queue.
func (l *Lanes) Move(it *Item, c Class) {
	if it.Class != c && it.Queued {
		l.Remove(it)
		it.Class = c
		l.Add(it)
	}
}

// Served charges queue c, in which an item stood, for n bytes. If the item has more,
// it moves to the end of its queue or, where that is served in order, stays; if not,
// it leaves.
func (l *Lanes) Served(it *Item, c Class, n int, more bool) {
	l.now = l.clock[c]
	cost := uint64(n+1) * stride[c]
	if c.other() != c && !l.empty(c.other()) {
		cost *= 2 // both queues of a lane together get the share of one: see Class.other
	}
	l.clock[c] += cost
	if !it.Queued {
		return // pull took it out itself
	}
	if more && it.Class.inOrder() {
		return
	}
	l.Remove(it)
	if more {
		l.Add(it)
	}
}
