package codec

import (
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file write one field with its number, zero or not: what an
// optional field holds, and what the methods without "Field" in their names found
// to be set.
//
// Where the number takes one byte it goes into the buffer in one step with the
// value, or with the value's header: half the calls, and half the tests for room.
// Twelve fields with numbers took 1.48 times as long as vtprotobuf in two steps,
// and take 1.17 times as long in one (bench/codecs, "plain").
//
// Values that cannot fail are written after an error too. Done takes them back,
// and so nothing has to be tested for each.

// BoolField writes a bool field.
func (e *Encoder) BoolField(number int, v bool) {
	value := byte(0xc2)
	if v {
		value = 0xc3
	}
	if number >= 0x80 {
		e.number(number)
		e.buf = append(e.buf, value)
		return
	}
	e.n++
	e.buf = append(e.buf, byte(number), value)
}

// IntField writes a field of a signed integer type.
func (e *Encoder) IntField(number int, v int64) { e.integer(number, uint64(v), v < 0) }

// UintField writes a field of an unsigned integer type.
func (e *Encoder) UintField(number int, v uint64) { e.integer(number, v, false) }

// integer writes an integer field; negative says that v is an int64 below zero.
func (e *Encoder) integer(number int, v uint64, negative bool) {
	if negative || number >= 0x80 {
		e.rareInteger(number, v, negative)
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

// rareInteger is integer for negative values, and for numbers of more than a byte.
func (e *Encoder) rareInteger(number int, v uint64, negative bool) {
	e.number(number)
	if negative {
		e.buf = msgp.AppendInt64(e.buf, int64(v))
	} else {
		e.PutUint(v)
	}
}

// Float32Field writes a float32 field.
func (e *Encoder) Float32Field(number int, v float32) {
	bits := math.Float32bits(v)
	if number >= 0x80 {
		e.number(number)
		e.fixed32(0xca, bits)
		return
	}
	e.n++
	e.buf = append(e.buf, byte(number), 0xca, byte(bits>>24), byte(bits>>16), byte(bits>>8), byte(bits))
}

// Float64Field writes a float64 field.
func (e *Encoder) Float64Field(number int, v float64) {
	bits := math.Float64bits(v)
	if number >= 0x80 {
		e.number(number)
		e.fixed64(0xcb, bits)
		return
	}
	e.n++
	e.buf = append(e.buf, byte(number), 0xcb, byte(bits>>56), byte(bits>>48), byte(bits>>40), byte(bits>>32),
		byte(bits>>24), byte(bits>>16), byte(bits>>8), byte(bits))
}

// StringField writes a string field.
func (e *Encoder) StringField(number int, v string) { e.StringFieldMax(number, v, math.MaxUint32) }

// StringFieldMax writes a string field of at most limit bytes.
func (e *Encoder) StringFieldMax(number int, v string, limit int64) {
	n := len(v)
	switch {
	case number >= 0x80 || n > math.MaxUint8 || int64(n) > limit:
		if e.Key(number) {
			e.PutStringMax(v, limit)
		}
		return
	case n < 1<<5:
		e.buf = append(e.buf, byte(number), 0xa0|byte(n))
	default:
		e.buf = append(e.buf, byte(number), 0xd9, byte(n))
	}
	e.n++
	e.buf = append(e.buf, v...)
}

// BytesField writes a bytes field.
func (e *Encoder) BytesField(number int, v []byte) { e.BytesFieldMax(number, v, math.MaxUint32) }

// BytesFieldMax writes a bytes field of at most limit bytes.
func (e *Encoder) BytesFieldMax(number int, v []byte, limit int64) {
	n := len(v)
	switch {
	case number >= 0x80 || n > math.MaxUint16 || int64(n) > limit:
		if e.Key(number) {
			e.PutBytesMax(v, limit)
		}
		return
	case n <= math.MaxUint8:
		e.buf = append(e.buf, byte(number), 0xc4, byte(n))
	default:
		e.buf = append(e.buf, byte(number), 0xc5, byte(n>>8), byte(n))
	}
	e.n++
	e.buf = append(e.buf, v...) // A copy: as in PutBytesMax.
}

// TimeField writes a time field.
func (e *Encoder) TimeField(number int, v time.Time) {
	e.number(number)
	e.PutTime(v)
}

// DurationField writes a duration field.
func (e *Encoder) DurationField(number int, v time.Duration) { e.IntField(number, int64(v)) }

// UUIDField writes a uuid field.
func (e *Encoder) UUIDField(number int, v UUID) {
	e.number(number)
	e.PutUUID(v)
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
