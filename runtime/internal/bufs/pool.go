package bufs

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"unsafe"

	"github.com/gridrpc/gridc/runtime/internal/recycle"
)

// Pool keeps byte buffers of fixed capacities. It belongs to a Manager. What
// nobody needs for two rounds of the garbage collector is gone (sync.Pool), so the
// largest buffers may be kept, too. To get and touch one of 64 KiB takes 53 ns
// instead of 42 µs, one of 16 MiB 58 µs instead of 7.7 ms (BenchmarkPool).
//
// Only buffers from here come back here: they have one of the capacities and carry
// a mark.
type Pool struct {
	Secret  uint64                   // static; see mark
	classes [bufferClasses]sync.Pool // of *byte, the start of a buffer of that class
}

// Capacities double up to 1 MiB, so that few classes serve all small messages, and
// grow in quarters of that from there to 32 MiB, so that a large buffer is little
// larger than its message.
const (
	smallestBuffer = 256
	frameClass     = 8  // 64 KiB: holds the payload of any frame
	quarterClass   = 13 // the first above 1 MiB
	octaves        = 5  // from 1 MiB to 32 MiB
	bufferClasses  = quarterClass + 4*octaves

	BufferSlack = 72                  // room for headers behind a round payload
	FrameSlack  = BufferSlack + 8<<10 // the same behind what a frame has beyond a round size
)

// classCap is the capacity of class i: 328 B, 584 B … 32 KiB + 72, from 64 KiB on
// with 8 KiB more.
func classCap(i int) int {
	switch {
	case i < frameClass:
		return smallestBuffer<<i + BufferSlack
	case i < quarterClass:
		return smallestBuffer<<i + FrameSlack
	}
	i -= quarterClass
	return (5+i%4)<<(18+i/4) + FrameSlack
}

// classFor returns the smallest class that holds n bytes, or -1.
func classFor(n int) int {
	i := 0
	switch {
	case n <= smallestBuffer+BufferSlack:
	case n <= classCap(frameClass-1):
		i = bits.Len(uint(n-BufferSlack-1)) - bits.Len(uint(smallestBuffer)) + 1
	case n <= classCap(frameClass):
		i = frameClass
	case n <= classCap(quarterClass-1):
		i = bits.Len(uint(n-FrameSlack-1)) - bits.Len(uint(smallestBuffer)) + 1
	case n > classCap(bufferClasses-1):
		return -1
	default:
		octave := bits.Len(uint(n-FrameSlack-1)) - bits.Len(uint(1<<20))
		i = quarterClass + 4*octave + (n-FrameSlack-1)>>(18+octave) - 4
	}
	return i
}

// Get returns an empty buffer with room for n bytes; its contents are undefined.
func (p *Pool) Get(n int) []byte {
	i := classFor(n)
	if i < 0 {
		return make([]byte, 0, n)
	}
	var b []byte
	if start, ok := p.classes[i].Get().(*byte); ok {
		b = unsafe.Slice(start, classCap(i))
	} else if n := classCap(i); n < recycle.From {
		b = make([]byte, n)
	} else {
		b = recycle.Make(n)
	}
	binary.LittleEndian.PutUint64(b[len(b)-MarkSize:], p.mark(b))
	return b[:0]
}

// MarkSize is the length in bytes of the mark at the end of the capacity of each buffer
// that is in use. Put takes only buffers with the mark: a foreign slice that happens to have
// the capacity of a class lacks it, and so does a buffer that was given back before.
const MarkSize = 8

func (p *Pool) mark(b []byte) uint64 {
	return p.Secret ^ uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

// Usable is all of a buffer but its mark.
func Usable(b []byte) []byte { return b[:cap(b)-MarkSize] }

// Put takes a buffer back. Foreign buffers are left to the garbage collector.
func (p *Pool) Put(b []byte) {
	if i := p.release(b); i >= 0 {
		p.classes[i].Put(unsafe.SliceData(b))
	}
}

// release takes the mark off a buffer that is in use, and returns its class; -1 if b is none.
func (p *Pool) release(b []byte) int {
	i := classFor(cap(b))
	if i < 0 || cap(b) != classCap(i) {
		return -1
	}
	end := b[cap(b)-MarkSize : cap(b)]
	if binary.LittleEndian.Uint64(end) != p.mark(b) {
		return -1
	}
	clear(end)
	return i
}

// Lend says that a buffer belongs to an application's message from now on, which will not give it
// back: it is used again when the collector finds it. Foreign buffers are left alone.
func (p *Pool) Lend(b []byte) {
	if p.release(b) >= 0 {
		recycle.Lend(b)
	}
}

// CopyOf returns a pooled copy of b.
//
// A copy: of the payload of one frame, so that the reader's buffer is free for the next batch while
// somebody else works on the payload. Giving away the buffer instead was tried: see CONTRIBUTING.md.
func (p *Pool) CopyOf(b []byte) []byte { return append(p.Get(len(b)), b...) }

// SameMemory reports whether a lies within the memory of b, as the answer of a
// handler that echoes its payload does.
func SameMemory(a, b []byte) bool {
	if cap(a) == 0 || cap(b) == 0 {
		return false
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	at := uintptr(unsafe.Pointer(unsafe.SliceData(a)))
	return at >= first && at < first+uintptr(cap(b))
}

// growFast is up to where a pooled buffer grows fourfold.
const growFast = 16 << 10

// GrowPooled makes room for n more bytes in a pooled buffer. Small buffers grow fourfold:
// capacity that is not needed goes back to the pool with the buffer soon.
func GrowPooled(p *Pool, b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	more := 2 * len(b)
	if len(b) < growFast {
		more = 4 * len(b)
	}
	bigger := append(p.Get(max(len(b)+n, more)), b...)
	p.Put(b)
	return bigger
}
