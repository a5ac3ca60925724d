package codec

import "math"

// Unknown is what was decoded but is not known here, as it came: entries of a
// message, or the variant of a union. A message or union has an Unknown if its
// schema says @keep, so that data from a newer peer is passed on. The zero value
// holds nothing.
type Unknown struct {
	entries int
	b       []byte // keys and values, of a tuple values
}

// Len is how many entries there are.
func (u *Unknown) Len() int { return u.entries }

// Size is how many bytes they take on the wire.
func (u *Unknown) Size() int { return len(u.b) }

// Emptied is u without entries; it keeps the memory.
func (u *Unknown) Emptied() Unknown { return Unknown{b: u.b[:0]} }

// leastKept is how many bytes an Unknown begins with.
const leastKept = 64

// Keep appends the current entry of d to u. If the entry has a key, the key is
// included.
func (d *Decoder) Keep(u *Unknown) {
	from := d.at
	if d.keyAt >= 0 {
		from = d.keyAt
	}
	d.Skip()
	if d.err != nil {
		return
	}
	if u.entries == DefaultLimit {
		d.fail(tooMany(DefaultLimit+1, DefaultLimit, "entries that are not known here"))
		return
	}
	entry := d.buf[from:d.at]
	if need := len(u.b) + len(entry); need > cap(u.b) {
		size := max(need, 2*cap(u.b), leastKept)
		if !d.charge(int64(size)) {
			return
		}
		u.b = append(make([]byte, 0, size), u.b...)
	}
	u.b = append(u.b, entry...) // A copy: the message has memory of its own, and the input goes back to the pool.
	u.entries++
}

// Kept writes the content of u after the fields of a message.
func (e *Encoder) Kept(u *Unknown) {
	if u.entries == 0 || e.err != nil {
		return
	}
	e.keyAt = noKey
	if n := int64(e.n) + int64(u.entries); n > math.MaxUint16 {
		e.fail(tooMany(n, math.MaxUint16, "entries"))
		return
	}
	for b := u.b; len(b) > 0; { // it may stand deeper than it came
		n, err := skip(b, e.depth)
		if err != nil {
			e.fail(err)
			return
		}
		b = b[n:]
	}
	e.n += u.entries
	e.buf = append(e.buf, u.b...) // A copy: as of a string.
}

// EndUnionKept is EndUnion for a union that keeps a variant that is not known
// here. That variant is written unless a known one was set.
func (e *Encoder) EndUnionKept(m Mark, name string, u *Unknown) {
	if e.n == 0 {
		e.Kept(u)
	}
	e.EndUnion(m, name, 0)
}
