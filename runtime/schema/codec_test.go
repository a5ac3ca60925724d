package schema

import (
	"fmt"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/runtime/codec"
)

// scalars write one value of each kind that every reader of the same family can
// hold (of numbers: 1), and read it back as text that is equal only for equal values.
var scalars = map[Kind]struct {
	write func(*codec.Encoder)
	read  func(*codec.Decoder) string
}{
	Bool:     {func(e *codec.Encoder) { e.PutBool(true) }, func(d *codec.Decoder) string { return show("bool", d.Bool()) }},
	Int8:     {putOne, func(d *codec.Decoder) string { return show("number", d.Int8()) }},
	Int16:    {putOne, func(d *codec.Decoder) string { return show("number", d.Int16()) }},
	Int32:    {putOne, func(d *codec.Decoder) string { return show("number", d.Int32()) }},
	Int64:    {putOne, func(d *codec.Decoder) string { return show("number", d.Int64()) }},
	Uint8:    {putOne, func(d *codec.Decoder) string { return show("number", d.Uint8()) }},
	Uint16:   {putOne, func(d *codec.Decoder) string { return show("number", d.Uint16()) }},
	Uint32:   {putOne, func(d *codec.Decoder) string { return show("number", d.Uint32()) }},
	Uint64:   {putOne, func(d *codec.Decoder) string { return show("number", d.Uint64()) }},
	Float32:  {func(e *codec.Encoder) { e.PutFloat32(1) }, func(d *codec.Decoder) string { return show("number", d.Float32()) }},
	Float64:  {func(e *codec.Encoder) { e.PutFloat64(1) }, func(d *codec.Decoder) string { return show("number", d.Float64()) }},
	String:   {func(e *codec.Encoder) { e.PutString("x") }, func(d *codec.Decoder) string { return show("string", d.String()) }},
	Bytes:    {func(e *codec.Encoder) { e.PutBytes([]byte("x")) }, func(d *codec.Decoder) string { return show("bytes", d.Bytes(nil)) }},
	Time:     {func(e *codec.Encoder) { e.PutTime(time.Unix(1, 0)) }, func(d *codec.Decoder) string { return show("time", d.Time().Unix()) }},
	Duration: {putOne, func(d *codec.Decoder) string { return show("number", int64(d.Duration())) }},
	UUID:     {func(e *codec.Encoder) { e.PutUUID(codec.UUID{1}) }, func(d *codec.Decoder) string { u := d.UUID(); return show("bytes", u[:]) }},
}

func putOne(e *codec.Encoder) { e.PutInt(1) }

func show(family string, v any) string { return fmt.Sprint(family, " ", v) }

// For every pair of scalars the judge must say what the codec does: a handler
// is closed exactly where a value does not arrive.
func TestJudgeSaysWhatTheCodecDoes(t *testing.T) {
	for from, w := range scalars {
		e := codec.NewEncoder(nil, 0)
		w.write(&e)
		wire, err := e.Done()
		if err != nil {
			t.Fatal(err)
		}
		d := codec.NewDecoder(wire)
		sent := w.read(&d)
		for to, r := range scalars {
			d := codec.NewDecoder(wire)
			got := r.read(&d)
			rest, err := d.Done()
			arrives := err == nil && len(rest) == 0 && got == sent
			closed := len(NewSession(oneField(typ(from)), oneField(typ(to))).Handler(7)) > 0
			if arrives == closed {
				t.Errorf("%v read as %v: closed %v, but sent %s, got %s, %v", from, to, closed, sent, got, err)
			}
		}
		d = codec.NewDecoder(wire)
		if raw := d.Raw(nil); string(raw) != string(wire) {
			t.Errorf("%v read as raw: got %x, want %x", from, []byte(raw), wire)
		}
		if v := NewSession(oneField(typ(from)), oneField(typ(Raw))).Handler(7); len(v) > 0 {
			t.Errorf("%v read as raw: %s", from, v.Reason())
		}
		if lists := msgp.AppendArrayHeader(nil, 1); readsAs(w.read, append(lists, wire...)) {
			t.Errorf("a list of %v is read as one", from)
		}
	}
}

func readsAs(read func(*codec.Decoder) string, wire []byte) bool {
	d := codec.NewDecoder(wire)
	read(&d)
	rest, err := d.Done()
	return err == nil && len(rest) == 0
}
