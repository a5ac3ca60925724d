package secure

import "encoding/binary"

// headSize is the length of a record's header, of which the last two bytes are the length
// of what follows: RFC 8446, section 5.1, and RFC 5246, section 6.2.1.
const headSize = 5

// frame follows the records in a stream of ciphertext. Its zero value stands where one begins.
type frame struct {
	head [headSize]byte
	n    int // bytes of head that have passed
	left int // bytes behind head that have yet to come
}

// rest returns how many of b's bytes belong to the record in which b begins.
func (f *frame) rest(b []byte) int {
	if f.n == headSize {
		return min(f.left, len(b))
	}
	missing := headSize - f.n
	if len(b) < missing {
		return len(b)
	}
	head := f.head
	copy(head[f.n:], b)
	return min(missing+bodySize(head), len(b))
}

// pass notes that b has passed, which may be several records and parts of them.
func (f *frame) pass(b []byte) {
	for len(b) > 0 {
		if f.n < headSize {
			n := copy(f.head[f.n:], b)
			f.n, b = f.n+n, b[n:]
			if f.n < headSize {
				return
			}
			f.left = bodySize(f.head)
		}
		n := min(f.left, len(b))
		f.left, b = f.left-n, b[n:]
		if f.left == 0 {
			f.n = 0
		}
	}
}

func bodySize(head [headSize]byte) int { return int(binary.BigEndian.Uint16(head[3:])) }
