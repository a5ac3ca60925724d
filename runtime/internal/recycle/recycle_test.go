package recycle

import (
	"runtime"
	"runtime/debug"
	"testing"
	"unsafe"
)

func TestSizes(t *testing.T) {
	largest := sizeOf(sizes - 1)
	for _, n := range []int{0, 1, From - 1, gapFrom + 1, 1 << 20, gapTo - 1, largest + 1} {
		if i := classOf(n); i != -1 {
			t.Errorf("%d bytes are in class %d", n, i)
		}
	}
	for i := range sizes {
		if gapFrom < sizeOf(i) && sizeOf(i) < gapTo {
			continue
		}
		if got := classOf(sizeOf(i)); got != i {
			t.Fatalf("a full buffer of class %d is in class %d", i, got)
		}
		if i+1 < sizes && sizeOf(i) != gapFrom {
			if got := classOf(sizeOf(i) + 1); got != i+1 {
				t.Fatalf("a byte more than class %d is in class %d", i, got)
			}
			if waste := sizeOf(i+1) - sizeOf(i); 8*waste > sizeOf(i) {
				t.Fatalf("class %d is larger by more than an eighth", i+1)
			}
		}
	}
}

// collect runs the collector until what it found has been dealt with, so that done
// reports true, or so often that it never will.
func collect(done func() bool) bool {
	for range 100 {
		runtime.GC()
		if done() {
			return true
		}
		runtime.Gosched()
	}
	return false
}

// keptOf is how many buffers of a size are here.
func keptOf(n int) int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.kept[classOf(n)])
}

// What was lent comes back when nobody refers to any part of it, and no earlier.
func TestLentComesBack(t *testing.T) {
	const n = 42 << 10 // a size that no other test has
	b := Make(n)
	if len(b) != n || cap(b) != n {
		t.Fatalf("%d bytes of %d", len(b), cap(b))
	}
	b[0], b[n-1] = 1, 2
	Lend(b)
	was := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	part := b[n-10:]
	for range 3 {
		runtime.GC()
	}
	if keptOf(n) != 0 || part[9] != 2 {
		t.Fatal("it came back while a part of it was in use")
	}
	runtime.KeepAlive(part)
	if !collect(func() bool { return keptOf(n) == 1 }) {
		t.Fatal("it did not come back")
	}
	again := Make(n - 5)
	if uintptr(unsafe.Pointer(unsafe.SliceData(again))) != was || len(again) != n-5 || cap(again) != n-5 {
		t.Error("the memory was not used again")
	}
	Lend(again) // a second time, after it was made a second time
	if !collect(func() bool { return keptOf(n) == 1 }) {
		t.Error("it did not come back the second time")
	}
}

// What nobody needs goes, and with it all that is counted.
func TestUnneededIsFreed(t *testing.T) {
	Lend(Make(50 << 10))
	if !collect(func() bool {
		all.mu.Lock()
		defer all.mu.Unlock()
		return all.held == 0 && !all.watched
	}) {
		t.Error("memory is kept that nobody needs")
	}
}

// Beyond the limit nothing is lent; what comes back makes room again, and is kept while it is
// needed between two rounds.
func TestLimit(t *testing.T) {
	i := classOf(16 << 20)
	s := store{watched: true, limit: limit()} // no finalizer of a store on the stack
	n := 0
	for s.lend(i) {
		n++
	}
	if n != Limit/(16<<20) || s.held != Limit {
		t.Fatalf("%d were lent, %d bytes are held", n, s.held)
	}
	one := new(byte)
	s.keep(i, one)
	if s.lend(i) {
		t.Error("what is kept does not count")
	}
	if s.take(i) != one || s.take(i) != nil || !s.lend(i) {
		t.Error("what was kept is not to be had, or made no room")
	}
}

// A process with little memory of its own keeps little.
func TestMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(64 << 20)
	defer debug.SetMemoryLimit(before)
	if n := limit(); n != 8<<20 {
		t.Errorf("%d bytes of 64 MiB", n)
	}
}

func TestTrim(t *testing.T) {
	i := classOf(From)
	s := store{watched: true, limit: limit()}
	for range 4 {
		s.lend(i)
		s.keep(i, new(byte))
	}
	s.trimLocked() // a round: none of them was here before it
	a, b := s.take(i), s.take(i)
	s.lend(i)
	s.keep(i, a)
	s.lend(i)
	s.keep(i, b)
	s.trimLocked()
	if len(s.kept[i]) != 2 || s.held != 2*From {
		t.Fatalf("two of four were needed: %d are kept, %d bytes held", len(s.kept[i]), s.held)
	}
	s.trimLocked()
	if len(s.kept[i]) != 0 || s.held != 0 || s.kept[i][:cap(s.kept[i])][0] != nil {
		t.Error("what was not needed is held")
	}
}

var sink []byte // so that the compiler does not put it on the stack

// BenchmarkMake makes 16 MiB and 64 KiB and writes to each page, as messages that are dropped
// do, with and without their being lent.
func BenchmarkMake(b *testing.B) {
	touch := func(buf []byte) {
		for i := 0; i < len(buf); i += 4096 {
			buf[i] = 1
		}
	}
	for name, n := range map[string]int{"64KiB": 64 << 10, "16MiB": 16 << 20} {
		b.Run(name+"/lent", func(b *testing.B) {
			for b.Loop() {
				sink = Make(n)
				Lend(sink)
				touch(sink)
			}
		})
		b.Run(name+"/make", func(b *testing.B) {
			for b.Loop() {
				sink = make([]byte, n)
				touch(sink)
			}
		})
	}
}
