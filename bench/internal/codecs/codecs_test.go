package codecs

import (
	"reflect"
	"testing"
	"time"
)

func TestRoundTrips(t *testing.T) {
	for _, w := range All() {
		if err := w.Check(); err != nil {
			t.Error(err)
		}
	}
}

// A check that says yes to everything proves nothing.
func TestCheckSeesDifferences(t *testing.T) {
	for i, w := range All() {
		if other := All()[(i+5)%len(All())]; reflect.TypeOf(w.message) == reflect.TypeOf(other.message) {
			t.Fatal("the test compares values of the same type")
		}
		fresh, err := w.message.read(nil)
		if err == nil && w.message.equal(fresh) {
			t.Errorf("%s %s: an empty message counts as equal", w.Codec, w.Value)
		}
	}
}

// gridc allocates the strings, slices and pointers of a value, and the message
// itself. Maps are left out: how many pieces they have is a matter of Go's.
func TestAllocationsOfGrid(t *testing.T) {
	for _, w := range All() {
		if w.Codec != Grid || w.Value == "maps" {
			continue
		}
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
		want := pieces(reflect.ValueOf(w.message).Field(0))
		if got := testing.AllocsPerRun(100, func() { _ = w.Run("unmarshal", 1) }); got != float64(want) {
			t.Errorf("%s: %v allocations, the value has %d pieces", w.Value, got, want)
		}
		if got := testing.AllocsPerRun(100, func() { _ = w.Run("marshal", 1) }); got != 0 {
			t.Errorf("%s: %v allocations to write it", w.Value, got)
		}
	}
}

// pieces counts the strings, slices and pointers of a value that are not empty.
func pieces(v reflect.Value) int {
	switch v.Kind() {
	case reflect.String:
		return min(v.Len(), 1)
	case reflect.Pointer:
		if v.IsNil() {
			return 0
		}
		return 1 + pieces(v.Elem())
	case reflect.Slice:
		n := min(v.Len(), 1)
		for i := range v.Len() {
			n += pieces(v.Index(i))
		}
		return n
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return 0
		}
		n := 0
		for i := range v.NumField() {
			n += pieces(v.Field(i))
		}
		return n
	}
	return 0
}

func BenchmarkCodecs(b *testing.B) {
	for _, w := range All() {
		if err := w.Check(); err != nil {
			b.Fatal(err)
		}
		for _, op := range Ops {
			b.Run(w.Value+"/"+op+"/"+w.Codec, func(b *testing.B) {
				b.ReportAllocs()
				b.ReportMetric(float64(w.Size()), "wire-B")
				if err := w.Run(op, b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
