package memconn

import (
	"slices"
	"time"
)

// segmentSize is how many bytes travel together where an Arrival is set: a
// slow link then trickles instead of delivering a large write in one piece.
const segmentSize = 4 << 10

// flow is one direction of a pair: bytes, and the marks that end them, on
// their way from the writing end to the reading end. Nothing moves them: each
// carries the moment of its arrival, and whoever looks settles what is due.
// That is why latency needs no goroutine. All of it is guarded by pair.mu.
type flow struct {
	ring    ring
	arrived int       // bytes at the front of ring that may be read
	transit []segment // the rest of ring, oldest first
	last    time.Time // latest arrival given out: what keeps the order
	arrival Arrival   // nil: at once
	held    bool      // nothing arrives

	fin  mark // the writing end will write no more
	gone mark // the writing end will not read either
	rst  mark // the writing end has aborted
}

// segment is a run of bytes that arrive together.
type segment struct {
	n   int
	due time.Time
}

// mark is an event on its way to the reading end.
type mark struct {
	sent, arrived bool
	due           time.Time
}

func (m *mark) pending() bool { return m.sent && !m.arrived }

func (m *mark) settle(now time.Time) {
	if m.sent && !m.due.After(now) {
		m.arrived = true
	}
}

// write takes as many bytes as the buffer has room for.
func (f *flow) write(b []byte) int {
	b = b[:min(len(b), f.ring.room())]
	if len(b) == 0 {
		return 0
	}
	f.ring.write(b)
	if f.arrival == nil && !f.held && len(f.transit) == 0 {
		f.arrived += len(b)
		return len(b)
	}
	now := time.Now()
	for left := len(b); left > 0; {
		n := min(left, segmentSize)
		f.send(now, n)
		left -= n
	}
	f.settle(now)
	return len(b)
}

// send puts n bytes of the ring on their way.
func (f *flow) send(now time.Time, n int) {
	due := f.due(now, n)
	// What is due already arrives together, whenever that will be: so a held
	// flow with many small writes keeps one segment.
	if k := len(f.transit) - 1; k >= 0 && (due.Equal(f.transit[k].due) || !due.After(now)) {
		f.transit[k].n += n
		return
	}
	f.transit = append(f.transit, segment{n: n, due: due})
}

// due returns when n bytes that leave now arrive: never before earlier ones.
func (f *flow) due(now time.Time, n int) time.Time {
	at := f.plan(now, n)
	if at.Before(f.last) {
		at = f.last
	}
	f.last = at
	return at
}

// plan returns what the Arrival says, without regard to order.
func (f *flow) plan(now time.Time, n int) time.Time {
	if f.arrival != nil {
		if at := f.arrival(now, n); at.After(now) {
			return at
		}
	}
	return now
}

// read moves bytes that have arrived into b.
func (f *flow) read(b []byte) int {
	n := f.ring.read(b[:min(len(b), f.arrived)])
	f.arrived -= n
	return n
}

// end sends m in order, behind all bytes.
func (f *flow) end(m *mark, now time.Time) {
	if !m.sent {
		m.sent, m.due = true, f.due(now, 0)
		f.settle(now)
	}
}

// abort drops what is still on its way and sends the reset, which overtakes.
func (f *flow) abort(now time.Time) {
	f.transit = nil
	f.ring.truncate(f.arrived)
	if !f.rst.sent {
		f.rst.sent, f.rst.due = true, f.plan(now, 0)
	}
	f.settle(now)
}

// settle lets arrive what is due.
func (f *flow) settle(now time.Time) {
	if f.held {
		return
	}
	k := 0
	for k < len(f.transit) && !f.transit[k].due.After(now) {
		f.arrived += f.transit[k].n
		k++
	}
	f.transit = slices.Delete(f.transit, 0, k)
	f.fin.settle(now)
	f.gone.settle(now)
	f.rst.settle(now)
	if f.rst.arrived {
		f.drop()
	}
}

// drop forgets all bytes.
func (f *flow) drop() {
	f.transit, f.arrived = nil, 0
	f.ring.truncate(0)
}

// pending reports whether anything is still on its way.
func (f *flow) pending() bool {
	return len(f.transit) > 0 || f.fin.pending() || f.gone.pending() || f.rst.pending()
}

// next returns when something arrives next; zero if only an event can tell.
func (f *flow) next() time.Time {
	if f.held {
		return time.Time{}
	}
	var at time.Time
	if len(f.transit) > 0 {
		at = f.transit[0].due
	}
	for _, m := range []*mark{&f.fin, &f.gone, &f.rst} {
		if m.pending() {
			at = earliest(at, m.due)
		}
	}
	return at
}

// replan asks the Arrival again for all that is on its way. Nothing becomes
// later than it was: what has left is not slowed down.
func (f *flow) replan(now time.Time) {
	f.last = now
	for i := range f.transit {
		s := &f.transit[i]
		if s.due.After(now) { // and not merely held
			s.due = f.sooner(s.due, now, s.n)
		}
	}
	for _, m := range []*mark{&f.fin, &f.gone} {
		if m.pending() {
			m.due = f.sooner(m.due, now, 0)
		}
	}
	if f.rst.pending() {
		f.rst.due = earliest(f.rst.due, f.plan(now, 0))
	}
	f.settle(now)
}

// sooner is the earlier of an old plan and a new one, still in order. Old
// plans are in order among themselves, and so the earlier of each is too.
func (f *flow) sooner(old, now time.Time, n int) time.Time {
	at := f.due(now, n)
	if old.Before(at) {
		at = old
	}
	f.last = at
	return at
}

// earliest returns the earlier of two moments, of which the zero one is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
