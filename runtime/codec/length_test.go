package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"unsafe"

	"github.com/tinylib/msgp/msgp"
)

// wideForms are the first bytes of values whose length has 32 bits.
var wideForms = map[string]byte{"bin 32": 0xc6, "ext 32": 0xc9, "str 32": 0xdb, "array 32": 0xdd, "map 32": 0xdf}

// wideLengths are those that an int of 32 bits does not hold, or not with what is
// added to them: a header, or for the two values of an entry, another of the same.
var wideLengths = []uint32{
	1<<30 - 1, 1 << 30, 1<<31 - 9, 1<<31 - 6, 1<<31 - 5, 1<<31 - 1, 1 << 31, 1<<31 + 1, 3 << 30, 1<<32 - 6, 1<<32 - 5, 1<<32 - 2, 1<<32 - 1,
}

// announcing is a value of a form and a length, of which only a little is there.
func announcing(form byte, length uint32) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{form}, length), bytes.Repeat([]byte{1}, 40)...)
}

// A length that is more than what came is an error, however large it is, for every
// reader of the decoder.
func TestLengthsOf32Bits(t *testing.T) {
	read := map[string]func(d *Decoder){
		"skip":           (*Decoder).Skip,
		"raw":            func(d *Decoder) { d.Raw(nil) },
		"extern":         func(d *Decoder) { d.Extern(new(msgp.Raw)) },
		"key":            func(d *Decoder) { d.Key() },
		"text key":       func(d *Decoder) { d.TextKey() },
		"message":        func(d *Decoder) { skipEntries(d, d.Begin()) },
		"union":          func(d *Decoder) { d.BeginUnion() },
		"list":           func(d *Decoder) { List[int64](d, nil, math.MaxUint32) },
		"list of bytes":  func(d *Decoder) { List[byte](d, nil, math.MaxUint32) },
		"map":            func(d *Decoder) { Map[string, string](d, nil, d.Entries(math.MaxUint32)) },
		"optional bytes": func(d *Decoder) { d.OptionalBytes() },
		"uuid":           func(d *Decoder) { d.UUID() },
	}
	for _, r := range readers {
		read[r.name] = func(d *Decoder) { r.grid(d) }
	}
	for form, lead := range wideForms {
		for _, length := range wideLengths {
			for name, one := range read {
				d := NewDecoder(announcing(lead, length))
				one(&d)
				if _, err := d.Done(); !errors.Is(err, ErrMalformed) {
					t.Errorf("%s of %d read as %s: %v", form, length, name, err)
				}
			}
		}
	}
}

func skipEntries(d *Decoder, n int) {
	for ; n > 0 && d.OK(); n-- {
		d.Key()
		d.Skip()
	}
}

// The same where the value is a key that an error repeats, and in a stream.
func TestLengthsOf32BitsElsewhere(t *testing.T) {
	for form, lead := range wideForms {
		for _, length := range wideLengths {
			in := announcing(lead, length)
			if text := keyText(in); text != "" {
				t.Errorf("%s of %d as a key in an error: %s", form, length, text)
			}
			var raw msgp.Raw
			err := ReadMsg(msgp.NewReader(bytes.NewReader(in)), &raw)
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrLimit) {
				t.Errorf("%s of %d in a stream: %v", form, length, err)
			}
		}
	}
}

// What a header says is read as it is.
func TestHeadsKeepLengths(t *testing.T) {
	for _, length := range wideLengths {
		for form, want := range map[string]head{
			"bin 32":   {kindOther, 5, int64(length), 0},
			"ext 32":   {kindOther, 6, int64(length), 0},
			"str 32":   {kindString, 5, int64(length), 0},
			"array 32": {kindArray, 5, 0, int64(length)},
			"map 32":   {kindMap, 5, 0, 2 * int64(length)},
		} {
			if got, ok := parseHead(announcing(wideForms[form], length)); !ok || got != want {
				t.Errorf("%s of %d: %+v, %v", form, length, got, ok)
			}
		}
	}
}

// No input may ask for more than an int counts, though its length would pay for it:
// here 24 MiB, each byte an element of 200.
func TestBudgetIsAnInt(t *testing.T) {
	if math.MaxInt > math.MaxInt32 {
		t.Skip("an int has more than 32 bits")
	}
	const n = 24 << 20
	in := append(msgp.AppendArrayHeader(nil, n), make([]byte, n)...)
	d := NewDecoder(in)
	if list := List[[200]byte](&d, nil, math.MaxUint32); len(list) != 0 || !errors.Is(d.err, ErrBudget) {
		t.Errorf("%d elements, %v", len(list), d.err)
	}
}

// A message that is lent in part may be longer than an int counts, though none of its
// parts is.
func TestLentLengthIsAnInt(t *testing.T) {
	if math.MaxInt > math.MaxInt32 {
		t.Skip("an int has more than 32 bits")
	}
	var one byte
	long := unsafe.Slice(&one, math.MaxInt-1000) // never read: it is lent
	for name, want := range map[string]error{"short": nil, string(some(2000)): ErrLimit} {
		_, lent, err := MarshalLent(&parcel{name, long, nil, math.MaxInt64}, nil)
		if !errors.Is(err, want) || (lent == nil) != (want != nil) {
			t.Errorf("with a name of %d bytes: %v, lent %v", len(name), err, lent != nil)
		}
	}
}
