package lanes

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

const (
	testWindow = 512 << 10
	testTrip   = int64(50_000) // loopback
)

// receiver returns room for chunks in pieces, and takes a time for each chunk, in nanoseconds.
type receiver struct{ piece, took, got, now int64 }

// drain takes what is under way and returns what came back.
func (r *receiver) drain(s *Share, n, trip int64) {
	for ; n > 0; n -= wire.ChunkSize { // they come one after the other
		r.now += r.took
		if r.got += min(n, wire.ChunkSize); r.got >= r.piece {
			s.Returned(r.got, r.now+trip, trip)
			r.got = 0
		}
	}
}

// fill sends chunks for as long as there is room, and returns how many bytes.
func fill(s *Share, window, now int64) (n int64) {
	for s.under < window && s.Room() {
		chunk := min(wire.ChunkSize, window-s.under)
		s.Chunk(chunk, window-s.under-chunk, now)
		n += chunk
	}
	return n
}

// While small messages go, the least share is under way, and a chunk at most beyond it;
// when they stop it becomes the whole window, and a single small message makes it little again.
func TestShareFollowsSmallMessages(t *testing.T) {
	var s Share
	r := receiver{piece: testWindow / 4, took: 2 * patience}
	if n := fill(&s, testWindow, r.now); n != testWindow {
		t.Fatalf("at the start, when nothing is known, %d bytes go", n)
	}
	r.drain(&s, testWindow, testTrip)
	for range 100 {
		s.Small()
		n := fill(&s, testWindow, r.now)
		if n == 0 || s.under > testWindow {
			t.Fatalf("%d bytes go, %d are under way", n, s.under)
		}
		r.drain(&s, n, testTrip)
	}
	s.Small()
	fill(&s, testWindow, r.now)
	if s.under > leastShare+wire.ChunkSize {
		t.Errorf("beside small messages %d bytes are under way", s.under)
	}
	most := int64(0)
	for range 100 {
		r.drain(&s, s.under, testTrip)
		fill(&s, testWindow, r.now)
		most = max(most, s.under)
	}
	if most != testWindow {
		t.Errorf("alone, at most %d bytes are under way", most)
	}
	r.drain(&s, s.under, testTrip)
	s.Small()
	if fill(&s, testWindow, r.now); s.under > leastShare+wire.ChunkSize {
		t.Errorf("after a small message %d bytes are under way", s.under)
	}
}

// A receiver that returns room in pieces larger than the least share, as pages in browsers do, has as much
// under way. Small calls one after the other keep it there: each answer comes after about as much.
func TestShareOfLargePieces(t *testing.T) {
	var s Share
	const piece, window = 512 << 10, 2 << 20
	s.Chunk(piece, window-piece, 0)
	s.Returned(piece, 0, testTrip)
	for range 10 {
		s.Small()
		if fill(&s, window, 0); s.under > piece+wire.ChunkSize {
			t.Fatalf("%d bytes are under way", s.under)
		}
		s.Returned(piece, 0, testTrip)
	}
}

// On a long link what is under way is distance and does not wait: the window is the receiver's.
func TestShareLeavesLongLinksAlone(t *testing.T) {
	var s Share
	const trip = 100_000_000
	s.Chunk(testWindow/4, testWindow*3/4, 0)
	s.Returned(testWindow/4, 0, trip)
	for range 10 {
		s.Small()
		if fill(&s, 8<<20, 0); s.under != 8<<20 {
			t.Fatalf("%d bytes of 8 MiB are under way", s.under)
		}
		s.Returned(s.under, 0, trip)
	}
}

// Chunks never stop for good, however large the pieces are in which room comes back.
func TestShareNeverStalls(t *testing.T) {
	for _, piece := range []int64{1, 1000, testWindow / 8, testWindow / 4, testWindow / 2, testWindow} {
		var s Share
		r := receiver{piece: piece}
		for round := range 1000 {
			s.Small()
			n := fill(&s, testWindow, r.now)
			if n == 0 {
				t.Fatalf("room in pieces of %d: nothing goes in round %d, %d under way, %d of them there", piece, round, s.under, r.got)
			}
			r.drain(&s, n, testTrip)
		}
	}
}

// A receiver that returns room in ever larger pieces is found out, but not before a pause.
func TestShareStuck(t *testing.T) {
	const pause = 1000
	var s Share
	s.Chunk(testWindow/4, testWindow*3/4, 0)
	s.Returned(testWindow/4, 0, testTrip)
	fill(&s, testWindow, 0) // the receiver waits for half of the window from now on
	if s.Stuck(pause, pause) {
		t.Fatal("stuck at the first look, and room came back just before")
	}
	if s.Stuck(2*pause-1, pause) {
		t.Fatal("stuck, and nobody knows yet whether room comes back")
	}
	if !s.Stuck(2*pause, pause) || !s.Room() {
		t.Fatal("it is not noticed")
	}
	s.Returned(testWindow/2, 0, testTrip)
	if fill(&s, testWindow, 0); s.under != testWindow {
		t.Errorf("%d bytes are under way afterwards", s.under)
	}
	if s.Stuck(3*pause, pause); s.Stuck(4*pause, pause) {
		t.Error("a window that is full is taken for one that is held back")
	}
}

// The share follows how long chunks wait, not a number of bytes: as many are under way as the receiver takes within
// the patience, however fast it is.
func TestShareFollowsWaits(t *testing.T) {
	var s Share
	r := receiver{piece: wire.ChunkSize, now: 1}
	for _, took := range []int64{patience / 2, patience / 5, patience / 20, patience / 5, patience / 4, 2 * patience, patience / 6} {
		r.took = took
		for range 20000 { // chunks, each of which goes when room for another one came back
			s.Small()
			fill(&s, 128*wire.ChunkSize, r.now)
			r.drain(&s, wire.ChunkSize, testTrip)
		}
		s.Small()
		fill(&s, 128*wire.ChunkSize, r.now)
		chunks := s.under / wire.ChunkSize
		if want := max(leastShare/wire.ChunkSize, patience/took); chunks < want-1 || chunks > want+1 {
			t.Errorf("%d chunks are under way where one takes %d ns, want %d", chunks, took, want)
		}
	}
}

// A receiver that takes all chunks at once does not get a share beyond its window, which would never be filled, so that
// nothing would tell when it takes longer.
func TestShareShrinksAgain(t *testing.T) {
	for _, window := range []int64{testWindow / 4, testWindow, 4 * testWindow} {
		var s Share
		r := receiver{piece: wire.ChunkSize, now: 1}
		for _, took := range []int64{patience / 60, 30 * patience} {
			r.took = took
			for range 20000 {
				s.Small()
				fill(&s, window, r.now)
				r.drain(&s, wire.ChunkSize, testTrip)
			}
			if s.most > max(window, leastShare) {
				t.Errorf("the share is %d of a window of %d", s.most, window)
			}
		}
		if s.most > leastShare+wire.ChunkSize {
			t.Errorf("with a window of %d, %d bytes may be under way to a slow receiver", window, s.most)
		}
	}
}

// Room that was read before a chunk went says nothing about it.
func TestRoomFromBeforeAChunk(t *testing.T) {
	var w wait
	w.begin(100, 50)
	if w.returned(100, 40, testTrip); w.shortest != 0 || w.times != 0 {
		t.Errorf("it is timed: %+v", w)
	}
	w.begin(100, 50)
	if w.returned(100, 60, testTrip); w.shortest != 10 || w.times != 1 {
		t.Errorf("a chunk whose room came afterwards is not timed: %+v", w)
	}
}
