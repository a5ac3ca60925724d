package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file read one integer in any form that msgpack has for it.
// Each form is read on the spot, by one function without a call. What is left over
// is read elsewhere: a nil, a float that is whole (decode_number.go), what an older
// writer has written in a form for signed integers, and what is no integer.

// Int64 reads an integer, or a float that is exactly an integer.
func (d *Decoder) Int64() int64 {
	b := d.buf[d.at:]
	if len(b) == 0 {
		return d.otherInt()
	}
	switch lead := b[0]; {
	case lead < 0x80 || lead >= 0xe0:
		d.at++
		return int64(int8(lead)) // fits: written with a sign
	case lead == 0xcf && len(b) >= 9 && b[1] < 0x80, lead == 0xd3 && len(b) >= 9:
		d.at += 9
		return int64(binary.BigEndian.Uint64(b[1:])) // fits: the top bit is clear, or it is the sign
	case lead == 0xce && len(b) >= 5:
		d.at += 5
		return int64(binary.BigEndian.Uint32(b[1:]))
	case lead == 0xcd && len(b) >= 3:
		d.at += 3
		return int64(binary.BigEndian.Uint16(b[1:]))
	case lead == 0xcc && len(b) >= 2:
		d.at += 2
		return int64(b[1])
	case lead == 0xd0 && len(b) >= 2:
		d.at += 2
		return int64(int8(b[1])) // fits: written with a sign
	case lead == 0xd1 && len(b) >= 3:
		d.at += 3
		return int64(int16(binary.BigEndian.Uint16(b[1:]))) // fits: written with a sign
	case lead == 0xd2 && len(b) >= 5:
		d.at += 5
		return int64(int32(binary.BigEndian.Uint32(b[1:]))) // fits: written with a sign
	}
	return d.otherInt()
}

func (d *Decoder) otherInt() int64 {
	if d.Nil() {
		return 0
	}
	if v, ok := d.wholeFloat(); ok {
		return v
	}
	if b := d.buf[d.at:]; len(b) >= 9 && b[0] == 0xcf { // from 1<<63 on
		d.fail(fmt.Errorf("%w: %d is not from %d to %d", ErrMalformed, binary.BigEndian.Uint64(b[1:]), int64(math.MinInt64), int64(math.MaxInt64)))
		return 0
	}
	_, rest, err := msgp.ReadInt64Bytes(d.buf[d.at:])
	d.took(rest, err)
	return 0
}

// Uint64 reads an integer that is not negative, or a float that is exactly such
// an integer.
func (d *Decoder) Uint64() uint64 {
	b := d.buf[d.at:]
	if len(b) == 0 {
		return d.otherUint()
	}
	switch lead := b[0]; {
	case lead < 0x80:
		d.at++
		return uint64(lead)
	case lead == 0xcf && len(b) >= 9:
		d.at += 9
		return binary.BigEndian.Uint64(b[1:])
	case lead == 0xce && len(b) >= 5:
		d.at += 5
		return uint64(binary.BigEndian.Uint32(b[1:]))
	case lead == 0xcd && len(b) >= 3:
		d.at += 3
		return uint64(binary.BigEndian.Uint16(b[1:]))
	case lead == 0xcc && len(b) >= 2:
		d.at += 2
		return uint64(b[1])
	}
	return d.otherUint()
}

func (d *Decoder) otherUint() uint64 {
	if d.Nil() {
		return 0
	}
	v, ok := d.wholeFloat()
	if !ok { // or one of the forms for signed integers
		var rest []byte
		var err error
		v, rest, err = msgp.ReadInt64Bytes(d.buf[d.at:])
		d.took(rest, err)
	}
	if v < 0 {
		d.fail(fmt.Errorf("%w: %d is negative", ErrMalformed, v))
		return 0
	}
	return uint64(v)
}

// intOf reads an integer from low to high.
func (d *Decoder) intOf(low, high int64) int64 {
	v := d.Int64()
	if v < low || v > high {
		d.fail(fmt.Errorf("%w: %d is not from %d to %d", ErrMalformed, v, low, high))
		return 0
	}
	return v
}

// uintOf reads an integer from 0 to high. Numbers of one byte fit every type.
func (d *Decoder) uintOf(high uint64) uint64 {
	if at := d.at; at < len(d.buf) {
		if lead := d.buf[at]; lead < 0x80 {
			d.at = at + 1
			return uint64(lead)
		}
	}
	v := d.Uint64()
	if v > high {
		d.fail(fmt.Errorf("%w: %d is not from 0 to %d", ErrMalformed, v, high))
		return 0
	}
	return v
}

// Int8 reads an integer that fits.
func (d *Decoder) Int8() int8 {
	return int8(d.intOf(math.MinInt8, math.MaxInt8)) // fits: compared by intOf
}

// Int16 reads an integer that fits.
func (d *Decoder) Int16() int16 {
	return int16(d.intOf(math.MinInt16, math.MaxInt16)) // fits: compared by intOf
}

// Int32 reads an integer that fits.
func (d *Decoder) Int32() int32 {
	return int32(d.intOf(math.MinInt32, math.MaxInt32)) // fits: compared by intOf
}

// Uint8 reads an integer that fits.
func (d *Decoder) Uint8() uint8 {
	return uint8(d.uintOf(math.MaxUint8)) // fits: compared by uintOf
}

// Uint16 reads an integer that fits.
func (d *Decoder) Uint16() uint16 {
	return uint16(d.uintOf(math.MaxUint16)) // fits: compared by uintOf
}

// Uint32 reads an integer that fits.
func (d *Decoder) Uint32() uint32 {
	return uint32(d.uintOf(math.MaxUint32)) // fits: compared by uintOf
}

// Duration reads a duration in nanoseconds.
func (d *Decoder) Duration() time.Duration { return time.Duration(d.Int64()) }
