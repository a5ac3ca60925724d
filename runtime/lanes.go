package grid

// Lanes order what waits to be written. Each lane has two queues, one for
// complete small frames and one for pieces of large messages, so that a small
// message waits for at most one piece. Between queues the choice is weighted by
// bytes: each has a clock that runs slower the more weight it has, and the queue
// whose clock is furthest behind goes next (stride scheduling, Waldspurger and
// Weihl 1995). So every lane moves, and low never starves.

// Priority is the lane that a message travels in.
type Priority uint8

// The lanes that an application chooses from.
const (
	PriorityNormal Priority = iota
	PriorityHigh
	PriorityLow
)

// class is one queue of the lanes.
type class uint8

const (
	classHigh class = iota
	classNormal
	classLow
	classHighBulk
	classNormalBulk
	classLowBulk
	classCount
)

// stride is what one byte costs a class: the inverse of its weight.
var stride = [classCount]uint64{
	classHigh: 1, classNormal: 2, classLow: 16,
	classHighBulk: 4, classNormalBulk: 8, classLowBulk: 64,
}

func (p Priority) class() class {
	switch p {
	case PriorityHigh:
		return classHigh
	case PriorityLow:
		return classLow
	default:
		return classNormal
	}
}

func (c class) bulk() class { return c + classHighBulk }

// source produces frames when its turn comes.
type source interface {
	// pull appends at most one turn's frames to b, and reports whether it has
	// more. It runs with the writer's lock held and must not wait.
	pull(b []byte) (_ []byte, more bool)
}

// outItem is a place in a queue. It is embedded in what it belongs to, and is
// guarded by the writer's lock.
type outItem struct {
	prev, next *outItem
	src        source
	class      class
	queued     bool
}

// lanes is the set of queues. The zero value is empty and ready.
type lanes struct {
	queue [classCount]outItem // ring heads: next is the first, prev the last
	clock [classCount]uint64
	now   uint64 // the clock of the queue that was served last, as it was then
	count int
}

// add puts an item at the end of its queue. It must not be queued.
func (l *lanes) add(it *outItem) {
	head := &l.queue[it.class]
	if head.next == nil {
		head.next, head.prev = head, head
	}
	if head.next == head {
		// A queue that was empty has no claim on the past.
		l.clock[it.class] = max(l.clock[it.class], l.now)
	}
	it.prev, it.next = head.prev, head
	head.prev.next = it
	head.prev = it
	it.queued = true
	l.count++
}

// remove takes an item out, wherever it stands. It does nothing if it is not queued.
func (l *lanes) remove(it *outItem) {
	if !it.queued {
		return
	}
	it.prev.next, it.next.prev = it.next, it.prev
	it.prev, it.next, it.queued = nil, nil, false
	l.count--
}

// next returns the item whose turn it is, or nil. Bulk queues are passed over
// when bulk is false, that is while the peer has given no room for chunks.
func (l *lanes) next(bulk bool) *outItem {
	last := classCount
	if !bulk {
		last = classHighBulk
	}
	best := classCount
	for c := range last {
		head := &l.queue[c]
		if head.next == nil || head.next == head {
			continue
		}
		// A queue that had to wait for credit has no claim on the past either.
		l.clock[c] = max(l.clock[c], l.now)
		if best == classCount || l.clock[c] < l.clock[best] {
			best = c
		}
	}
	if best == classCount {
		return nil
	}
	return l.queue[best].next
}

// served charges an item's queue for n bytes, and moves the item to the end of
// its queue if it has more, out of it otherwise.
func (l *lanes) served(it *outItem, n int, more bool) {
	c := it.class
	l.now = l.clock[c]
	l.clock[c] += uint64(n+1) * stride[c]
	if !it.queued {
		return // pull took it out itself
	}
	l.remove(it)
	if more {
		l.add(it)
	}
}
