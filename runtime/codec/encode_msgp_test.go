package codec

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

// What a field is written as is its number and what msgp makes of its value, for
// numbers and values at the ends of each form.
func TestWritesAsMsgpDoes(t *testing.T) {
	for _, number := range []int{1, 0x7f, 0x80, 0xffff} {
		key := msgp.AppendUint64(nil, uint64(number))
		check := func(what any, want []byte, write func(e *Encoder)) {
			t.Helper()
			got, err := encoded(1, write)
			if want = append(append([]byte{0x81}, key...), want...); err != nil || !bytes.Equal(got, want) {
				t.Errorf("field %d, %v: % x, want % x, %v", number, what, got[:min(len(got), 20)], want[:min(len(want), 20)], err)
			}
		}
		for shift := range 64 {
			for _, v := range []uint64{1<<shift - 1, 1 << shift, 1<<shift + 1} {
				if v == 0 {
					continue
				}
				check(v, msgp.AppendUint64(nil, v), func(e *Encoder) { e.Uint(number, v) })
				for _, i := range []int64{int64(v), -int64(v)} {
					want := msgp.AppendInt64(nil, i)
					if i > 0 { // gridc writes the shortest form
						want = msgp.AppendUint64(nil, uint64(i))
					}
					check(i, want, func(e *Encoder) { e.Int(number, i) })
				}
				check(v, msgp.AppendFloat32(nil, float32(v)), func(e *Encoder) { e.Float32(number, float32(v)) })
				check(v, msgp.AppendFloat64(nil, float64(v)), func(e *Encoder) { e.Float64(number, float64(v)) })
			}
		}
		check(true, msgp.AppendBool(nil, true), func(e *Encoder) { e.Bool(number, true) })
		for _, n := range []int{1, 31, 32, 255, 256, 65_535, 65_536} {
			text := strings.Repeat("x", n)
			check(n, msgp.AppendString(nil, text), func(e *Encoder) { e.String(number, text) })
			check(n, msgp.AppendBytes(nil, []byte(text)), func(e *Encoder) { e.Bytes(number, []byte(text)) })
			check(n, msgp.AppendArrayHeader(nil, uint32(n)), func(e *Encoder) { e.List(number, n, math.MaxUint32) })
			check(n, msgp.AppendMapHeader(nil, uint32(n)), func(e *Encoder) { e.Map(number, n, math.MaxUint32) })
		}
	}
}
