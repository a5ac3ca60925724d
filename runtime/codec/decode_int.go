package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file read one integer in any form that msgpack has for it.
// Those of one byte, which every type holds, are read on the spot; msgp reads
// what is left over in the end: a nil, what an older writer has written in a form
// for signed integers, and what is no integer.

// Int64 reads an integer.
func (d *Decoder) Int64() int64 {
	if d.at < len(d.buf) && d.buf[d.at] < 0x80 {
		d.at++
		return int64(d.buf[d.at-1])
	}
	return d.longInt()
}

// longInt is Int64 for all but the numbers from 0 to 127.
func (d *Decoder) longInt() int64 {
	b := d.buf[d.at:]
	v, n := unsigned(b)
	if n == 0 || v > math.MaxInt64 {
		if v, n = signed(b); n == 0 {
			return d.otherInt()
		}
	}
	d.at += n
	return int64(v)
}

func (d *Decoder) otherInt() int64 {
	if d.Nil() {
		return 0
	}
	v, rest, err := msgp.ReadInt64Bytes(d.buf[d.at:])
	d.took(rest, err)
	return v
}

// Uint64 reads an integer that is not negative.
func (d *Decoder) Uint64() uint64 {
	if d.at < len(d.buf) && d.buf[d.at] < 0x80 {
		d.at++
		return uint64(d.buf[d.at-1])
	}
	return d.longUint()
}

// longUint is Uint64 for all but the numbers from 0 to 127.
func (d *Decoder) longUint() uint64 {
	v, n := unsigned(d.buf[d.at:])
	if n == 0 {
		return d.otherUint()
	}
	d.at += n
	return v
}

func (d *Decoder) otherUint() uint64 {
	if d.Nil() {
		return 0
	}
	v, rest, err := msgp.ReadUint64Bytes(d.buf[d.at:])
	d.took(rest, err)
	return v
}

// unsigned reads the integer that b starts with in one of the forms from uint 8
// to uint 64, and returns how many bytes it takes: none where b has no such.
func unsigned(b []byte) (v uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	switch lead := b[0]; {
	case lead == 0xcf && len(b) >= 9:
		return binary.BigEndian.Uint64(b[1:]), 9
	case lead == 0xce && len(b) >= 5:
		return uint64(binary.BigEndian.Uint32(b[1:])), 5
	case lead == 0xcd && len(b) >= 3:
		return uint64(binary.BigEndian.Uint16(b[1:])), 3
	case lead == 0xcc && len(b) >= 2:
		return uint64(b[1]), 2
	}
	return 0, 0
}

// signed is unsigned for the forms from int 8 to int 64, and for those of one
// byte that are negative.
func signed(b []byte) (v uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	switch lead := b[0]; {
	case lead >= 0xe0:
		return uint64(int8(lead)), 1
	case lead == 0xd0 && len(b) >= 2:
		return uint64(int8(b[1])), 2
	case lead == 0xd1 && len(b) >= 3:
		return uint64(int16(binary.BigEndian.Uint16(b[1:]))), 3
	case lead == 0xd2 && len(b) >= 5:
		return uint64(int32(binary.BigEndian.Uint32(b[1:]))), 5
	case lead == 0xd3 && len(b) >= 9:
		return binary.BigEndian.Uint64(b[1:]), 9
	}
	return 0, 0
}

// intOf reads an integer from low to high.
func (d *Decoder) intOf(low, high int64) int64 {
	if d.at < len(d.buf) && d.buf[d.at] < 0x80 {
		d.at++
		return int64(d.buf[d.at-1])
	}
	v := d.longInt()
	if v < low || v > high {
		d.fail(fmt.Errorf("%w: %d is not from %d to %d", ErrMalformed, v, low, high))
		return 0
	}
	return v
}

// uintOf reads an integer from 0 to high.
func (d *Decoder) uintOf(high uint64) uint64 {
	if d.at < len(d.buf) && d.buf[d.at] < 0x80 {
		d.at++
		return uint64(d.buf[d.at-1])
	}
	v := d.longUint()
	if v > high {
		d.fail(fmt.Errorf("%w: %d is not from 0 to %d", ErrMalformed, v, high))
		return 0
	}
	return v
}

// Int8 reads an integer that fits.
func (d *Decoder) Int8() int8 { return int8(d.intOf(math.MinInt8, math.MaxInt8)) }

// Int16 reads an integer that fits.
func (d *Decoder) Int16() int16 { return int16(d.intOf(math.MinInt16, math.MaxInt16)) }

// Int32 reads an integer that fits.
func (d *Decoder) Int32() int32 { return int32(d.intOf(math.MinInt32, math.MaxInt32)) }

// Uint8 reads an integer that fits.
func (d *Decoder) Uint8() uint8 { return uint8(d.uintOf(math.MaxUint8)) }

// Uint16 reads an integer that fits.
func (d *Decoder) Uint16() uint16 { return uint16(d.uintOf(math.MaxUint16)) }

// Uint32 reads an integer that fits.
func (d *Decoder) Uint32() uint32 { return uint32(d.uintOf(math.MaxUint32)) }

// Duration reads a duration in nanoseconds.
func (d *Decoder) Duration() time.Duration { return time.Duration(d.Int64()) }
