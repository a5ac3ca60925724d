package codec

// PutEmpty writes a message without fields: the value of a variant that has no
// value.
func (e *Encoder) PutEmpty() { e.buf = append(e.buf, 0x80) }

// Empty reads a message, skips its fields, and reports whether there was a
// message. It is for a variant that had no value when the reader was generated. A
// nil is not a value.
func (d *Decoder) Empty() bool {
	if d.Nil() {
		return false
	}
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		d.AnyKey()
		d.Skip()
	}
	d.depth++
	return d.OK()
}
