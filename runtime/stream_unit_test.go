package grid

import (
	"testing"
	"unsafe"
)

// Many streams are open and idle: what each of them has is counted. The next size
// class has 64 bytes more, twice for each stream.
func TestSizeOfAStream(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64 bits")
	}
	if got := unsafe.Sizeof(stream{}); got > 448 {
		t.Errorf("one end of a stream has %d bytes", got)
	}
}
