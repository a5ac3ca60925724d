package codec

import (
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file write one field with its number, unless its value is
// zero. That test is inlined into generated code, so that an absent field costs
// no call. Those in encode_present.go do the work.

// Bool writes a bool field.
func (e *Encoder) Bool(number int, v bool) {
	if v {
		e.BoolField(number, v)
	}
}

// Int writes a field of a signed integer type.
func (e *Encoder) Int(number int, v int64) {
	if v != 0 {
		e.IntField(number, v)
	}
}

// Uint writes a field of an unsigned integer type.
func (e *Encoder) Uint(number int, v uint64) {
	if v != 0 {
		e.UintField(number, v)
	}
}

// Float32 writes a float32 field. Minus zero is not zero: it is written.
func (e *Encoder) Float32(number int, v float32) {
	if math.Float32bits(v) != 0 {
		e.Float32Field(number, v)
	}
}

// Float64 writes a float64 field. Minus zero is not zero: it is written.
func (e *Encoder) Float64(number int, v float64) {
	if math.Float64bits(v) != 0 {
		e.Float64Field(number, v)
	}
}

// String writes a string field.
func (e *Encoder) String(number int, v string) {
	if v != "" {
		e.StringFieldMax(number, v, math.MaxUint32)
	}
}

// StringMax writes a string field of at most limit bytes.
func (e *Encoder) StringMax(number int, v string, limit int64) {
	if v != "" {
		e.StringFieldMax(number, v, limit)
	}
}

// Bytes writes a bytes field.
func (e *Encoder) Bytes(number int, v []byte) {
	if len(v) > 0 {
		e.BytesFieldMax(number, v, math.MaxUint32)
	}
}

// BytesMax writes a bytes field of at most limit bytes.
func (e *Encoder) BytesMax(number int, v []byte, limit int64) {
	if len(v) > 0 {
		e.BytesFieldMax(number, v, limit)
	}
}

// Time writes a time field.
func (e *Encoder) Time(number int, v time.Time) {
	if !v.IsZero() {
		e.TimeField(number, v)
	}
}

// Duration writes a duration field.
func (e *Encoder) Duration(number int, v time.Duration) {
	if v != 0 {
		e.DurationField(number, v)
	}
}

// UUID writes a uuid field.
func (e *Encoder) UUID(number int, v UUID) {
	if !v.IsZero() {
		e.UUIDField(number, v)
	}
}

// Raw writes a raw field.
func (e *Encoder) Raw(number int, v msgp.Raw) {
	if HasRaw(v) && e.Key(number) {
		e.PutRaw(v)
	}
}

// HasRaw reports whether v holds a value. Empty bytes are no value, and neither
// is a nil, which is never written.
func HasRaw(v msgp.Raw) bool { return len(v) > 0 && v[0] != 0xc0 }

// List writes the header of a list field of n entries; limit is the most that are
// allowed. If it reports true, the caller must write the entries and then call
// EndList.
func (e *Encoder) List(number, n int, limit int64) bool {
	return n > 0 && e.Key(number) && e.PutList(n, limit)
}

// Map writes the header of a map field of n entries; limit is the most that are
// allowed. If it reports true, the caller must write the entries and then call
// EndMap.
func (e *Encoder) Map(number, n int, limit int64) bool {
	return n > 0 && e.Key(number) && e.PutMap(n, limit)
}
