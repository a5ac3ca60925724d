package recycle

import (
	"math/bits"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"unsafe"
)

// From is the size in bytes from which on memory is recycled. A finalizer takes half a microsecond.
const From = 32 << 10

// Limit is how many bytes are lent or kept at most, or an eighth of the memory limit of the
// process (GOMEMLIMIT) where that is less. What is lent beyond it is freed as any memory: a dead
// message outlives one round of the collector here, and without a limit each round would
// have more of them.
const Limit = 128 << 20

func limit() int { return int(min(Limit, debug.SetMemoryLimit(-1)/8)) } // fits: at most Limit

// Between these sizes nothing is recycled. Messages of 1 MiB, 16 in flight, took twice the CPU
// time with it (bench, echo/1MiB/16): a round of the collector finds more of them than Limit, and
// what is lent beyond one more round is new memory for others. Above, huge pages make new
// memory cheap.
const gapFrom, gapTo = 512 << 10, 4 << 20

// Sizes grow by eighths, from From to 32 MiB and a little.
const (
	octaves = 11
	sizes   = 8 * octaves
)

// sizeOf returns the capacity of class i: 32 KiB, 36, 40 …
func sizeOf(i int) int { return (8 + i%8) << (12 + i/8) }

// classOf returns the smallest class that holds n bytes, or -1 if there is none.
func classOf(n int) int {
	if n < From || gapFrom < n && n < gapTo {
		return -1
	}
	if n == From {
		return 0
	}
	octave := bits.Len(uint(n-1)) - 16 // 0 for 32 KiB + 1 to 64 KiB
	i := 8*octave + (n-1)>>(12+octave) - 7
	if i >= sizes {
		return -1
	}
	return i
}

// store is the memory that is kept, and the count of what is lent.
type store struct {
	mu      sync.Mutex
	kept    [sizes][]*byte
	spare   [sizes]int // how many of kept nobody has needed since the last round of the collector
	held    int        // bytes lent or kept
	limit   int        // of held, looked up after each round of the collector
	watched bool       // rounds of the collector are noticed
}

var all store

// Make returns n bytes with undefined contents, and no capacity beyond.
func Make(n int) []byte {
	i := classOf(n)
	if i < 0 {
		return unclear(n)
	}
	if start := all.take(i); start != nil {
		return unsafe.Slice(start, n)
	}
	b := unclear(sizeOf(i))
	huge(b)
	return b[:n:n]
}

// Lend says that b, the whole of what Make has returned, belongs to somebody who will not give it
// back. Once, for each time that it was made.
func Lend(b []byte) {
	if i := classOf(cap(b)); i >= 0 && all.lend(i) {
		runtime.SetFinalizer(unsafe.SliceData(b), back[i])
	}
}

// back are the finalizers.
var back = func() (all [sizes]func(*byte)) {
	for i := range all {
		all[i] = func(start *byte) { keep(i, start) }
	}
	return all
}()

func keep(i int, start *byte) { all.keep(i, start) }

func (s *store) take(i int) *byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.kept[i]) - 1
	if last < 0 {
		return nil
	}
	start := s.kept[i][last]
	s.kept[i][last] = nil
	s.kept[i] = s.kept[i][:last]
	s.spare[i] = min(s.spare[i], last)
	s.held -= sizeOf(i)
	return start
}

func (s *store) lend(i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.watched {
		s.limit = limit()
	}
	if s.held+sizeOf(i) > s.limit {
		return false
	}
	s.held += sizeOf(i)
	if !s.watched {
		s.watched = true
		s.watch()
	}
	return true
}

// keep takes back what was lent.
func (s *store) keep(i int, start *byte) {
	s.mu.Lock()
	s.kept[i] = append(s.kept[i], start)
	s.mu.Unlock()
}

// round is what the collector finds in each of its rounds.
type round struct{ _ *byte }

// watch has trim run after the next round of the collector.
func (s *store) watch() {
	runtime.SetFinalizer(new(round), func(*round) { s.trim() })
}

// trim frees what was not needed since the round before, and waits for the next.
func (s *store) trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trimLocked()
	s.limit = limit()
	if s.watched = s.held > 0; s.watched {
		s.watch()
	}
}

func (s *store) trimLocked() {
	for i := range s.kept {
		if n := s.spare[i]; n > 0 {
			left := copy(s.kept[i], s.kept[i][n:])
			clear(s.kept[i][left:])
			s.kept[i] = s.kept[i][:left]
			s.held -= n * sizeOf(i)
		}
		s.spare[i] = len(s.kept[i])
	}
}

// unclear makes bytes that are not cleared: their contents are what was there before. To clear
// 16 MiB holds a processor for 1.3 ms, and with it the reader that needs it for a message
// that begins; without, it takes 0.16 (BenchmarkMake). Memory that is not cleared is what a
// strings.Builder has.
func unclear(n int) []byte {
	if n == 0 {
		return nil
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0) // the address of no bytes is not defined
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}
