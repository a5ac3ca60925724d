package codec

import (
	"encoding/binary"
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

// whole reports whether the value that comes next is complete, and fails where it is
// not. msgp makes an int of each length before it compares it with the bytes that
// are there, which on 32 bits may be negative: it gets whole values only.
func (d *Decoder) whole() bool {
	b := d.buf[d.at:]
	h, ok := parseHead(b)
	if !ok {
		d.fail(badHead(b))
		return false
	}
	if _, ok := h.within(b); !ok {
		d.fail(errShort)
		return false
	}
	return true
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

// Float32 reads a float32, or another number that is exactly a float32.
func (d *Decoder) Float32() float32 {
	if b := d.buf[d.at:]; len(b) >= 5 && b[0] == 0xca {
		d.at += 5
		return math.Float32frombits(binary.BigEndian.Uint32(b[1:]))
	}
	return d.otherFloat32()
}

// otherFloat32 is Float32 for what is none.
func (d *Decoder) otherFloat32() float32 {
	if d.Nil() {
		return 0
	}
	if v, ok := d.narrowFloat(); ok {
		return v
	}
	if v, ok := d.intAsFloat(32); ok {
		return float32(v)
	}
	_, rest, err := msgp.ReadFloat32Bytes(d.buf[d.at:])
	d.took(rest, err)
	return 0
}

// Float64 reads a float64, a float32 that an older peer wrote, or an integer that
// is exactly a float64.
func (d *Decoder) Float64() float64 {
	if b := d.buf[d.at:]; len(b) >= 9 && b[0] == 0xcb {
		d.at += 9
		return math.Float64frombits(binary.BigEndian.Uint64(b[1:]))
	}
	return d.otherFloat64()
}

// otherFloat64 is Float64 for what is none.
func (d *Decoder) otherFloat64() float64 {
	if d.Nil() {
		return 0
	}
	if v, ok := d.float(); ok {
		return v
	}
	if v, ok := d.intAsFloat(64); ok {
		return v
	}
	_, rest, err := msgp.ReadFloat64Bytes(d.buf[d.at:])
	d.took(rest, err)
	return 0
}

// Time reads a timestamp: msgpack's own, or the older one of msgp. The result is
// in UTC.
func (d *Decoder) Time() time.Time {
	b := d.buf[d.at:]
	switch {
	case len(b) >= 10 && b[0] == 0xd7 && b[1] == 0xff:
		if v := binary.BigEndian.Uint64(b[2:]); v>>34 < 1e9 {
			d.at += 10
			return time.Unix(int64(v&(1<<34-1)), int64(v>>34)).UTC() // fits: 34 bits and 30
		}
	case len(b) >= 6 && b[0] == 0xd6 && b[1] == 0xff:
		d.at += 6
		return time.Unix(int64(binary.BigEndian.Uint32(b[2:])), 0).UTC()
	}
	return d.otherTime()
}

// otherTime is Time for what the shorter forms do not hold.
func (d *Decoder) otherTime() time.Time {
	if d.err != nil || d.Nil() {
		return time.Time{}
	}
	if !d.whole() {
		return time.Time{}
	}
	v, rest, err := msgp.ReadTimeUTCBytes(d.buf[d.at:])
	d.took(rest, err)
	if d.err != nil {
		return time.Time{}
	}
	return v
}

// UUID reads a uuid.
func (d *Decoder) UUID() UUID {
	if d.err != nil || d.Nil() {
		return UUID{}
	}
	data := d.bin()
	if d.err == nil && len(data) != len(UUID{}) {
		d.fail(fmt.Errorf("%w: uuid of %d bytes", ErrMalformed, len(data)))
	}
	if d.err != nil {
		return UUID{}
	}
	return UUID(data)
}

// Raw reads one value as it is, into the capacity of old. A nil reads as no value
// at all, because msgp writes nil for an empty msgp.Raw.
func (d *Decoder) Raw(old msgp.Raw) msgp.Raw {
	if d.Nil() {
		return old[:0]
	}
	start := d.at
	d.Skip()
	if d.err != nil || !d.charge(int64(d.at-start)) {
		return old[:0]
	}
	return append(old[:0], d.buf[start:d.at]...) // A copy: as in BytesMax.
}

// Extern reads a value with the value's own methods. The bytes that they get are
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
		d.at = start
		d.failRead(err)
		return
	}
	if len(rest) > 0 {
		d.fail(fmt.Errorf("%w: %T left %d bytes", ErrMalformed, v, len(rest)))
	}
}
