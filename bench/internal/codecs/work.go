package codecs

import (
	"fmt"
	"slices"
)

// Codecs are the names of what is compared, Base the one that ratios are to.
const (
	Grid  = "gridc"
	MsgP  = "msgp"
	Tuple = "msgp-tuple"
	Proto = "protobuf"
	Base  = "vtprotobuf"
)

// Names are the codecs in the order of the tables.
var Names = []string{Base, Grid, MsgP, Tuple, Proto}

// Ops are what is measured: writing, reading into a new message, and reading
// into one that held the same.
var Ops = []string{"marshal", "unmarshal", "reuse"}

// Work is one value in one codec.
type Work struct {
	Codec, Value string
	message      codec
	buf          []byte // what it is written into, and read from
}

// codec is a message with the calls that its codec recommends.
type codec interface {
	// write encodes the message into the memory of b.
	write(b []byte) ([]byte, error)
	// read decodes b into a new message.
	read(b []byte) (codec, error)
	// again decodes b into this message.
	again(b []byte) error
	equal(other codec) bool
}

// Size is the length of the encoded value.
func (w *Work) Size() int { return len(w.buf) }

// Check makes a round trip of every kind, and fails unless the same comes back.
func (w *Work) Check() error {
	b, err := w.message.write(nil)
	if err != nil {
		return fmt.Errorf("%s %s: write: %w", w.Codec, w.Value, err)
	}
	w.buf = b
	got, err := w.message.read(slices.Clone(b))
	if err != nil {
		return fmt.Errorf("%s %s: read: %w", w.Codec, w.Value, err)
	}
	if !w.message.equal(got) {
		return fmt.Errorf("%s %s: what was read differs from what was written", w.Codec, w.Value)
	}
	for range 2 {
		if err := got.again(b); err != nil {
			return fmt.Errorf("%s %s: read again: %w", w.Codec, w.Value, err)
		}
		if !w.message.equal(got) {
			return fmt.Errorf("%s %s: what was read into a used message differs", w.Codec, w.Value)
		}
	}
	return nil
}

// Run does one operation n times.
func (w *Work) Run(op string, n int) (err error) {
	switch op {
	case "marshal":
		for ; n > 0 && err == nil; n-- {
			w.buf, err = w.message.write(w.buf)
		}
	case "unmarshal":
		for ; n > 0 && err == nil; n-- {
			_, err = w.message.read(w.buf)
		}
	case "reuse":
		for used := w.message; n > 0 && err == nil; n-- {
			err = used.again(w.buf)
		}
	default:
		err = fmt.Errorf("there is no operation %q", op)
	}
	return err
}
