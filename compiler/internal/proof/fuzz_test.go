package proof

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/runtime/codec"
)

// FuzzDecode gives any bytes to every decoder, chosen by the first one. What
// decodes can be written again, unless a union has a variant that is unknown
// here, and decodes to an equal value then.
func FuzzDecode(f *testing.F) {
	for i, k := range kinds {
		for seed := range uint64(5) {
			if b, err := random(k, seed).MarshalMsg([]byte{byte(i)}); err == nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		k := kinds[int(data[0])%len(kinds)]
		v := k.make()
		if _, err := v.UnmarshalMsg(data[1:]); err != nil {
			var fault *codec.Error
			if !errors.As(err, &fault) {
				t.Fatalf("%s: error of type %T", k.name, err)
			}
			return
		}
		b, err := v.MarshalMsg(nil)
		if errors.Is(err, codec.ErrVariant) {
			return
		}
		if strings.HasPrefix(k.name, "forms.") && (errors.Is(err, codec.ErrTooDeep) || errors.Is(err, codec.ErrLimit)) {
			return // a tuple is written with all of its fields, however few came
		}
		if err != nil {
			t.Fatalf("%s: decoded, and then: %v", k.name, err)
		}
		again := k.make()
		if _, err := again.UnmarshalMsg(b); err != nil {
			t.Fatalf("%s: written again: %v", k.name, err)
		}
		if d := cmp.Diff(v, again, equal); d != "" {
			t.Fatalf("%s (-decoded +again):\n%s", k.name, d)
		}
	})
}

// FuzzPassedOn lets a message of Newer pass through Older, which keeps what it does not
// know: whatever Newer can read of some bytes, it reads of what Older makes of them.
func FuzzPassedOn(f *testing.F) {
	for seed := range uint64(20) {
		if b, err := random(kindOf(forms.NewNewer), seed).MarshalMsg(nil); err == nil {
			f.Add(b)
		}
	}
	f.Add([]byte{0x84, 7, 0xa1, 'x', 1, 5, 7, 0xa1, 'y', 3, 0x81, 10, 0x81, 1, 2})
	f.Add([]byte{0x82, 5, 0x92, 0xa1, 'x', 0xc3, 4, 0x92, 0xc0, 0x81, 0xcc, 200, 0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		want := forms.NewNewer()
		rest, err := want.UnmarshalMsg(data)
		if err != nil {
			return
		}
		between := forms.NewOlder()
		if _, err := between.UnmarshalMsg(data[:len(data)-len(rest)]); err != nil {
			t.Fatalf("read by Newer, and not by Older: %v", err)
		}
		b, err := between.MarshalMsg(nil)
		if errors.Is(err, codec.ErrTooDeep) || errors.Is(err, codec.ErrLimit) {
			return // see FuzzDecode
		}
		got := forms.NewNewer()
		if _, err := got.UnmarshalMsg(b); err != nil {
			t.Fatalf("not read after Older: %v", err)
		}
		if d := cmp.Diff(want, got, equal); d != "" {
			t.Fatalf("after Older (-sent +got):\n%s", d)
		}
	})
}
