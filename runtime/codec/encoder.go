package codec

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/tinylib/msgp/msgp"
)

// Encoder appends one message to a buffer. It is a plain value that lives on the
// stack of its user: it does not escape through any of its methods.
type Encoder struct {
	buf   []byte
	start int   // where the message begins in buf
	keyAt int   // where the last key begins in buf; before the first one, and in a tuple, below 0
	n     int   // entries written so far in the map that is being written
	depth int   // maps and arrays that may still be nested; below 0 in a message that may be dropped
	spare bool  // what begins next may be dropped, see Here
	err   error // the first fault; set once
	lent  *Lent // nil: everything is copied
}

// NewEncoder returns an encoder that is already started.
func NewEncoder(b []byte, size int) Encoder {
	var e Encoder
	e.Start(b, size)
	return e
}

// Start makes e, which must be zero, append to b and expect to need size bytes.
// Generated code uses it instead of NewEncoder. Returning an Encoder copies it,
// and then the processor has to wait (some 20 ns) before it can load in blocks
// what was just stored in words.
func (e *Encoder) Start(b []byte, size int) {
	e.buf, e.start = msgp.Require(b, Room(size)), len(b)
	e.keyAt, e.depth = noKey, MaxDepth
}

// maxRoom is the most that is made ready for a message before it is encoded.
const maxRoom = 64 << 20

// Room is how many bytes to reserve for a message whose Msgsize is size. Msgsize
// is code of the message, and a mistake in it must not use up the memory. If the
// message is longer, the buffer grows.
func Room(size int) int { return min(max(size, 0), maxRoom) }

// OK reports whether nothing has gone wrong so far.
func (e *Encoder) OK() bool { return e.err == nil }

// Done returns the buffer with the message, or the original buffer and the first
// error.
func (e *Encoder) Done() ([]byte, error) {
	if n := e.length(e.start); n > math.MaxInt {
		e.keyAt = noKey
		e.fail(tooMany(n, math.MaxInt, "bytes")) // what was lent and what was not, on 32 bits
	}
	if e.err != nil {
		return e.buf[:e.start], e.err
	}
	return e.buf, nil
}

// Allow stops e from writing anything if err is not nil. err is the result of the
// message's Validate.
func (e *Encoder) Allow(err error) {
	if e.err == nil {
		e.err = err
	}
}

// fail keeps the first error, and where it happened.
func (e *Encoder) fail(err error) {
	if e.err != nil {
		return
	}
	fault := &Error{Encoding: true, Err: err, Field: placeText(e.keyAt)}
	if e.keyAt >= 0 {
		fault.Field = keyText(e.buf[e.keyAt:])
	}
	e.err = fault
}

// within adds the name of a message to the error.
func (e *Encoder) within(name string) {
	if fault, ok := e.err.(*Error); ok {
		fault.within(name)
	}
}

// Mark is where a map with a reserved header begins, and what must be restored
// when it ends.
type Mark struct {
	at    int // of the header
	outer int // entries of the map around it
}

// Begin starts the map of a message with the given number of declared fields.
func (e *Encoder) Begin(fields int) Mark {
	m := Mark{at: len(e.buf), outer: e.n}
	e.n, e.keyAt = 0, noKey
	if e.spare {
		e.spare = false
		e.depth--
	} else if !e.enter() {
		return m
	}
	if fields <= 15 {
		e.buf = append(e.buf, 0x80)
	} else {
		e.buf = append(e.buf, 0xde, 0, 0)
	}
	return m
}

// End closes the map of the message with the given name: it puts the number of
// entries into the header.
func (e *Encoder) End(m Mark, name string) {
	if e.depth < 0 && e.n > 0 { // else it is dropped
		e.fail(errDepth)
	}
	if e.err != nil {
		e.within(name)
		return
	}
	if header := e.buf[m.at:]; header[0] == 0xde {
		binary.BigEndian.PutUint16(header[1:], uint16(e.n))
	} else {
		header[0] |= byte(e.n)
	}
	e.n = m.outer
	e.depth++
}

// EndWithin is End for a message with a limit on its encoded size.
func (e *Encoder) EndWithin(m Mark, name string, limit int64) {
	if n := e.length(m.at); n > limit {
		e.keyAt = noKey
		e.fail(tooMany(n, limit, "bytes"))
	}
	e.End(m, name)
}

// EndUnion closes the map of a union. If the union was decoded from a variant
// that is not known here, unknown is the number of that variant.
func (e *Encoder) EndUnion(m Mark, name string, unknown int) {
	switch {
	case e.n > 1:
		e.keyAt = noKey
		e.fail(fmt.Errorf("%w: %d variants are set", ErrVariant, e.n))
	case e.n == 0 && unknown != 0:
		e.fail(fmt.Errorf("%w: variant %d is not known here and its value was not kept", ErrVariant, unknown))
	}
	e.End(m, name)
}

// Key writes a field number. It reports false if something went wrong before;
// then the caller must leave out the value.
func (e *Encoder) Key(number int) bool {
	if e.err != nil {
		return false
	}
	e.keyAt = len(e.buf)
	e.number(number)
	return true
}

// TextKey is Key for a message with string keys.
func (e *Encoder) TextKey(key string) bool {
	if e.err != nil {
		return false
	}
	e.n++
	e.keyAt = len(e.buf)
	e.buf = msgp.AppendString(e.buf, key)
	return true
}

// DropEmpty removes the entry that was just written with Key or TextKey if its
// value is an empty map: the zero value of a message or union. The caller must
// pass the mark that Here returned before the key.
func (e *Encoder) DropEmpty(m Mark) {
	if e.err != nil {
		return
	}
	key := e.buf[m.at:]
	h, _ := parseHead(key)
	size, _ := h.within(key)
	value := key[size:]
	if empty := len(value) == 1 && value[0] == 0x80 || len(value) == 3 && value[0] == 0xde && value[1] == 0 && value[2] == 0; empty {
		e.buf = e.buf[:m.at]
		e.n--
	}
}

// Here returns the position of the next entry. That entry is a message or union,
// and DropEmpty removes it if it is zero. So it counts as a level only when
// something is found in it.
func (e *Encoder) Here() Mark {
	e.spare = e.depth <= 0 && e.err == nil
	return Mark{at: len(e.buf)}
}

// enter goes one level deeper.
func (e *Encoder) enter() bool {
	if e.err != nil {
		return false
	}
	if e.depth <= 0 {
		e.fail(errDepth)
		return false
	}
	e.depth--
	return true
}
