package load

import (
	"runtime"
	"unsafe"
)

// Heap is live memory that a process has besides what is measured, as one with data
// in it has: the collector has to mark all of it.
type Heap struct{ first []*record }

// record is 256 bytes: two pointers to others, and data.
type record struct {
	left, right *record
	_           [256 - 2*unsafe.Sizeof(uintptr(0))]byte
}

// NewHeap fills so many MiB. They are live as long as Keep is called later.
func NewHeap(mib int) *Heap {
	h := &Heap{}
	if mib <= 0 {
		return h
	}
	n := mib << 20 / (int(unsafe.Sizeof(record{})) + int(unsafe.Sizeof(uintptr(0))))
	h.first = make([]*record, n)
	for i := range h.first {
		h.first[i] = new(record)
	}
	for i, r := range h.first { // far apart, as data of some age is
		r.left, r.right = h.first[i*7919%n], h.first[(i*104729+1)%n]
	}
	runtime.GC() // so that the next collection is due when it would be later, too
	return h
}

// Keep keeps the heap live up to here.
func (h *Heap) Keep() { runtime.KeepAlive(h.first) }
