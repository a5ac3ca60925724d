package proof

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/runtime/codec"
)

// A node between two newer ones passes on what it does not know: fields and variants, in
// messages, in unions, in tuples and with text keys.
func TestOlderNodePassesOn(t *testing.T) {
	k, unknown := kindOf(forms.NewNewer), 0
	used := forms.NewOlder()
	for seed := range uint64(rounds) {
		want := random(k, seed)
		for name, between := range map[string]*forms.Older{"fresh": forms.NewOlder(), "used": used} {
			decode(t, between, encode(t, want))
			b := encode(t, between)
			if size := between.Msgsize(); len(b) > size {
				t.Fatalf("it takes %d bytes, Msgsize says %d", len(b), size)
			}
			got := forms.NewNewer()
			decode(t, got, b)
			checkEqual(t, name, want, got)
			if between.Pick.Which() == forms.OlderPickUnknown {
				unknown++
			}
		}
	}
	if unknown < 10 {
		t.Errorf("only %d unions had a variant that is not known", unknown)
	}
}

// The same in the messages themselves.
func TestOlderMessagesPassOn(t *testing.T) {
	for _, x := range []struct{ newer, older kind }{
		{kindOf(forms.NewNewerPick), kindOf(forms.NewOlderPick)}, {kindOf(forms.NewNewerPair), kindOf(forms.NewOlderPair)},
		{kindOf(forms.NewNewerText), kindOf(forms.NewOlderText)}, {kindOf(forms.NewNewer), kindOf(forms.NewBlind)},
		{kindOf(forms.NewNewerText), kindOf(forms.NewBlind)}, {kindOf(forms.NewWorse), kindOf(forms.NewBad)},
	} {
		for seed := range uint64(rounds) {
			want, between, got := random(x.newer, seed), x.older.make(), x.newer.make()
			decode(t, between, encode(t, want))
			decode(t, got, encode(t, between))
			checkEqual(t, x.older.name, want, got)
		}
	}
}

// What is kept can be seen, given up and replaced.
func TestWhatIsKept(t *testing.T) {
	in := []byte{0x83, 1, 5, 9, 0xa1, 'x', 3, 0x81, 9, 0x81, 0xa1, 'k', 7}
	empty := encode(t, forms.NewOlder())
	v := forms.NewOlder()
	decode(t, v, in)
	if got, want := v.String(), `Older{A: 5, Pick: {unknown: 1 kept}, unknown: 1 kept}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	copied := *v
	decode(t, v, []byte{0x80})
	if b := encode(t, v); !bytes.Equal(b, empty) {
		t.Errorf("after an empty message: % x", b)
	}
	pick := forms.NewOlderPick()
	decode(t, pick, []byte{0x81, 9, 0x81, 0xa1, 'k', 7})
	number := uint32(3)
	pick.Number = &number
	if got, want := encode(t, pick), []byte{0x81, 1, 3}; !bytes.Equal(got, want) || pick.Which() != forms.OlderPickNumber {
		t.Errorf("with another variant: % x, want % x", got, want)
	}
	copied.Reset()
	if b := encode(t, &copied); !bytes.Equal(b, empty) {
		t.Errorf("after Reset: % x", b)
	}
}

// A reserved place of a tuple is nil again, whatever came in it.
func TestHolesAreNotKept(t *testing.T) {
	v := forms.NewOlderPair()
	decode(t, v, []byte{0x95, 0xa1, 'f', 0xa3, 'o', 'l', 'd', 2, 0xc0, 0xc3})
	if got, want := encode(t, v), []byte{0x95, 0xa1, 'f', 0xc0, 2, 0xc0, 0xc3}; !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// What is kept is bounded: by the limit of its message, by how many entries a message
// has, by how deep values are nested, and in memory by its length.
func TestWhatIsKeptIsBounded(t *testing.T) {
	entry := func(n int) []byte { return msgp.AppendBytes(msgp.AppendInt([]byte{0x81}, 5), make([]byte, n)) }
	tight := forms.NewTight()
	if _, err := tight.UnmarshalMsg(entry(60)); !errors.Is(err, codec.ErrLimit) {
		t.Errorf("over the limit of the message: %v", err)
	}
	decode(t, tight, entry(30))
	tight.Name = "longer than before"
	if _, err := tight.MarshalMsg(nil); !errors.Is(err, codec.ErrLimit) {
		t.Errorf("written over the limit: %v", err)
	}

	many := msgp.AppendMapHeader(nil, math.MaxUint16)
	for n := range math.MaxUint16 {
		many = append(msgp.AppendInt(many, 100+n), 0xc3)
	}
	for _, k := range []kind{kindOf(forms.NewOlder), kindOf(forms.NewBlind)} {
		if err := checkBound(t, k, many); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
	}
	blind, older := forms.NewBlind(), forms.NewOlder()
	decode(t, blind, many)
	if b := encode(t, blind); !bytes.Equal(b, many) {
		t.Errorf("%d bytes of %d are passed on", len(b), len(many))
	}
	decode(t, older, many)
	if _, err := older.MarshalMsg(nil); !errors.Is(err, codec.ErrLimit) || !strings.Contains(fmt.Sprint(err), "forms.Older: over the limit: 65536 entries, at most 65535") {
		t.Errorf("one entry more: %v", err)
	}
	more := append([]byte{0xdf, 0, 1, 0, 1}, many[3:]...)
	if err := checkBound(t, kindOf(forms.NewBlind), append(more, 0xcd, 1, 1, 1, 0xcd, 1, 2, 1)); !errors.Is(err, codec.ErrLimit) {
		t.Errorf("more than there may be: %v", err)
	}

	deep := append(bytes.Repeat([]byte{0x91}, codec.MaxDepth-1), 0x90)
	if err := checkBound(t, kindOf(forms.NewBlind), append([]byte{0x81, 1}, deep...)); !errors.Is(err, codec.ErrTooDeep) {
		t.Errorf("too deep: %v", err)
	}
	decode(t, older, append([]byte{0x81, 0x63}, deep[1:]...))
	list := &forms.Older{Picks: []forms.OlderPick{{}}}
	decode(t, &list.Picks[0], append([]byte{0x81, 0x63}, deep[1:]...))
	if _, err := list.MarshalMsg(nil); !errors.Is(err, codec.ErrTooDeep) {
		t.Errorf("deeper than it came: %v", err)
	}
}

// The same value has the same bytes, with its keys in order.
func TestSortedMaps(t *testing.T) {
	for _, k := range []kind{kindOf(forms.NewOrdered), kindOf(forms.NewOrderedPick), kindOf(forms.NewInner), kindOf(forms.NewLoose)} {
		for seed := range uint64(20) {
			first := encode(t, random(k, seed))
			for range 10 {
				if again := encode(t, random(k, seed)); !bytes.Equal(first, again) {
					t.Fatalf("%s: % x and % x", k.name, first, again)
				}
			}
		}
	}
	v := &forms.Ordered{Old: map[string]string{}}
	for n := range 60 {
		v.Old[fmt.Sprintf("k%02d", n)] = ""
	}
	at := 0
	for b := encode(t, v); len(b) > 0; b = b[1:] {
		if bytes.HasPrefix(b, fmt.Appendf(nil, "k%02d", at)) {
			at++
		}
	}
	if at != 60 {
		t.Errorf("only %d of 60 keys stand in order", at)
	}
}
