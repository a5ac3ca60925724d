package proof

import (
	"math"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
)

// filler makes random values of generated types that may be sent: every limit
// holds, and a union has at most one variant.
type filler struct {
	*rand.Rand
	entries int // most entries of a list or map
	bytes   int // most bytes of a string
}

// random returns a random value of a kind; the same seed gives the same value.
func random(k kind, seed uint64) message {
	v := k.make()
	f := filler{rand.New(rand.NewPCG(seed, 1)), 5, 40}
	switch v.(type) {
	case *proof.Limited, *proof.LimitedParts, *proof.Parted:
		f.entries, f.bytes = 2, 4
	case *forms.Tight, *forms.Holes, *forms.Holder, *forms.Either:
		f.entries, f.bytes = 3, 10
	}
	f.fill(reflect.ValueOf(v).Elem(), 0)
	return v
}

func (f filler) fill(v reflect.Value, depth int) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(f.time()))
		return
	case reflect.TypeFor[msgp.Raw]():
		v.Set(reflect.ValueOf(f.raw()))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.integer(v.Type().Bits())))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.integer(v.Type().Bits()) & (math.MaxUint64 >> (64 - v.Type().Bits())))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0, math.Copysign(0, -1), 1, -0.5, math.Inf(1), 1e30}[f.IntN(6)])
	case reflect.String:
		v.SetString(string(f.text()))
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), depth)
		}
	case reflect.Slice, reflect.Map, reflect.Pointer:
		f.fillNilable(v, depth)
	case reflect.Struct:
		f.fillStruct(v, depth)
	}
}

// integer is a random integer of a random length, as a bit pattern that fits.
func (f filler) integer(bits int) uint64 {
	n := f.Uint64() >> f.IntN(64)
	if f.IntN(3) == 0 {
		n = -n
	}
	shift := 64 - bits
	return uint64(int64(n<<shift) >> shift)
}

func (f filler) text() []byte {
	b := make([]byte, f.IntN(f.bytes+1))
	for i := range b {
		b[i] = byte('a' + f.IntN(26))
	}
	return b
}

func (f filler) time() time.Time {
	switch f.IntN(4) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(f.Int64N(1<<32), 0).UTC()
	case 2:
		return time.Unix(f.Int64N(1<<34), f.Int64N(1e9)).UTC()
	default:
		return time.Unix(-f.Int64N(1<<34), f.Int64N(1e9)).UTC()
	}
}

func (f filler) raw() msgp.Raw {
	switch f.IntN(4) {
	case 0:
		return nil
	case 1:
		return msgp.AppendInt64(nil, f.Int64())
	case 2:
		return msgp.AppendBytes(nil, f.text())
	default:
		return msgp.AppendString(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "k"), string(f.text()))
	}
}

// fillNilable leaves pointers, lists and maps nil now and then, and more often
// the deeper they are, so that a type which contains itself comes to an end.
func (f filler) fillNilable(v reflect.Value, depth int) {
	if f.IntN(6) < 2*depth {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), depth+1)
	case reflect.Slice:
		n := f.IntN(f.entries + 1)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			f.fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.IntN(f.entries + 1) {
			key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key, depth+1)
			f.fill(val, depth+1)
			v.SetMapIndex(key, val)
		}
	}
}

func (f filler) fillStruct(v reflect.Value, depth int) {
	if isUnion(v.Type()) {
		if n := f.IntN(v.NumField()); v.Type().Field(n).IsExported() {
			f.fill(v.Field(n), depth)
		}
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() { // what is kept only a peer can send
			f.fill(v.Field(i), depth)
		}
	}
}

func isUnion(t reflect.Type) bool {
	_, found := reflect.PointerTo(t).MethodByName("Which")
	return found
}
