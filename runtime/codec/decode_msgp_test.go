package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// reader reads a value of one kind with a decoder, and the same with msgp.
type reader struct {
	name string
	grid func(d *Decoder) any
	msgp func(b []byte) (any, []byte, error)
}

func readerOf[T any](name string, grid func(d *Decoder) T, read func(b []byte) (T, []byte, error)) reader {
	return reader{name, func(d *Decoder) any { return grid(d) }, func(b []byte) (any, []byte, error) { return untyped(read(b)) }}
}

// ask is msgp's answer. On 32 bits msgp 1.6.5 panics where a length has its top bit
// set; that counts as an error.
func (r reader) ask(b []byte) (v any, rest []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("msgp panics: %v", p)
		}
	}()
	return r.msgp(b)
}

func untyped[T any](v T, rest []byte, err error) (any, []byte, error) { return v, rest, err }

// readers are the kinds that the decoder reads in a way of its own.
var readers = []reader{
	readerOf("bool", (*Decoder).Bool, msgp.ReadBoolBytes),
	readerOf("int8", (*Decoder).Int8, msgp.ReadInt8Bytes),
	readerOf("int16", (*Decoder).Int16, msgp.ReadInt16Bytes),
	readerOf("int32", (*Decoder).Int32, msgp.ReadInt32Bytes),
	readerOf("int64", (*Decoder).Int64, msgp.ReadInt64Bytes),
	readerOf("uint8", (*Decoder).Uint8, msgp.ReadUint8Bytes),
	readerOf("uint16", (*Decoder).Uint16, msgp.ReadUint16Bytes),
	readerOf("uint32", (*Decoder).Uint32, msgp.ReadUint32Bytes),
	readerOf("uint64", (*Decoder).Uint64, msgp.ReadUint64Bytes),
	readerOf("float32", func(d *Decoder) uint32 { return math.Float32bits(d.Float32()) }, func(b []byte) (uint32, []byte, error) {
		v, rest, err := msgp.ReadFloat32Bytes(b)
		return math.Float32bits(v), rest, err
	}),
	readerOf("float64", func(d *Decoder) uint64 { return math.Float64bits(d.Float64()) }, func(b []byte) (uint64, []byte, error) {
		v, rest, err := msgp.ReadFloat64Bytes(b)
		return math.Float64bits(v), rest, err
	}),
	readerOf("time", (*Decoder).Time, msgp.ReadTimeUTCBytes),
	readerOf("string", (*Decoder).String, msgp.ReadStringBytes),
	readerOf("bytes", func(d *Decoder) string { return string(d.Bytes(nil)) }, func(b []byte) (string, []byte, error) {
		v, rest, err := msgp.ReadBytesZC(b)
		return string(v), rest, err
	}),
}

// checkReaders reads b as each kind, and compares with what msgp makes of it. Two
// differences are meant to be: a nil, and a number in another form than msgp looks
// for, which has to be read as exactly that number.
func checkReaders(t *testing.T, b []byte) {
	if len(b) > 0 && b[0] == 0xc0 {
		return
	}
	for _, r := range readers {
		d := NewDecoder(b)
		got := r.grid(&d)
		rest, err := d.Done()
		want, wantRest, wantErr := r.ask(b)
		switch {
		case err == nil && wantErr != nil && isSameNumber(b, got, r.name):
		case (err == nil) != (wantErr == nil):
			t.Errorf("% x as %s: %v, msgp says %v", b, r.name, err, wantErr)
		case err == nil && (got != want || !bytes.Equal(rest, wantRest)):
			t.Errorf("% x as %s: %v and %d bytes left, msgp has %v and %d", b, r.name, got, len(rest), want, len(wantRest))
		}
	}
}

// isSameNumber reports whether what was read as a kind is exactly the number that b
// begins with.
func isSameNumber(b []byte, got any, kind string) bool {
	sent, rest, err := msgp.ReadIntfBytes(b)
	if err != nil || len(rest) == len(b) {
		return false
	}
	switch kind {
	case "float32":
		got = math.Float32frombits(got.(uint32))
	case "float64":
		got = math.Float64frombits(got.(uint64))
	}
	a, okA := exactly(sent)
	c, okC := exactly(got)
	return okA && okC && a == c
}

// exactly is a number as text that is equal only for equal numbers.
func exactly(v any) (string, bool) {
	switch v := reflect.ValueOf(v); {
	case v.CanInt():
		return new(big.Float).SetInt64(v.Int()).Text('p', 0), true
	case v.CanUint():
		return new(big.Float).SetUint64(v.Uint()).Text('p', 0), true
	case v.CanFloat() && math.IsNaN(v.Float()):
		return "NaN", true
	case v.CanFloat():
		return new(big.Float).Add(big.NewFloat(v.Float()), new(big.Float)).Text('p', 0), true // −0 is 0
	default:
		return "", false
	}
}

// Every first byte, with content of every length that matters, and content that
// is small, large and negative.
func TestReadsAsMsgpDoes(t *testing.T) {
	for _, fill := range []byte{0x01, 0x7f, 0x80, 0xff} {
		content := bytes.Repeat([]byte{fill}, 32)
		for lead := range 256 {
			for _, n := range []int{0, 1, 2, 3, 4, 5, 8, 9, 14, 31, 32} {
				checkReaders(t, append([]byte{byte(lead)}, content[:n]...))
			}
		}
	}
}

func TestReadsTimesAsMsgpDoes(t *testing.T) {
	for _, nsec := range []uint64{0, 1, 999_999_999, 1_000_000_000, 1<<30 - 1} {
		for _, sec := range []uint64{0, 1, 1<<32 - 1, 1 << 32, 1<<34 - 1} {
			checkReaders(t, binary.BigEndian.AppendUint64([]byte{0xd7, 0xff}, nsec<<34|sec))
		}
	}
	checkReaders(t, msgp.AppendTime(nil, time.Unix(-5, 7)))
}

// Lengths around the ends of each form.
func TestReadsLengthsAsMsgpDoes(t *testing.T) {
	for _, n := range []int{0, 1, 31, 32, 255, 256, 65_535, 65_536} {
		text := bytes.Repeat([]byte{'x'}, n)
		for _, b := range [][]byte{msgp.AppendStringFromBytes(nil, text), msgp.AppendBytes(nil, text)} {
			checkReaders(t, b)
			checkReaders(t, append(b, 7))
			checkReaders(t, b[:len(b)-1])
		}
	}
}

func FuzzReadsAsMsgpDoes(f *testing.F) {
	f.Add([]byte{0xcf, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(msgp.AppendTime(nil, time.Unix(1, 2)))
	f.Add(msgp.AppendString(nil, "a string of more than thirty-one bytes"))
	f.Fuzz(func(t *testing.T, b []byte) { checkReaders(t, b) })
}
