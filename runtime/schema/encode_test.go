package schema

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tinylib/msgp/msgp"
)

func TestDecodeGivesBackWhatAppendWrote(t *testing.T) {
	for name, table := range map[string]*Table{"empty": {}, "sample": sample(), "one": oneField(typ(Bool)), "tuple": tupleOf(field("x", 1, typ(Int32)))} {
		got, err := Decode(Append(nil, table))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(table, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// tupleOf is a table of one tuple.
func tupleOf(fields ...Field) *Table {
	return &Table{Shapes: []Shape{{Kind: Message, Name: "p.T", Tuple: true, Limit: 9, Fields: fields, Reserved: []Range{{2, 3}}, Keys: []string{"old"}}}}
}

func TestDecodeRefusesUnsoundTuples(t *testing.T) {
	for name, table := range map[string]*Table{
		"a key":       tupleOf(Field{Name: "x", Key: "x", Type: *typ(Int32)}),
		"no place":    tupleOf(field("x", 0, typ(Int32))),
		"a far place": tupleOf(field("x", 1<<16, typ(Int32))),
		"a union":     {Shapes: []Shape{{Kind: Union, Name: "p.U", Tuple: true, Fields: []Field{field("x", 1, typ(Int32))}}}},
	} {
		if _, err := Decode(Append(nil, table)); err == nil || !strings.Contains(err.Error(), "tuple with a field") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeRefusesEveryTruncation(t *testing.T) {
	whole := Append(nil, sample())
	for n := range whole {
		if _, err := Decode(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes decoded", n, len(whole))
		}
	}
	if _, err := Decode(append(whole, 0)); err == nil {
		t.Error("a byte after the end was not noticed")
	}
}

func TestDecodeSkipsWhatALaterVersionAppends(t *testing.T) {
	b := Append(nil, &Table{})
	b[0]++ // one place more in the outermost array
	b = msgp.AppendBytes(b, []byte("later"))
	if _, err := Decode(b); err != nil {
		t.Fatal(err)
	}
	nested := append(bytes.Clone(b[:4]), 0x91, 0xc0)
	if _, err := Decode(nested); err == nil {
		t.Error("an array was skipped, whose depth nobody bounds")
	}
}

func TestDecodeRefusesUnsoundTables(t *testing.T) {
	tests := map[string]struct {
		edit func(*Table)
		want string
	}{
		"shape out of range":  {func(t *Table) { t.Handlers[0].Request.Shape = 99 }, "shape 99"},
		"negative shape":      {func(t *Table) { t.Handlers[0].Request.Shape = -1 }, "shape -1"},
		"shape of other kind": {func(t *Table) { t.Handlers[0].Request.Shape = 1 }, "not a known message"},
		"error without body":  {func(t *Table) { t.Handlers[0].Errors[0].Shape = 1 }, "has no message"},
		"handlers unsorted":   {func(t *Table) { t.Handlers[1].ID = 9 }, "ascending"},
		"handler id zero":     {func(t *Table) { t.Handlers[0].ID = 0 }, "id 0"},
		"enum of strings":     {func(t *Table) { t.Shapes[1].Base = String }, "enum of string"},
		"unknown kind":        {func(t *Table) { t.Shapes[0].Fields[0].Type.Kind = 60 }, "kind 60"},
		"field twice":         {func(t *Table) { t.Shapes[0].Fields[1].Number = 1 }, "field 1 twice"},
		"mixed keys":          {func(t *Table) { t.Shapes[0].Fields[1].Key = "k" }, "string keys"},
		"float map key":       {func(t *Table) { t.Shapes[0].Fields[3].Type.Key.Kind = Float64 }, "map key"},
		"capacity zero":       {func(t *Table) { t.Handlers[1].InCapacity = 0 }, "capacity"},
		"list without elem":   {func(t *Table) { t.Shapes[0].Fields[1].Type.Elem = nil }, "type is missing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			table := sample()
			tt.edit(table)
			_, err := Decode(Append(nil, table))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestDecodeBoundsWhatItAllocates(t *testing.T) {
	head := []byte{0x94, 0x01}
	bombs := map[string][]byte{
		"shapes":   append(bytes.Clone(head), 0xdd, 0xff, 0xff, 0xff, 0xff),
		"handlers": append(bytes.Clone(head), 0x90, 0xdd, 0x7f, 0xff, 0xff, 0xff),
		"name":     append(bytes.Clone(head), 0x91, 0x92, 23, 0xdb, 0xff, 0xff, 0xff, 0xff),
		"too long": make([]byte, MaxEncoded+1),
	}
	for name, b := range bombs {
		if _, err := Decode(b); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := allocated(func() { Decode(b) }); got > 64<<10 {
			t.Errorf("%s: %d bytes of input allocated %d", name, len(b), got)
		}
	}
	deep := append(bytes.Clone(head), 0x91, 0x96, 21, 0xa1, 'M', 0x91, 0x93, 0xa1, 'f', 1)
	for range 100_000 {
		deep = append(deep, 0x93, byte(List), 0xc2)
	}
	if _, err := Decode(deep); err == nil || !strings.Contains(err.Error(), "too deep") {
		t.Errorf("deep nesting: %v", err)
	}
}

// A length of 32 bits that is more than the table holds is an error wherever it
// stands, in elements of a later version too, and on 32 bits where no int holds it.
func TestDecodeRefusesLengthsOf32Bits(t *testing.T) {
	good := Append(nil, sample())
	later := bytes.Clone(good)
	later[0]++ // one place more in the outermost array
	for _, lead := range []byte{0xc6, 0xc9, 0xdb, 0xdd, 0xdf} {
		for _, length := range []uint32{1 << 30, 1<<31 - 6, 1<<31 - 1, 1 << 31, 1<<32 - 6, 1<<32 - 5, 1<<32 - 1} {
			wide := binary.BigEndian.AppendUint32([]byte{lead}, length)
			for at := range good {
				if _, err := Decode(slices.Concat(good[:at], wide, good[at:])); err == nil {
					t.Errorf("% x before byte %d: no error", wide, at)
				}
			}
			if _, err := Decode(slices.Concat(later, wide, good)); err == nil {
				t.Errorf("% x as an element of a later version: no error", wide)
			}
		}
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzDecode checks that whatever decodes is sound: it can be encoded again to
// the same table, hashed and compared without harm.
func FuzzDecode(f *testing.F) {
	f.Add(Append(nil, sample()))
	f.Add(Append(nil, oneField(mapOf(typ(Int8), opt(typ(Raw))))))
	f.Add([]byte{0x94, 0x01, 0x90, 0x90, 0x90})
	f.Fuzz(func(t *testing.T, b []byte) {
		if used := allocated(func() { Decode(b) }); used > 128<<10+256*uint64(len(b)) {
			t.Fatalf("%d bytes of input allocated %d", len(b), used)
		}
		table, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(Append(nil, table))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(table, again); diff != "" {
			t.Fatal(diff)
		}
		if Digest(table) != Digest(again) {
			t.Fatal("digests differ")
		}
		if v := NewReview(table, again).Table(); hasWire(v) {
			t.Fatalf("differs from itself: %v", v.Reason())
		}
		for _, h := range table.Handlers {
			NewSession(sample(), table).Handler(h.ID)
			NewSession(table, sample()).Handler(h.ID)
		}
	})
}

func hasWire(v Verdict) bool {
	for _, f := range v {
		if f.Rule.Level() == Wire && f.Rule != TooComplex && f.Rule != HandlerIDReused && f.Rule != FieldNumberReused {
			return true
		}
	}
	return false
}
