package codec

import (
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file write one field with its number, unless its value is
// zero.

// Bool writes a bool field.
func (e *Encoder) Bool(number int, v bool) {
	if v && e.Key(number) {
		e.PutBool(v)
	}
}

// Int writes a field of a signed integer type.
func (e *Encoder) Int(number int, v int64) {
	if v != 0 && e.Key(number) {
		e.PutInt(v)
	}
}

// Uint writes a field of an unsigned integer type.
func (e *Encoder) Uint(number int, v uint64) {
	if v != 0 && e.Key(number) {
		e.PutUint(v)
	}
}

// Float32 writes a float32 field. Minus zero is not zero: it is written.
func (e *Encoder) Float32(number int, v float32) {
	if math.Float32bits(v) != 0 && e.Key(number) {
		e.PutFloat32(v)
	}
}

// Float64 writes a float64 field. Minus zero is not zero: it is written.
func (e *Encoder) Float64(number int, v float64) {
	if math.Float64bits(v) != 0 && e.Key(number) {
		e.PutFloat64(v)
	}
}

// String writes a string field.
func (e *Encoder) String(number int, v string) { e.StringMax(number, v, math.MaxUint32) }

// StringMax writes a string field of at most limit bytes.
func (e *Encoder) StringMax(number int, v string, limit int64) {
	if v != "" && e.Key(number) {
		e.PutStringMax(v, limit)
	}
}

// Bytes writes a bytes field.
func (e *Encoder) Bytes(number int, v []byte) { e.BytesMax(number, v, math.MaxUint32) }

// BytesMax writes a bytes field of at most limit bytes.
func (e *Encoder) BytesMax(number int, v []byte, limit int64) {
	if len(v) > 0 && e.Key(number) {
		e.PutBytesMax(v, limit)
	}
}

// Time writes a time field.
func (e *Encoder) Time(number int, v time.Time) {
	if !v.IsZero() && e.Key(number) {
		e.PutTime(v)
	}
}

// Duration writes a duration field.
func (e *Encoder) Duration(number int, v time.Duration) {
	if v != 0 && e.Key(number) {
		e.PutDuration(v)
	}
}

// UUID writes a uuid field.
func (e *Encoder) UUID(number int, v UUID) {
	if !v.IsZero() && e.Key(number) {
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
