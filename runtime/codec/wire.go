package codec

import (
	"encoding/binary"
	"fmt"
)

// kind is a family of msgpack values, as far as skipping and keys need it.
type kind uint8

const (
	kindOther  kind = iota // nil, bool, float, bin, extension
	kindUint               // an integer that is not negative
	kindInt                // a negative integer
	kindString             // str
	kindArray
	kindMap
)

// head describes the msgpack value that some bytes start with. What its sender says
// of lengths has 64 bits here: on 32 bits an int does not hold it.
type head struct {
	kind kind
	head int   // bytes of its header
	body int64 // bytes of its own content behind the header
	n    int64 // values that follow inside an array (n) or a map (2n)
}

// size is the bytes of the value without what is nested in it.
func (h head) size() int64 { return int64(h.head) + h.body }

// within returns the size of the value if it ends within b, in which it begins.
func (h head) within(b []byte) (int, bool) {
	size := h.size()
	return int(size), size <= int64(len(b)) // fits: no more than the length of b, or not used
}

// parseHead reads the header that b starts with; the content need not be there.
// It reports false when the header is cut short or its first byte is unused.
func parseHead(b []byte) (head, bool) {
	if len(b) == 0 {
		return head{}, false
	}
	lead := b[0]
	switch {
	case lead < 0x80:
		return head{kind: kindUint, head: 1}, true
	case lead < 0x90:
		return head{kind: kindMap, head: 1, n: 2 * int64(lead&0x0f)}, true
	case lead < 0xa0:
		return head{kind: kindArray, head: 1, n: int64(lead & 0x0f)}, true
	case lead < 0xc0:
		return head{kind: kindString, head: 1, body: int64(lead & 0x1f)}, true
	case lead >= 0xe0:
		return head{kind: kindInt, head: 1}, true
	}
	f := forms[lead-0xc0]
	if f.head == 0 || len(b) < f.head {
		return head{}, false
	}
	return f.parse(b)
}

// form is how a value with a first byte from 0xc0 to 0xdf is laid out.
type form struct {
	kind kind
	head int   // bytes of the header, of them
	size int   // bytes of a length, behind the first one
	body int64 // bytes of content, when there is no length
}

// parse reads the length of the value with this form that b starts with. Only
// extensions have something between length and content: one byte, their type.
func (f form) parse(b []byte) (head, bool) {
	h := head{kind: f.kind, head: f.head, body: f.body}
	length := int64(0)
	switch f.size {
	case 1:
		length = int64(b[1])
	case 2:
		length = int64(binary.BigEndian.Uint16(b[1:]))
	case 4:
		length = int64(binary.BigEndian.Uint32(b[1:]))
	}
	switch f.kind {
	case kindArray:
		h.n = length
	case kindMap:
		h.n = 2 * length
	case kindInt: // the sign is in the content
		if _, ok := h.within(b); !ok {
			return head{}, false
		}
		if b[1] < 0x80 {
			h.kind = kindUint
		}
	default:
		h.body += length
	}
	return h, true
}

// forms are the layouts of the first bytes from 0xc0 to 0xdf. The zero form is
// 0xc1, which msgpack never uses.
var forms = [0x20]form{
	0x00: {head: 1},                            // nil
	0x02: {head: 1},                            // false
	0x03: {head: 1},                            // true
	0x04: {head: 2, size: 1},                   // bin 8
	0x05: {head: 3, size: 2},                   // bin 16
	0x06: {head: 5, size: 4},                   // bin 32
	0x07: {head: 3, size: 1},                   // ext 8
	0x08: {head: 4, size: 2},                   // ext 16
	0x09: {head: 6, size: 4},                   // ext 32
	0x0a: {head: 1, body: 4},                   // float 32
	0x0b: {head: 1, body: 8},                   // float 64
	0x0c: {kind: kindUint, head: 1, body: 1},   // uint 8
	0x0d: {kind: kindUint, head: 1, body: 2},   // uint 16
	0x0e: {kind: kindUint, head: 1, body: 4},   // uint 32
	0x0f: {kind: kindUint, head: 1, body: 8},   // uint 64
	0x10: {kind: kindInt, head: 1, body: 1},    // int 8
	0x11: {kind: kindInt, head: 1, body: 2},    // int 16
	0x12: {kind: kindInt, head: 1, body: 4},    // int 32
	0x13: {kind: kindInt, head: 1, body: 8},    // int 64
	0x14: {head: 2, body: 1},                   // fixext 1
	0x15: {head: 2, body: 2},                   // fixext 2
	0x16: {head: 2, body: 4},                   // fixext 4
	0x17: {head: 2, body: 8},                   // fixext 8
	0x18: {head: 2, body: 16},                  // fixext 16
	0x19: {kind: kindString, head: 2, size: 1}, // str 8
	0x1a: {kind: kindString, head: 3, size: 2}, // str 16
	0x1b: {kind: kindString, head: 5, size: 4}, // str 32
	0x1c: {kind: kindArray, head: 3, size: 2},  // array 16
	0x1d: {kind: kindArray, head: 5, size: 4},  // array 32
	0x1e: {kind: kindMap, head: 3, size: 2},    // map 16
	0x1f: {kind: kindMap, head: 5, size: 4},    // map 32
}

// uint returns the value of an integer of kindUint that is complete in b.
func (h head) uint(b []byte) uint64 {
	if _, ok := h.within(b); !ok {
		return 0
	}
	switch h.body {
	case 1:
		return uint64(b[1])
	case 2:
		return uint64(binary.BigEndian.Uint16(b[1:]))
	case 4:
		return uint64(binary.BigEndian.Uint32(b[1:]))
	case 8:
		return binary.BigEndian.Uint64(b[1:])
	}
	return uint64(b[0])
}

var (
	errShort = fmt.Errorf("%w: it ends too early", ErrMalformed)
	errDepth = fmt.Errorf("%w: more than %d levels", ErrTooDeep, MaxDepth)
)

// skip returns how many bytes the first value in b takes, which may have depth
// levels of maps and arrays. Each step consumes at least one byte, so that a
// false count costs no more than the input is long.
func skip(b []byte, depth int) (int, error) {
	h, ok := parseHead(b)
	if !ok {
		return 0, badHead(b)
	}
	at, ok := h.within(b)
	if !ok {
		return 0, errShort
	}
	if h.kind != kindArray && h.kind != kindMap {
		return at, nil
	}
	if depth <= 0 {
		return 0, errDepth
	}
	for range h.n {
		n, err := skip(b[at:], depth-1)
		if err != nil {
			return 0, err
		}
		at += n
	}
	return at, nil
}

// badHead says why parseHead refused b.
func badHead(b []byte) error {
	if len(b) > 0 && b[0] == 0xc1 {
		return fmt.Errorf("%w: byte 0xc1 starts no value", ErrMalformed)
	}
	return errShort
}
