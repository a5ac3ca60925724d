package codec

import (
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file write one field with its number, unless its value is
// zero. That test is inlined into generated code, so that an absent field costs
// no call.
//
// Values that cannot fail are written after an error too: End and Done take them
// back, and nothing has to be tested for each.

// Bool writes a bool field.
func (e *Encoder) Bool(number int, v bool) {
	if v {
		e.isTrue(number)
	}
}

func (e *Encoder) isTrue(number int) {
	e.number(number)
	e.buf = append(e.buf, 0xc3)
}

// Int writes a field of a signed integer type.
func (e *Encoder) Int(number int, v int64) {
	if v != 0 {
		e.int(number, v)
	}
}

func (e *Encoder) int(number int, v int64) {
	if v > 0 {
		e.uint(number, uint64(v))
		return
	}
	e.number(number)
	e.buf = msgp.AppendInt64(e.buf, v)
}

// Uint writes a field of an unsigned integer type.
func (e *Encoder) Uint(number int, v uint64) {
	if v != 0 {
		e.uint(number, v)
	}
}

// uint writes key and value at once, where the key is one byte: half the tests
// for room.
func (e *Encoder) uint(number int, v uint64) {
	if number >= 0x80 {
		e.number(number)
		e.PutUint(v)
		return
	}
	e.n++
	key := byte(number)
	switch {
	case v < 0x80:
		e.buf = append(e.buf, key, byte(v))
	case v <= math.MaxUint8:
		e.buf = append(e.buf, key, 0xcc, byte(v))
	case v <= math.MaxUint16:
		e.buf = append(e.buf, key, 0xcd, byte(v>>8), byte(v))
	case v <= math.MaxUint32:
		e.buf = append(e.buf, key, 0xce, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	default:
		e.buf = append(e.buf, key, 0xcf,
			byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
}

// Float32 writes a float32 field. Minus zero is not zero: it is written.
func (e *Encoder) Float32(number int, v float32) {
	if bits := math.Float32bits(v); bits != 0 {
		e.number(number)
		e.fixed32(0xca, bits)
	}
}

// Float64 writes a float64 field. Minus zero is not zero: it is written.
func (e *Encoder) Float64(number int, v float64) {
	if bits := math.Float64bits(v); bits != 0 {
		e.number(number)
		e.fixed64(0xcb, bits)
	}
}

// String writes a string field.
func (e *Encoder) String(number int, v string) {
	if v != "" {
		e.string(number, v, math.MaxUint32)
	}
}

// StringMax writes a string field of at most limit bytes.
func (e *Encoder) StringMax(number int, v string, limit int64) {
	if v != "" {
		e.string(number, v, limit)
	}
}

func (e *Encoder) string(number int, v string, limit int64) {
	if e.Key(number) {
		e.PutStringMax(v, limit)
	}
}

// Bytes writes a bytes field.
func (e *Encoder) Bytes(number int, v []byte) {
	if len(v) > 0 {
		e.bytes(number, v, math.MaxUint32)
	}
}

// BytesMax writes a bytes field of at most limit bytes.
func (e *Encoder) BytesMax(number int, v []byte, limit int64) {
	if len(v) > 0 {
		e.bytes(number, v, limit)
	}
}

func (e *Encoder) bytes(number int, v []byte, limit int64) {
	if e.Key(number) {
		e.PutBytesMax(v, limit)
	}
}

// Time writes a time field.
func (e *Encoder) Time(number int, v time.Time) {
	if !v.IsZero() {
		e.number(number)
		e.PutTime(v)
	}
}

// Duration writes a duration field.
func (e *Encoder) Duration(number int, v time.Duration) {
	if v != 0 {
		e.int(number, int64(v))
	}
}

// UUID writes a uuid field.
func (e *Encoder) UUID(number int, v UUID) {
	if !v.IsZero() {
		e.number(number)
		e.PutUUID(v)
	}
}

// Raw writes a raw field.
func (e *Encoder) Raw(number int, v msgp.Raw) {
	if HasRaw(v) && e.Key(number) {
		e.PutRaw(v)
	}
}

// HasRaw reports whether v holds a value: no bytes are none, and neither is a
// nil, which is never written.
func HasRaw(v msgp.Raw) bool { return len(v) > 0 && v[0] != 0xc0 }

// List writes the header of a list field of n entries, of which there may be
// limit. When it reports true the entries have to follow, and then EndList.
func (e *Encoder) List(number, n int, limit int64) bool {
	return n > 0 && e.Key(number) && e.PutList(n, limit)
}

// Map writes the header of a map field of n entries, of which there may be
// limit. When it reports true the entries have to follow, and then EndMap.
func (e *Encoder) Map(number, n int, limit int64) bool {
	return n > 0 && e.Key(number) && e.PutMap(n, limit)
}

// number writes the key of a value that cannot fail.
func (e *Encoder) number(number int) {
	e.n++
	if number < 0x80 {
		e.buf = append(e.buf, byte(number))
	} else {
		e.longNumber(number)
	}
}

func (e *Encoder) longNumber(number int) { e.buf = msgp.AppendUint64(e.buf, uint64(number)) }
