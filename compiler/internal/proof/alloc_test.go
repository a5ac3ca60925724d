package proof

import (
	"reflect"
	"testing"
	"time"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
)

func tenFields() *proof.Ten {
	return &proof.Ten{
		Volume: "disk-0017", Name: "photos/2026/11/22/sunrise.jpg", Version: [16]byte{1, 2, 3}, Latest: true,
		Size: 1 << 33, ModTime: time.Unix(1_795_000_000, 123_456_789).UTC(), Parts: 3, Etag: "9e107d9d372bb6826bd81d3542a419d6",
		State: proof.ColorRed, Took: 1500 * time.Microsecond,
	}
}

// A decode allocates the strings, slices, maps and pointers of the value and
// nothing else; an encode into enough room allocates nothing.
func TestAllocations(t *testing.T) {
	number := uint32(7)
	for _, x := range []struct {
		name string
		v    message
		want float64
	}{
		{"no strings", &proof.Scalars{I64: 5, T: time.Unix(1, 2), F64: 0.5}, 0},
		{"three strings", tenFields(), 3},
		{"slice of structs", &proof.Lists{Parts: make([]parts.Part, 9)}, 1},
		{"slice of strings", &proof.Lists{Strings: []string{"one", "two", "three"}}, 4},
		{"pointer to a struct", &proof.Tree{Left: &proof.Tree{Name: "left"}}, 2},
		{"variant", &proof.Choice{Number: &number}, 1},
		{"map of two parts", &proof.Maps{U8: map[uint8]time.Duration{1: 1}}, 2},
	} {
		b := encode(t, x.v)
		room := make([]byte, 0, 4*len(b)+1024)
		if got := testing.AllocsPerRun(50, func() { _, _ = x.v.MarshalMsg(room) }); got != 0 {
			t.Errorf("%s: an encode allocates %v times", x.name, got)
		}
		fresh := make([]message, 52)
		for i := range fresh {
			fresh[i] = newLike(x.v)
		}
		i := 0
		got := testing.AllocsPerRun(50, func() {
			_, _ = fresh[i].UnmarshalMsg(b)
			i++
		})
		if got != x.want {
			t.Errorf("%s: a decode allocates %v times, not %v", x.name, got, x.want)
		}
	}
}

// newLike returns a fresh value of the type of v.
func newLike(v message) message {
	for _, k := range kinds {
		if fresh := k.make(); reflect.TypeOf(fresh) == reflect.TypeOf(v) {
			return fresh
		}
	}
	panic("no such kind")
}

// A used value has the room that the same value needs again.
func TestUsedAllocatesStringsOnly(t *testing.T) {
	v := &proof.Lists{Parts: make([]parts.Part, 9), Ints: []int64{1, 2, 3}, Blobs: [][]byte{{1}, {2, 3}}}
	b := encode(t, v)
	used := proof.NewLists()
	if got := testing.AllocsPerRun(50, func() { _, _ = used.UnmarshalMsg(b) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkEncodeTen(b *testing.B) {
	v := tenFields()
	var room [512]byte
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.MarshalMsg(room[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeTen(b *testing.B) {
	data, err := tenFields().MarshalMsg(nil)
	if err != nil {
		b.Fatal(err)
	}
	var v proof.Ten
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.UnmarshalMsg(data); err != nil {
			b.Fatal(err)
		}
	}
}
