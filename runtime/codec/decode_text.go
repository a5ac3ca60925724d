package codec

import (
	"encoding/binary"
	"math"

	"github.com/gridrpc/gridc/runtime/internal/recycle"
	"github.com/tinylib/msgp/msgp"
)

// The methods in this file read strings and bytes. A nil reads as none.

// String reads a string.
func (d *Decoder) String() string { return d.StringMax(math.MaxUint32) }

// StringMax reads a string of at most limit bytes.
func (d *Decoder) StringMax(limit int64) string {
	text := d.text()
	n := int64(len(text))
	if n == 0 || n > limit {
		return d.noText(n, limit)
	}
	if !d.charge(n) {
		return ""
	}
	return string(text) // A copy: the input goes back to the pool, and a string may not change.
}

// noText is what there is instead of a text that is empty or too long.
func (d *Decoder) noText(n, limit int64) string {
	if n > limit {
		d.tooLong(n, limit)
	}
	return ""
}

// text reads a string without copying it.
func (d *Decoder) text() []byte {
	if b := d.buf[d.at:]; len(b) > 0 {
		if lead := b[0]; lead>>5 == 0xa0>>5 { // up to 31 bytes
			if end := 1 + int(lead&0x1f); end <= len(b) {
				d.at += end
				return b[1:end]
			}
		} else if lead == 0xd9 && len(b) > 1 { // up to 255
			if end := 2 + int(b[1]); end <= len(b) {
				d.at += end
				return b[2:end]
			}
		}
	}
	return d.otherText()
}

// otherText is text for longer strings, and for what is none.
func (d *Decoder) otherText() []byte {
	if d.err != nil || d.Nil() {
		return nil
	}
	if !d.whole() {
		return nil
	}
	text, rest, err := msgp.ReadStringZC(d.buf[d.at:])
	d.took(rest, err)
	return text
}

// Bytes reads bytes into the capacity of old. The result is nil only if old is
// nil and nothing was read.
func (d *Decoder) Bytes(old []byte) []byte { return d.BytesMax(old, math.MaxUint32) }

// BytesMax reads bytes like Bytes; more than limit bytes are an error.
func (d *Decoder) BytesMax(old []byte, limit int64) []byte {
	data := d.bin()
	n := int64(len(data))
	if n > limit {
		d.tooLong(n, limit)
		return old[:0]
	}
	if n == 0 || !d.charge(n) {
		return old[:0]
	}
	// A copy: the message has memory of its own, and the input goes back to the pool. manyBytes
	// lets a message keep the input instead.
	if n > giveWay {
		return d.manyBytes(old, data)
	}
	if cap(old) < len(data) {
		if len(data) >= recycle.From {
			old = longBytes(len(data))
			copy(old, data)
			return old
		}
		own := make([]byte, len(data)) // append would need 112 bytes of stack
		copy(own, data)
		return own
	}
	old = old[:len(data)]
	copy(old, data)
	return old
}

// manyBytes returns bytes whose copy takes long, or that are not copied.
func (d *Decoder) manyBytes(old, data []byte) []byte {
	if cap(old) < len(data) {
		if d.mayKeep(data) {
			d.kept = true
			return data[:len(data):len(data)]
		}
		old = nil // for it must not grow by more than was charged
	}
	return appendSlowly(old[:0], data)
}

// OptionalBytes reads bytes that are nil if absent: a nil in the input gives nil,
// empty bytes give an empty slice.
func (d *Decoder) OptionalBytes() []byte { return d.OptionalBytesMax(math.MaxUint32) }

// OptionalBytesMax reads bytes like OptionalBytes; more than limit bytes are an
// error.
func (d *Decoder) OptionalBytesMax(limit int64) []byte {
	if d.Nil() || d.err != nil {
		return nil
	}
	return d.BytesMax([]byte{}, limit)
}

// bin reads bytes without copying them.
func (d *Decoder) bin() []byte {
	b := d.buf[d.at:]
	if len(b) >= 3 {
		head, n := 0, 0
		switch b[0] {
		case 0xc4:
			head, n = 2, int(b[1])
		case 0xc5:
			head, n = 3, int(binary.BigEndian.Uint16(b[1:]))
		}
		if end := head + n; head > 0 && end <= len(b) {
			d.at += end
			return b[head:end]
		}
	}
	return d.otherBin()
}

// otherBin is bin for longer bytes, and for what is none.
func (d *Decoder) otherBin() []byte {
	if d.err != nil || d.Nil() {
		return nil
	}
	if !d.whole() {
		return nil
	}
	data, rest, err := msgp.ReadBytesZC(d.buf[d.at:])
	d.took(rest, err)
	return data
}

func (d *Decoder) tooLong(n, limit int64) { d.fail(tooMany(n, limit, "bytes")) }
