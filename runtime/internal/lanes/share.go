package lanes

import "github.com/gridrpc/gridc/runtime/internal/wire"

// Share is how much of a receiver's window a sender uses. What is under way waits in the
// buffers of sockets and at the receiver, and a small message waits behind it. So while small messages
// go between the chunks of large ones, only as much is under way as they may wait for, see
// patience; when none has gone for a while it is more and more, up to the whole window.
//
// Measured with calls of 512 B beside two of 16 MiB on loopback (bench, cell
// beside/512B/2pump): see bench/MISSES.md. This file is pure: no clock, no I/O.
type Share struct {
	grain int64 // the smallest piece in which the receiver has returned room, 0 if it has not yet
	most  int64 // while small messages go; 0: the whole window
	more  int64 // the part of most that waits have granted
	under int64 // bytes of chunks that the receiver has not returned room for
	alone int64 // bytes of chunks since the last small message
	whole int64 // the receiver's window
	wait  wait

	looked int64 // when Stuck has looked last
	moved  bool  // room was returned since then
	all    bool  // for good: the receiver returns room in larger pieces than it did
}

const (
	// doubles is after how many bytes without a small message the share doubles, or twice the share
	// if that is more. Between small calls that are made one after the other, about as many bytes go
	// as are under way: that must not double it.
	doubles = 8 * wire.ChunkSize
	// leastShare keeps a link busy: one chunk is on it while room for the one before comes back.
	leastShare = 2 * wire.ChunkSize
)

// Room reports whether a chunk may go.
func (s *Share) Room() bool {
	return s.most == 0 || s.under < s.most<<min(s.alone/max(doubles, 2*s.most), 8)
}

// Chunk notes n bytes of a chunk on their way at a time in nanoseconds, after which the receiver has room for
// so many more.
func (s *Share) Chunk(n, room, now int64) {
	before := s.under
	s.under, s.alone = s.under+n, s.alone+n
	s.whole = s.under + room
	if before < s.most && s.under >= s.most {
		s.wait.begin(s.under, now)
	}
}

// Small notes messages on their way that are no chunks.
func (s *Share) Small() { s.alone = 0 }

// Returned notes n bytes of room, which the receiver gave back at a time in nanoseconds. A
// receiver that returns large pieces has as much under way, or it might not return anything. roundTrip, in
// nanoseconds, is the shortest one seen: half a byte for each, 500 MB/s, may be under way, and are not
// the ones that wait.
func (s *Share) Returned(n, now, roundTrip int64) {
	s.under, s.moved = max(0, s.under-n), true
	if s.grain == 0 || n < s.grain {
		s.grain = n
	}
	if s.all {
		return
	}
	if s.wait.returned(n, now, roundTrip) {
		s.follow()
	}
	s.most = s.more + max(leastShare, s.grain, roundTrip/2)
}

// follow takes one chunk from the share if the wait is longer than patience. It adds one if the wait would stay
// within patience with it, and the window has room for it: a share beyond the window is never filled, and not measured.
func (s *Share) follow() {
	switch mean := s.wait.mean; {
	case mean > patience:
		s.more = max(0, s.more-wire.ChunkSize)
	case mean*(s.most+wire.ChunkSize) <= patience*s.most && s.most+wire.ChunkSize <= s.whole:
		s.more += wire.ChunkSize
	default:
		return
	}
	s.wait = wait{shortest: s.wait.shortest} // what was measured was for another share
}

// Stuck is called now and then, while chunks wait. If nothing came back since the last time, the
// receiver waits for more than it is sent: from then on the whole window is used. Both times are in
// nanoseconds. It does nothing if it was called less than a pause ago: over a slow link room comes seldom.
func (s *Share) Stuck(now, pause int64) (freed bool) {
	if now-s.looked < pause {
		return false
	}
	s.looked = now
	if s.Room() || s.moved {
		s.moved = false
		return false
	}
	s.all, s.most = true, 0
	return true
}
