package codec

import (
	"errors"
	"fmt"
	"math"

	"github.com/tinylib/msgp/msgp"
)

// Decoder reads one message from a buffer. It is a plain value that lives on the
// stack of its user: it does not escape through any of its methods. After the
// first error its buffer is empty and every method returns a zero value at once.
//
// It is part of the frame of every UnmarshalMsg, also on stacks of 2 KiB, so its
// fields are few and small.
type Decoder struct {
	buf    []byte // input; cut to nothing after an error
	size   int    // of the input
	at     int    // how much of buf is read; 0 after an error
	keyAt  int    // where the last key begins in buf; before the first one, and in a tuple, below 0
	budget int64  // bytes that may still be allocated
	depth  int32  // maps and arrays that may still be nested
	owned  bool   // the input may become part of the message; see UnmarshalOwned
	kept   bool   // it has
	err    error  // the first fault; set once
}

// noKey is what keyAt is before the first key of a message, less the place where the
// map of the message begins.
const noKey = -1

// The budget for allocations: what a decode of n bytes may allocate in all is
// freeBudget + budgetFactor * n. The reserve is for the error at the end.
const (
	freeBudget    = 64<<10 - budgetReserve
	budgetFactor  = 256
	budgetReserve = 2 << 10

	// maxBudget is what no input may ask for: on 32 bits 1 GiB. One of 16 MiB could
	// have more than there are addresses otherwise, and make panics.
	maxBudget = math.MaxInt >> 1
)

// NewDecoder returns a decoder that is already started.
func NewDecoder(b []byte) Decoder {
	var d Decoder
	d.Start(b)
	return d
}

// Start makes d, which must be zero, read the message at the beginning of b. It
// exists for the same reason as [Encoder.Start].
func (d *Decoder) Start(b []byte) {
	d.buf, d.size = b, len(b)
	d.keyAt, d.depth = noKey, MaxDepth
	d.budget = min(freeBudget+budgetFactor*int64(len(b)), maxBudget)
}

// OK reports whether nothing has gone wrong so far.
func (d *Decoder) OK() bool { return d.err == nil }

// Done returns what follows the message, or the whole input and the first error.
func (d *Decoder) Done() ([]byte, error) {
	if d.err != nil {
		return d.input(), d.err
	}
	return d.buf[d.at:], nil
}

// input returns all that there was to read, after an error too.
func (d *Decoder) input() []byte { return d.buf[:d.size] }

// fail keeps the first error, and where it happened, and empties the buffer.
func (d *Decoder) fail(err error) {
	if d.err != nil {
		return
	}
	fault := &Error{Err: err, Field: placeText(d.keyAt)}
	if d.keyAt >= 0 {
		fault.Field = keyText(d.input()[d.keyAt:])
	}
	d.err = fault
	d.buf, d.at = d.buf[:0], 0
}

// failRead is fail for an error of msgp, at the start of the value that it read.
func (d *Decoder) failRead(err error) {
	if err == msgp.ErrShortBytes {
		d.fail(shortOrOther(d.buf[d.at:]))
		return
	}
	d.fail(fmt.Errorf("%w: %w", ErrMalformed, err))
}

// Left returns how many bytes have not been read yet.
func (d *Decoder) Left() int { return len(d.buf) - d.at }

// Begin starts a message and returns how many entries its map has. A nil is a
// message without entries.
func (d *Decoder) Begin() int {
	d.keyAt = noKey - d.at
	return d.mapHeader()
}

// End ends the message with the given name.
func (d *Decoder) End(name string) {
	d.depth++
	if d.err != nil {
		d.within(name)
	}
}

// EndWithin is End for a message with a limit on its encoded size. left is the
// result of Left before Begin.
func (d *Decoder) EndWithin(name string, left int, limit int64) {
	if n := int64(left - d.Left()); n > limit && d.err == nil {
		d.keyAt = noKey
		d.fail(tooMany(n, limit, "bytes"))
	}
	d.End(name)
}

// errSecret is a fault of which no more is told.
var errSecret = fmt.Errorf("%w: the value is secret", ErrMalformed)

// Discreet ends a secret field: an error in the field says where it is, and not
// what was read.
func (d *Decoder) Discreet() {
	if fault, ok := d.err.(*Error); ok && errors.Is(fault.Err, ErrMalformed) {
		fault.Err = errSecret
	}
}

// within adds the name of a message to the error.
func (d *Decoder) within(name string) {
	if fault, ok := d.err.(*Error); ok {
		fault.within(name)
	}
}

// BeginUnion starts a union and reports whether a variant follows.
func (d *Decoder) BeginUnion() bool {
	n := d.Begin()
	if n > 1 {
		d.fail(fmt.Errorf("%w: %d variants", ErrVariant, n))
	}
	return n == 1
}

// Skip skips one value of any kind.
func (d *Decoder) Skip() {
	if d.err != nil {
		return
	}
	n, err := skip(d.buf[d.at:], int(d.depth))
	if err != nil {
		d.fail(err)
		return
	}
	d.at += n
}

// Nil skips a nil, and reports whether there was one.
func (d *Decoder) Nil() bool {
	if d.at < len(d.buf) && d.buf[d.at] == 0xc0 {
		d.at++
		return true
	}
	return false
}

// enter goes one level deeper.
func (d *Decoder) enter() bool {
	if d.err != nil {
		return false
	}
	d.depth--
	if d.depth < 0 {
		d.fail(errDepth)
		return false
	}
	return true
}

// charge takes n bytes from the budget for allocations, and what the allocator
// may round them up by: to a page, or a size class at most a quarter larger.
func (d *Decoder) charge(n int64) bool {
	d.budget -= n + min(n/4+16, 8<<10)
	return d.budget >= 0 || d.overBudget()
}

func (d *Decoder) overBudget() bool {
	d.fail(fmt.Errorf("%w: %d bytes", ErrBudget, d.size))
	return false
}
