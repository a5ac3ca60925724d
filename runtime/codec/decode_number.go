package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// The methods in this file read numbers that another writer has given another
// form than the schema would: JavaScript has one type of number and writes 3.0 as
// the integer 3, Python has no float32, and what a script language computed is
// often a float that is whole. A number is taken in any form that says exactly
// which number it is; any other is an error that names it.

// exactFloat bounds the floats that are taken for an integer. From the next one
// on a float also stands for integers beside it, and nobody knows which was meant.
const exactFloat = 1 << 53

// float reads a float of either width, and reports whether there is one. It is 0
// where it was cut.
func (d *Decoder) float() (float64, bool) {
	b := d.buf[d.at:]
	if len(b) == 0 || b[0] != 0xca && b[0] != 0xcb {
		return 0, false
	}
	f, size := floatAt(b)
	if size == 0 {
		d.fail(errShort)
		return 0, true
	}
	d.at += size
	return f, true
}

// floatAt returns the float that b starts with, and its size: 0 for none.
func floatAt(b []byte) (f float64, size int) {
	switch {
	case len(b) >= 5 && b[0] == 0xca:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b[1:]))), 5
	case len(b) >= 9 && b[0] == 0xcb:
		return math.Float64frombits(binary.BigEndian.Uint64(b[1:])), 9
	default:
		return 0, 0
	}
}

// integerOf returns the integer that a float is.
func integerOf(f float64) (int64, bool) {
	if f >= -exactFloat && f <= exactFloat && f == math.Trunc(f) {
		return int64(f), true
	}
	return 0, false
}

// wholeFloat reads a float as the integer that it is, and reports whether there
// is a float at all.
func (d *Decoder) wholeFloat() (int64, bool) {
	f, is := d.float()
	if !is {
		return 0, false
	}
	v, ok := integerOf(f)
	if !ok {
		d.fail(fmt.Errorf("%w: the float %v is not exactly an integer", ErrMalformed, f))
	}
	return v, true
}

// intAsFloat reads an integer that a float of the width holds exactly, and
// reports whether there is an integer at all.
func (d *Decoder) intAsFloat(width int) (float64, bool) {
	h, ok := parseHead(d.buf[d.at:])
	if !ok || h.kind != kindUint && h.kind != kindInt {
		return 0, false
	}
	if h.kind == kindInt {
		v := d.Int64()
		if !isExact(width, uint64(-v)) {
			d.fail(fmt.Errorf("%w: no float%d is exactly the integer %d", ErrMalformed, width, v))
		}
		return float64(v), true
	}
	v := d.Uint64()
	if !isExact(width, v) {
		d.fail(fmt.Errorf("%w: no float%d is exactly the integer %d", ErrMalformed, width, v))
	}
	return float64(v), true
}

// isExact reports whether a float of the width holds an integer of the magnitude.
func isExact(width int, magnitude uint64) bool {
	precision := 53
	if width == 32 {
		precision = 24
	}
	return bits.Len64(magnitude)-bits.TrailingZeros64(magnitude) <= precision
}

// narrowFloat reads a float64 as the float32 that it is, and reports whether
// there is a float64 at all.
func (d *Decoder) narrowFloat() (float32, bool) {
	f, is := d.float()
	if !is {
		return 0, false
	}
	narrow := float32(f)
	if float64(narrow) != f && !math.IsNaN(f) {
		d.fail(fmt.Errorf("%w: the float64 %v is not exactly a float32", ErrMalformed, f))
		return 0, true
	}
	return narrow, true
}
