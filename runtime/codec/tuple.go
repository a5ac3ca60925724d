package codec

import (
	"math"
	"strconv"

	"github.com/tinylib/msgp/msgp"
)

// A tuple is a message that is an array: field n is its n-th entry, zero or not, and a
// field that is absent is nil. Of fewer entries than there are fields the rest is zero;
// entries behind the last field are skipped.

// firstPlace is what keyAt is in an entry of a tuple, less the number of the entry: below
// all that begins with noKey.
const firstPlace = -1 << 31

// placeText is the number of the entry that keyAt stands for, or "".
func placeText(keyAt int) string {
	if n := keyAt - firstPlace; keyAt < 0 && n >= 0 && n <= math.MaxUint16 {
		return strconv.Itoa(n)
	}
	return ""
}

// BeginTuple starts a tuple and returns how many entries it has. A nil is a tuple
// without entries. End follows.
func (d *Decoder) BeginTuple() int {
	d.keyAt = noKey
	return d.listHeader()
}

// Place records which entry of a tuple comes next, counted from 1, and returns
// its number.
func (d *Decoder) Place(n int) int {
	d.keyAt = firstPlace + min(n, math.MaxUint16)
	return n
}

// BeginTuple starts a tuple of n entries. The caller must write them and then
// call EndTuple.
func (e *Encoder) BeginTuple(n int) Mark {
	m := Mark{at: len(e.buf), outer: e.n}
	e.n, e.keyAt = 0, noKey
	if e.enter() {
		e.buf = msgp.AppendArrayHeader(e.buf, uint32(n))
	}
	return m
}

// Place records which entry of a tuple comes next, counted from 1, for a possible
// error. It reports false if something went wrong before; then the caller must
// leave out a message.
func (e *Encoder) Place(n int) bool {
	if e.err != nil {
		return false
	}
	e.keyAt = firstPlace + n
	return true
}

// PutNil writes nil: an entry of a tuple that is absent.
func (e *Encoder) PutNil() { e.buf = append(e.buf, 0xc0) }

// EndTuple ends the tuple with the given name.
func (e *Encoder) EndTuple(m Mark, name string) {
	if e.err != nil {
		e.within(name)
		return
	}
	e.n = m.outer
	e.depth++
}

// EndTupleWithin is EndTuple for a tuple with a limit on its encoded size.
func (e *Encoder) EndTupleWithin(m Mark, name string, limit int64) {
	if n := e.length(m.at); n > limit {
		e.keyAt = noKey
		e.fail(tooMany(n, limit, "bytes"))
	}
	e.EndTuple(m, name)
}
