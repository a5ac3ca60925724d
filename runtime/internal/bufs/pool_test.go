package bufs

import (
	"testing"
)

func TestPoolClasses(t *testing.T) {
	var p Pool
	for i := range bufferClasses {
		full := classCap(i)
		for n, want := range map[int]int{full: i, full + 1: i + 1, full - 1: i} {
			if want == bufferClasses {
				want = -1
			}
			if got := classFor(n); got != want {
				t.Errorf("classFor(%d) = %d, want %d", n, got, want)
			}
			if b := p.Get(n); len(b) != 0 || cap(b) < n {
				t.Errorf("get(%d): length %d, capacity %d", n, len(b), cap(b))
			}
		}
	}
	if classFor(0) != 0 {
		t.Error("0 bytes have no class")
	}
	if got := cap(p.Get((72 << 10))); got != (72<<10)+BufferSlack {
		t.Errorf("a chunk takes %d bytes", got)
	}
}

func TestPoolRefusesForeignBuffers(t *testing.T) {
	for _, n := range []int{0, 1, 256, 1024, 64 << 10, classCap(0) + 1, classCap(bufferClasses-1) + 1} {
		var p Pool
		p.Put(make([]byte, n))
		for i := range p.classes {
			if p.classes[i].Get() != nil {
				t.Errorf("a foreign buffer of %d bytes was kept in class %d", n, i)
			}
		}
	}
}

// TestPoolGivesWholeBuffers puts a shortened buffer and gets all of it back.
func TestPoolGivesWholeBuffers(t *testing.T) {
	var p Pool
	for range 100 { // a sync.Pool may drop some
		p.Put(p.Get(1000)[:3])
		if b := p.Get(1000); len(b) != 0 || cap(b) != classCap(classFor(1000)) {
			t.Fatalf("length %d, capacity %d", len(b), cap(b))
		}
	}
}

func TestSameMemory(t *testing.T) {
	a, other := make([]byte, 10, 20), make([]byte, 10)
	for _, c := range []struct {
		name string
		x, y []byte
		want bool
	}{
		{"itself", a, a, true}, {"its middle", a[5:7], a, true}, {"beyond its length", a[:15][12:], a, true},
		{"another", other, a, false}, {"nil", nil, a, false}, {"of nil", a, nil, false}, {"no capacity", a[:0:0], a, false},
	} {
		if got := SameMemory(c.x, c.y); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
