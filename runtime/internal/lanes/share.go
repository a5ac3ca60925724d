package lanes

import "github.com/gridrpc/gridc/runtime/internal/wire"

// Share is how much of a receiver's window a sender uses. What is under way waits in the
// buffers of sockets and at the receiver, and a small message waits behind it. So while small messages
// go between the chunks of large ones, only as much is under way as keeps the chunks coming; when
// none has gone for a while it is more and more, up to the whole window.
//
// Measured with calls of 512 B beside two of 16 MiB on loopback (bench, cell
// beside/512B/2pump): see bench/MISSES.md. This file is pure: no clock, no I/O.
type Share struct {
	grain int64 // the smallest piece in which the receiver has returned room, 0 if it has not yet
	most  int64 // while small messages go; 0: the whole window
	under int64 // bytes of chunks that the receiver has not returned room for
	alone int64 // bytes of chunks since the last small message

	looked int64 // when Stuck has looked last
	moved  bool  // room was returned since then
	all    bool  // for good: the receiver returns room in larger pieces than it did
}

const (
	// doubles is after how many bytes without a small message the share doubles, or twice the share
	// if that is more. Between small calls that are made one after the other, about as many bytes go
	// as are under way: that must not double it.
	doubles = 8 * wire.ChunkSize
	// leastShare keeps both ends busy: one chunk is being sent, one read, and one is between.
	leastShare = 3 * wire.ChunkSize
)

// Room reports whether a chunk may go.
func (s *Share) Room() bool {
	return s.most == 0 || s.under < s.most<<min(s.alone/max(doubles, 2*s.most), 8)
}

// Chunk notes n bytes of a chunk on their way.
func (s *Share) Chunk(n int64) { s.under, s.alone = s.under+n, s.alone+n }

// Small notes messages on their way that are no chunks.
func (s *Share) Small() { s.alone = 0 }

// Returned notes room that the receiver gives back. A receiver that does so in large pieces is given
// as much, or it might not return anything. roundTrip, in nanoseconds, is the shortest one seen: half
// a byte for each, 500 MB/s, may be under way, and are not the ones that wait.
func (s *Share) Returned(n, roundTrip int64) {
	s.under, s.moved = max(0, s.under-n), true
	if s.grain == 0 || n < s.grain {
		s.grain = n
	}
	if !s.all {
		s.most = max(leastShare, s.grain, roundTrip/2)
	}
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
