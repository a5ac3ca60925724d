package mux

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

// Many streams are open and idle: what each of them has is counted. The next size
// class has 64 bytes more, twice for each stream.
func TestSizeOfAStream(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64 bits")
	}
	if got := unsafe.Sizeof(streams.Stream{}); got > 448 {
		t.Errorf("one end of a stream has %d bytes", got)
	}
}

// The same of calls: it is most of what a call allocates.
func TestSizeOfAServing(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64 bits")
	}
	if got := unsafe.Sizeof(calls.Serving{}); got > 208 {
		t.Errorf("a call that is served has %d bytes", got)
	}
}

// The same of sessions, of which a node has one for each peer. The next size class has
// 256 bytes more, twice for each pair.
func TestSizeOfASession(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64 bits")
	}
	if got := unsafe.Sizeof(Session{}); got > 1792 {
		t.Errorf("one end of a session has %d bytes", got)
	}
}

// Messages come out as they went in, and nothing holds on to one that is out.
func TestBodies(t *testing.T) {
	var q bufs.Bodies
	in, out := byte(0), byte(0)
	for round := range 20 {
		for range round % 7 {
			q.Push(bytes.Repeat([]byte{in}, int(in)))
			in++
		}
		want := 0
		for i := out; i != in; i++ {
			want += int(i)
		}
		if got := q.Size(); got != want {
			t.Fatalf("%d bytes are in it, want %d", got, want)
		}
		for n := round % 5; n > 0 && out != in; n-- {
			if got := q.Pop(); len(got) != int(out) || !bytes.Equal(got, bytes.Repeat([]byte{out}, int(out))) {
				t.Fatalf("message %d came out as %d bytes", out, len(got))
			}
			out++
		}
		if q.List != nil {
			for _, b := range q.List.First {
				if b != nil && b[0] < out {
					t.Fatalf("message %d is still there when %d have come out", b[0], out)
				}
			}
		}
	}
	for out != in {
		q.Pop()
		out++
	}
	if q.List != nil {
		t.Error("an empty one is not one word")
	}
}
