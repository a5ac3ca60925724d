package codec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

// blob is a message with bytes, as generated code has it.
type blob struct {
	name string
	data []byte
}

func (v *blob) DecodeGrid(d *Decoder) {
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		switch d.Key() {
		case 1:
			v.name = d.String()
		case 2:
			v.data = d.Bytes(v.data)
		default:
			d.Skip()
		}
	}
	d.End("blob")
}

func (v *blob) UnmarshalMsg(b []byte) ([]byte, error) {
	var d Decoder
	d.Start(b)
	v.DecodeGrid(&d)
	return d.Done()
}

// foreign has the methods of msgp only.
type foreign struct{ blob }

func (v *foreign) DecodeGrid() {}

func encodedBlob(name, data int) []byte {
	b := msgp.AppendMapHeader(nil, 2)
	b = msgp.AppendString(msgp.AppendInt(b, 1), string(bytes.Repeat([]byte("n"), name)))
	return msgp.AppendBytes(msgp.AppendInt(b, 2), bytes.Repeat([]byte("d"), data))
}

// Long bytes that are most of their input stay where they are; all others are
// copied, and so is what fits the memory that the message has.
func TestUnmarshalOwned(t *testing.T) {
	for _, c := range []struct {
		what       string
		into       msgp.Unmarshaler
		name, data int
		kept       bool
	}{
		{"long bytes", new(blob), 10, OwnedFrom, true},
		{"half of the input", new(blob), OwnedFrom - 100, OwnedFrom, true},
		{"less than half", new(blob), OwnedFrom + 100, OwnedFrom, false},
		{"short", new(blob), 10, OwnedFrom / 2, false},
		{"into memory that is there", &blob{data: make([]byte, 0, OwnedFrom)}, 10, OwnedFrom, false},
		{"another generator's code", new(foreign), 10, OwnedFrom, false},
	} {
		b := encodedBlob(c.name, c.data)
		kept, err := UnmarshalOwned(c.into, b)
		if err != nil || kept != c.kept {
			t.Errorf("%s: kept %v, %v", c.what, kept, err)
		}
		var got *blob
		switch v := c.into.(type) {
		case *blob:
			got = v
		case *foreign:
			got = &v.blob
		}
		if len(got.name) != c.name || !bytes.Equal(got.data, bytes.Repeat([]byte("d"), c.data)) {
			t.Errorf("%s: a name of %d and %d bytes", c.what, len(got.name), len(got.data))
		}
		clear(b)
		if shares := got.data[0] == 0; shares != c.kept {
			t.Errorf("%s: shares memory with its input: %v", c.what, shares)
		}
		if c.kept && cap(got.data) != len(got.data) {
			t.Errorf("%s: an append would write into the input", c.what)
		}
	}
}

// Faults are the same as without.
func TestUnmarshalOwnedFails(t *testing.T) {
	whole := encodedBlob(10, OwnedFrom)
	for _, n := range []int{len(whole) - 1, OwnedFrom + 5} {
		if _, err := UnmarshalOwned(new(blob), whole[:n]); !errors.Is(err, errShort) {
			t.Errorf("%d bytes of %d: %v", n, len(whole), err)
		}
	}
}

// sealed adds something of its own to a generated message that it embeds.
type sealed struct {
	blob
	opened bool
}

func (v *sealed) UnmarshalMsg(b []byte) ([]byte, error) {
	v.opened = true
	return v.blob.UnmarshalMsg(b)
}

// What embeds a generated message has its DecodeGrid, but may have its own way to
// be decoded: that is used, however long the message is.
func TestUnmarshalOwnedOfWhatEmbeds(t *testing.T) {
	for _, data := range []int{10, OwnedFrom} {
		v := new(sealed)
		kept, err := UnmarshalOwned(v, encodedBlob(1, data))
		if err != nil || kept || !v.opened || len(v.data) != data {
			t.Errorf("%d bytes: kept %v, opened %v, %d bytes, %v", data, kept, v.opened, len(v.data), err)
		}
	}
}
