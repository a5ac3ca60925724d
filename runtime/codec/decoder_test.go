package codec

import (
	"errors"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

func TestKeys(t *testing.T) {
	for _, x := range []struct {
		in   []byte
		want int
	}{
		{[]byte{1}, 1}, {[]byte{0x7f}, 127}, {[]byte{0xcc, 1}, 1}, {[]byte{0xcd, 1, 44}, 300}, {[]byte{0xd1, 1, 44}, 300},
		{[]byte{0xcf, 0, 0, 0, 0, 0, 0, 1, 44}, 300}, {[]byte{0xce, 0x7f, 0xff, 0xff, 0xff}, 1<<31 - 1},
		{[]byte{0}, -1}, {[]byte{0xff}, -1}, {[]byte{0xd0, 0x80}, -1}, {[]byte{0xa1, 1}, -1}, {[]byte{0xc0}, -1},
		{[]byte{0xce, 0x80, 0, 0, 0}, -1}, {[]byte{0xcf, 0, 0, 0, 1, 0, 0, 0, 1}, -1}, {[]byte{0x92, 1, 2}, -1},
	} {
		d := NewDecoder(append(x.in, 0x2a))
		if got := d.Key(); got != x.want || d.Uint8() != 42 || !d.OK() {
			t.Errorf("% x: %d, %v", x.in, got, d.err)
		}
	}
}

func TestTextKeys(t *testing.T) {
	d := NewDecoder([]byte{0xa1, 'x', 0xc4, 1, 'y', 7, 0xc0, 0xd9, 1, 'z'})
	for _, want := range []string{"x", "y", "", "", "z"} {
		if got := string(d.TextKey()); got != want || !d.OK() {
			t.Errorf("%q instead of %q, %v", got, want, d.err)
		}
	}
	if d.Left() != 0 {
		t.Errorf("%d bytes are left", d.Left())
	}
}

// After an error everything is zero at once, and the first error is kept.
func TestStickyDecoder(t *testing.T) {
	in := []byte{0x83, 1, 0xa1, 'x', 2, 5, 3, 6}
	d := NewDecoder(in)
	if n := d.Begin(); n != 3 || d.Key() != 1 {
		t.Fatal("the test is wrong")
	}
	if d.Uint8() != 0 || d.OK() {
		t.Error("a string is a number")
	}
	var p *int
	if d.Key() != 0 || d.TextKey() != nil || d.Int64() != 0 || d.String() != "" || d.Bool() || d.Float64() != 0 ||
		!d.Time().IsZero() || !d.UUID().IsZero() || d.Begin() != 0 || d.BeginUnion() || d.Entries(5) != 0 || d.Left() != 0 ||
		len(List[int](&d, nil, 5)) != 0 || New(&d, &p) || d.Raw(nil) != nil || d.Bytes(nil) != nil || d.OptionalBytes() != nil {
		t.Error("something is read after an error")
	}
	d.End("test.T")
	d.End("test.Root")
	rest, err := d.Done()
	var fault *Error
	if !errors.As(err, &fault) || fault.Type != "test.T" || fault.Root != "test.Root" || fault.Field != "1" {
		t.Errorf("%#v", err)
	}
	if len(rest) != len(in) {
		t.Errorf("%d bytes are left", len(rest))
	}
}

func TestBudget(t *testing.T) {
	type large [1000]byte
	in := append(msgp.AppendArrayHeader(nil, 1000), make([]byte, 1000)...)
	d := NewDecoder(in)
	if got := List[large](&d, nil, DefaultLimit); len(got) != 0 || !errors.Is(d.err, ErrBudget) {
		t.Errorf("%d elements, %v", len(got), d.err)
	}
}

// What is asked of the budget does not depend on whether the memory is there
// already, so that used and fresh values fail alike.
func TestBudgetOfUsed(t *testing.T) {
	in := append(msgp.AppendArrayHeader(nil, 300), make([]byte, 300)...)
	fresh, used := NewDecoder(in), NewDecoder(in)
	List[int64](&fresh, nil, DefaultLimit)
	List(&used, make([]int64, 300), DefaultLimit)
	if fresh.budget != used.budget {
		t.Errorf("%d, %d", fresh.budget, used.budget)
	}
	fresh, used = NewDecoder(in), NewDecoder(in)
	Map[int, int](&fresh, nil, 10)
	Map(&used, map[int]int{1: 1}, 10)
	if fresh.budget != used.budget {
		t.Errorf("%d, %d", fresh.budget, used.budget)
	}
}

// leaving reads nothing of what it gets.
type leaving struct{}

func (leaving) UnmarshalMsg(b []byte) ([]byte, error) { return b, nil }

func TestExternLeavesBytes(t *testing.T) {
	d := NewDecoder([]byte{5})
	if d.Extern(leaving{}); !errors.Is(d.err, ErrMalformed) {
		t.Error(d.err)
	}
}

// A remote key in an error is quoted and short.
func TestKeyInError(t *testing.T) {
	in := msgp.AppendString([]byte{0x81}, "a\nkey"+string(make([]byte, 1000)))
	d := NewDecoder(append(in, 0xc1))
	d.Begin()
	d.TextKey()
	d.Skip()
	d.End("test.T")
	if text := d.err.Error(); len(text) > 400 {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	const want = "decode test.T field \"a\\nkey"
	if text := d.err.Error(); text[:len(want)] != want {
		t.Error(text)
	}
}
