package codec

import (
	"fmt"
	"math"

	"github.com/tinylib/msgp/msgp"
)

// Key reads a field number. It returns -1 for a key that is not a field number,
// and 0 after an error. A message whose keys are all texts is an error: its
// writer has no numbers for keys, or another schema, and not one field would be
// found.
func (d *Decoder) Key() int {
	at := d.at
	if at < len(d.buf) {
		if number := d.buf[at]; number-1 < 0x7f {
			d.keyAt, d.at = at, at+1
			return int(number)
		}
	}
	return d.longKey()
}

// longKey is Key for every key but the numbers from 1 to 127.
func (d *Decoder) longKey() int {
	if d.atKey(textKeys) {
		return 0
	}
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

// TextKey reads a string key. The result refers to the input and is valid only
// until the next call. It is nil for a key that is not a string, and after an
// error. A message whose keys are all numbers is an error, just as one with texts
// is an error for Key.
func (d *Decoder) TextKey() []byte {
	if d.atKey(numberKeys) || d.err != nil || !d.whole() {
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

// AnyKey skips a key, in a message that has no fields.
func (d *Decoder) AnyKey() {
	d.keyAt = d.at
	d.Skip()
}

// keySort is a sort of keys that a message may be written with.
type keySort struct {
	has  func(lead byte) bool // whether a key of the sort begins so
	only string               // what is said of a message that has no others
}

var (
	textKeys = keySort{
		func(lead byte) bool {
			return lead>>5 == 0xa0>>5 || lead >= 0xd9 && lead <= 0xdb || lead >= 0xc4 && lead <= 0xc6
		},
		"all of its keys are texts, and fields have numbers here",
	}
	numberKeys = keySort{
		func(lead byte) bool {
			return lead < 0x80 || lead >= 0xe0 || lead >= 0xca && lead <= 0xd3
		},
		"all of its keys are numbers, and fields have texts for keys here",
	}
)

// atKey notes that a key begins here. If it is the first one of its message, and all
// keys are of the wrong sort, it fails and reports true.
func (d *Decoder) atKey(wrong keySort) bool {
	began := noKey - d.keyAt // the header of the map, if this is its first key
	d.keyAt = d.at
	if began < 0 || began >= d.at || d.at >= len(d.buf) || !wrong.has(d.buf[d.at]) {
		return false
	}
	h, ok := parseHead(d.buf[began:])
	if !ok || h.kind != kindMap || h.n == 0 || began+h.head != d.at || !d.only(wrong, h.n/2) {
		return false // or the first key of a message around an empty one
	}
	d.keyAt = noKey
	d.fail(fmt.Errorf("%w: %s", ErrMalformed, wrong.only))
	return true
}

// only reports whether the next entries of a map have keys of one sort. It stops at
// the first other one, so that no byte is looked at again for each level around it.
func (d *Decoder) only(sort keySort, entries int64) bool {
	b := d.buf[d.at:]
	for range entries {
		if len(b) == 0 || !sort.has(b[0]) {
			return false
		}
		for range 2 { // the key and its value
			n, err := skip(b, int(d.depth))
			if err != nil {
				return false // which whoever reads it will find
			}
			b = b[n:]
		}
	}
	return true
}
