package codec

import "github.com/tinylib/msgp/msgp"

// mapHeader enters a map and returns its number of entries, which take at least
// two bytes each. What enters has to leave, so a nil counts as a level too.
func (d *Decoder) mapHeader() int {
	if b := d.buf[d.at:]; len(b) > 0 && b[0]>>4 == 0x80>>4 && d.depth > 0 { // up to 15 entries
		if n := int(b[0] & 0x0f); 2*n < len(b) {
			d.depth--
			d.at++
			return n
		}
	}
	return d.otherMapHeader()
}

// otherMapHeader is mapHeader for larger maps, and for what is none.
func (d *Decoder) otherMapHeader() int {
	if !d.enter() || d.Nil() {
		return 0
	}
	n, rest, err := msgp.ReadMapHeaderBytes(d.buf[d.at:])
	if err != nil {
		d.failRead(err)
		return 0
	}
	if int64(n) > int64(len(rest)/2) {
		d.fail(errShort)
		return 0
	}
	d.at = len(d.buf) - len(rest)
	return int(n) // fits: no more than the bytes that are left
}

// listHeader enters an array and returns its number of entries, which take at
// least one byte each.
func (d *Decoder) listHeader() int {
	if !d.enter() || d.Nil() {
		return 0
	}
	n, rest, err := msgp.ReadArrayHeaderBytes(d.buf[d.at:])
	if err != nil {
		d.failRead(err)
		return 0
	}
	if int64(n) > int64(len(rest)) {
		d.fail(errShort)
		return 0
	}
	d.at = len(d.buf) - len(rest)
	return int(n) // fits: no more than the bytes that are left
}
