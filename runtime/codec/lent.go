package codec

import "github.com/tinylib/msgp/msgp"

// LendFrom is the length in bytes from which a value of bytes may be lent instead
// of copied. Only messages that travel in chunks are lent. Two calls of 16 MiB side by side take 18.6 ms each instead of 21.9,
// 16 of 1 MiB 1.08 instead of 1.18 (BenchmarkLent in package grid).
const LendFrom = giveWay

// Lent is bytes that belong to an encoded message and were not copied to its
// buffer. Their place is at the offset At of the buffer, before the bytes that
// follow there.
type Lent struct {
	At    int
	Bytes []byte
	Done  func() // nil, or to be called when the bytes are not needed any more
}

// Len is how many bytes are lent; it is 0 for nil.
func (l *Lent) Len() int {
	if l == nil {
		return 0
	}
	return len(l.Bytes)
}

// Lend lets e leave the first value of LendFrom bytes or more where it is, and
// record it in l, which must be empty. Nobody may change these bytes while the
// message is in use.
func (e *Encoder) Lend(l *Lent) { e.lent = l }

// Lent returns what was lent, or nil if nothing was lent or something went wrong.
func (e *Encoder) Lent() *Lent {
	if e.err != nil || e.lent.Len() == 0 {
		return nil
	}
	return e.lent
}

// putLong appends bytes of a value that are many, unless they can be lent.
func (e *Encoder) putLong(v []byte) {
	if e.lent != nil && e.lent.Bytes == nil && len(v) >= LendFrom {
		e.lent.At, e.lent.Bytes = len(e.buf), v
		return
	}
	e.buf = appendSlowly(e.buf, v) // A copy: nobody has said that e may lend, or it has lent another value already.
}

// length is how many bytes the message has from a place in the buffer on.
func (e *Encoder) length(from int) int64 {
	n := int64(len(e.buf) - from)
	// What is lent by the message that begins at from lies behind its header. At
	// from itself ends what the message before it, in a list, has lent.
	if e.lent != nil && e.lent.At > from {
		n += int64(len(e.lent.Bytes))
	}
	return n
}

// MarshalLent appends m to b like MarshalMsg, and may lend long bytes of m
// instead of copying them. lent is nil if it did not.
func MarshalLent(m msgp.Marshaler, b []byte) (_ []byte, lent *Lent, err error) {
	g, ok := m.(interface{ EncodeGrid(e *Encoder) })
	if !ok || embeds(m) {
		b, err = m.MarshalMsg(b)
		return b, nil, err
	}
	var e Encoder
	e.Start(b, 0)
	e.Lend(new(Lent))
	g.EncodeGrid(&e)
	b, err = e.Done()
	return b, e.Lent(), err
}
