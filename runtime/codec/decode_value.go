package codec

import (
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file read one value. A nil reads as zero, and so does
// everything after an error.

// Bool reads a bool.
func (d *Decoder) Bool() bool {
	if d.at < len(d.buf) {
		switch d.buf[d.at] {
		case 0xc2, 0xc0:
			d.at++
			return false
		case 0xc3:
			d.at++
			return true
		}
	}
	_, rest, err := msgp.ReadBoolBytes(d.buf[d.at:])
	d.took(rest, err)
	return false
}

// took notes what a function of msgp left of the buffer.
func (d *Decoder) took(rest []byte, err error) {
	if d.err != nil {
		return
	}
	if err != nil {
		d.failRead(err)
		return
	}
	d.at = len(d.buf) - len(rest)
}

// Int64 reads an integer.
func (d *Decoder) Int64() int64 {
	if d.at < len(d.buf) && d.buf[d.at] < 0x80 {
		d.at++
		return int64(d.buf[d.at-1])
	}
	return d.longInt()
}

func (d *Decoder) longInt() int64 {
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

func (d *Decoder) longUint() uint64 {
	if d.Nil() {
		return 0
	}
	v, rest, err := msgp.ReadUint64Bytes(d.buf[d.at:])
	d.took(rest, err)
	return v
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

// uintOf reads an integer from 0 to high.
func (d *Decoder) uintOf(high uint64) uint64 {
	v := d.Uint64()
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

// Float32 reads a float32.
func (d *Decoder) Float32() float32 {
	if d.Nil() {
		return 0
	}
	v, rest, err := msgp.ReadFloat32Bytes(d.buf[d.at:])
	d.took(rest, err)
	return v
}

// Float64 reads a float64, or a float32 that an older peer wrote.
func (d *Decoder) Float64() float64 {
	if d.Nil() {
		return 0
	}
	v, rest, err := msgp.ReadFloat64Bytes(d.buf[d.at:])
	d.took(rest, err)
	return v
}

// Time reads a timestamp: msgpack's own, or the older one of msgp. The result is
// in UTC.
func (d *Decoder) Time() time.Time {
	if d.err != nil || d.Nil() {
		return time.Time{}
	}
	v, rest, err := msgp.ReadTimeUTCBytes(d.buf[d.at:])
	d.took(rest, err)
	if d.err != nil {
		return time.Time{}
	}
	return v
}

// Duration reads a duration in nanoseconds.
func (d *Decoder) Duration() time.Duration { return time.Duration(d.Int64()) }

// String reads a string.
func (d *Decoder) String() string { return d.StringMax(math.MaxUint32) }

// StringMax reads a string of at most limit bytes.
func (d *Decoder) StringMax(limit int64) string {
	text := d.text(limit)
	if len(text) == 0 || !d.charge(int64(len(text))) {
		return ""
	}
	return string(text)
}

// text reads a string without copying it.
func (d *Decoder) text(limit int64) []byte {
	if d.at < len(d.buf) && d.buf[d.at]>>5 == 0xa0>>5 { // up to 31 bytes
		if end := d.at + 1 + int(d.buf[d.at]&0x1f); end <= len(d.buf) {
			text := d.buf[d.at+1 : end]
			d.at = end
			return d.limited(text, limit)
		}
	}
	if d.err != nil || d.Nil() {
		return nil
	}
	text, rest, err := msgp.ReadStringZC(d.buf[d.at:])
	d.took(rest, err)
	return d.limited(text, limit)
}

// Bytes reads bytes into the capacity of old. The result is nil only when old is
// and nothing was read.
func (d *Decoder) Bytes(old []byte) []byte { return d.BytesMax(old, math.MaxUint32) }

// BytesMax reads bytes, at most limit, as Bytes does.
func (d *Decoder) BytesMax(old []byte, limit int64) []byte {
	data := d.bin(limit)
	if len(data) == 0 || !d.charge(int64(len(data))) {
		return old[:0]
	}
	if cap(old) < len(data) {
		old = make([]byte, len(data))
	}
	old = old[:len(data)]
	copy(old, data)
	return old
}

// OptionalBytes reads bytes that are nil when absent: a nil in the input gives
// nil, no bytes give an empty slice.
func (d *Decoder) OptionalBytes() []byte { return d.OptionalBytesMax(math.MaxUint32) }

// OptionalBytesMax reads bytes, at most limit, as OptionalBytes does.
func (d *Decoder) OptionalBytesMax(limit int64) []byte {
	if d.Nil() || d.err != nil {
		return nil
	}
	return d.BytesMax([]byte{}, limit)
}

// bin reads bytes without copying them.
func (d *Decoder) bin(limit int64) []byte {
	if d.err != nil || d.Nil() {
		return nil
	}
	data, rest, err := msgp.ReadBytesZC(d.buf[d.at:])
	d.took(rest, err)
	return d.limited(data, limit)
}

// limited returns data, or nothing when it is longer than limit.
func (d *Decoder) limited(data []byte, limit int64) []byte {
	if int64(len(data)) > limit {
		d.tooLong(len(data), limit)
		return nil
	}
	return data
}

func (d *Decoder) tooLong(n int, limit int64) { d.fail(tooMany(int64(n), limit, "bytes")) }

// UUID reads a uuid.
func (d *Decoder) UUID() UUID {
	if d.err != nil || d.Nil() {
		return UUID{}
	}
	data := d.bin(math.MaxUint32)
	if d.err == nil && len(data) != len(UUID{}) {
		d.fail(fmt.Errorf("%w: uuid of %d bytes", ErrMalformed, len(data)))
	}
	if d.err != nil {
		return UUID{}
	}
	return UUID(data)
}

// Raw reads one value as it is, into the capacity of old. A nil reads as no
// value at all, for it is what msgp writes for an empty msgp.Raw.
func (d *Decoder) Raw(old msgp.Raw) msgp.Raw {
	if d.Nil() {
		return old[:0]
	}
	start := d.at
	d.Skip()
	if d.err != nil || !d.charge(int64(d.at-start)) {
		return old[:0]
	}
	return append(old[:0], d.buf[start:d.at]...)
}

// Extern reads a value with its own methods. They see bytes that are known to be
// one complete msgpack value, nested no deeper than allowed.
func (d *Decoder) Extern(v msgp.Unmarshaler) {
	if d.err != nil || d.Nil() {
		return
	}
	start := d.at
	d.Skip()
	if d.err != nil || !d.charge(int64(d.at-start)) {
		return
	}
	rest, err := v.UnmarshalMsg(d.buf[start:d.at:d.at])
	if err != nil {
		d.failRead(err)
		return
	}
	if len(rest) > 0 {
		d.fail(fmt.Errorf("%w: %T left %d bytes", ErrMalformed, v, len(rest)))
	}
}
