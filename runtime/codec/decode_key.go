package codec

import (
	"math"

	"github.com/tinylib/msgp/msgp"
)

// Key reads a field number. It returns -1 for a key that is no field number,
// and 0 after an error.
func (d *Decoder) Key() int {
	at := d.at
	d.keyAt = at
	if at < len(d.buf) {
		if number := d.buf[at]; number-1 < 0x7f {
			d.at = at + 1
			return int(number)
		}
	}
	return d.longKey()
}

// longKey is Key for every key but the numbers from 1 to 127.
func (d *Decoder) longKey() int {
	h, _ := parseHead(d.buf[d.at:])
	start := d.at
	d.Skip()
	if d.err != nil {
		return 0
	}
	if f, size := floatAt(d.buf[start:]); size > 0 { // a writer that has no integers
		if number, ok := integerOf(f); ok && number > 0 && number <= math.MaxInt32 {
			return int(number) // fits: compared
		}
		return -1
	}
	number := h.uint(d.buf[start:d.at])
	if h.kind != kindUint || number == 0 || number > math.MaxInt32 {
		return -1
	}
	return int(number) // fits: compared
}

// TextKey reads a string key. The result refers to the input and is only good
// until the next call; it is nil for a key that is no string and after an error.
func (d *Decoder) TextKey() []byte {
	d.keyAt = d.at
	if d.err != nil || !d.whole() {
		return nil
	}
	key, rest, err := msgp.ReadMapKeyZC(d.buf[d.at:])
	if err != nil {
		d.Skip()
		return nil
	}
	d.at = len(d.buf) - len(rest)
	return key
}
