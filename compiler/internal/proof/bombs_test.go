package proof

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/runtime/codec"
)

// allocated runs f and returns how many bytes it allocated.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// checkBound decodes b and checks the promise that n bytes of input never
// allocate more than 64 KiB + 256 × n, whatever comes of it.
func checkBound(t *testing.T, k kind, b []byte) error {
	t.Helper()
	v := k.make()
	var err error
	got := allocated(func() { _, err = v.UnmarshalMsg(b) })
	if bound := uint64(64<<10 + 256*len(b)); got > bound {
		t.Fatalf("%s: %d bytes of input allocate %d, the bound is %d (%v)\n% x", k.name, len(b), got, bound, err, b[:min(len(b), 40)])
	}
	return err
}

// hugeHeaders announce what does not follow.
var hugeHeaders = map[string][]byte{
	"array": {0xdd, 0xff, 0xff, 0xff, 0xff}, "map": {0xdf, 0xff, 0xff, 0xff, 0xff},
	"string": {0xdb, 0xff, 0xff, 0xff, 0xff}, "bin": {0xc6, 0xff, 0xff, 0xff, 0xff},
	"ext": {0xc9, 0xff, 0xff, 0xff, 0xff, 0xff}, "array 16": {0xdc, 0xff, 0xff}, "map 16": {0xde, 0xff, 0xff},
}

// keysOf are the keys that a message of the proof schemas may have, and one
// that none has.
func keysOf() [][]byte {
	var keys [][]byte
	for n := range 21 {
		keys = append(keys, []byte{byte(n)})
	}
	for _, s := range []string{"b", "i", "u8", "f", "data", "when", "id", "any", "tags", "table", "sub", "maybe", "subs", "x", "y"} {
		keys = append(keys, msgp.AppendString(nil, s))
	}
	return append(keys, msgp.AppendInt(nil, 300), []byte{0x61})
}

func TestHugeCounts(t *testing.T) {
	for _, k := range kinds {
		for name, header := range hugeHeaders {
			if err := checkBound(t, k, header); !errors.Is(err, codec.ErrMalformed) && !errors.Is(err, codec.ErrVariant) {
				t.Errorf("%s as %s: %v", k.name, name, err)
			}
			for _, key := range keysOf() {
				entry := append(append([]byte{0x81}, key...), header...)
				if err := checkBound(t, k, entry); err == nil {
					t.Errorf("%s: % x decodes", k.name, entry)
				}
				// The same inside a list, and with some of what was announced.
				inner := append(append([]byte{0x81}, key...), 0x91)
				if err := checkBound(t, k, append(append(inner, header...), make([]byte, 100)...)); err == nil {
					t.Errorf("%s: % x decodes", k.name, inner)
				}
			}
		}
	}
}

// Counts that are true, of values that take one byte each and much memory.
func TestCheapElements(t *testing.T) {
	const n = 5_000
	array, table := msgp.AppendArrayHeader(nil, n), msgp.AppendMapHeader(nil, n)
	bodies := [][]byte{
		append(bytes.Clone(array), bytes.Repeat([]byte{0xc0}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x80}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x90}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x91, 0xc0}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x81, 0xa0, 0xa0}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x81, 0x02, 0x80}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x81, 0x09, 0x80}, n)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0xa2, 'h', 'i'}, n)...),
		append(bytes.Clone(table), distinct(n, 0xc0)...),
		append(bytes.Clone(table), distinct(n, 0x80)...),
		append(bytes.Clone(table), distinct(n, 0x90)...),
	}
	for _, k := range kinds {
		for _, body := range bodies {
			for _, key := range keysOf() {
				_ = checkBound(t, k, append(append([]byte{0x81}, key...), body...))
			}
		}
	}
}

// distinct returns n entries of a map with keys that differ.
func distinct(n int, value byte) []byte {
	var b []byte
	for i := range n {
		b = append(msgp.AppendString(b, string([]byte{byte(i), byte(i >> 8), byte(i >> 16)})), value)
	}
	return b
}

func TestNesting(t *testing.T) {
	deep := bytes.Repeat([]byte{0x91}, 1<<20)
	for _, k := range kinds {
		for _, key := range keysOf() {
			if err := checkBound(t, k, append(append([]byte{0x81}, key...), deep...)); err == nil {
				t.Errorf("%s: a megabyte of nesting decodes", k.name)
			}
		}
	}
	trees := map[string][]byte{
		"left": {0x81, 0x02}, "children": {0x81, 0x03, 0x91}, "by name": {0x81, 0x04, 0x81, 0xa0},
		"branch": {0x81, 0x05, 0x81, 0x01}, "branches": {0x81, 0x05, 0x81, 0x02, 0x91},
	}
	for name, level := range trees {
		err := checkBound(t, kindOf(proof.NewTree), bytes.Repeat(level, 1<<18))
		if !errors.Is(err, codec.ErrTooDeep) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTruncation(t *testing.T) {
	for _, k := range kinds {
		for seed := range uint64(10) {
			b := encode(t, random(k, seed))
			for n := range b {
				if _, err := k.make().UnmarshalMsg(b[:n:n]); !errors.Is(err, codec.ErrMalformed) {
					t.Fatalf("%s: %d of %d bytes: %v", k.name, n, len(b), err)
				}
			}
			for _, n := range []int{len(b) / 2, len(b) - 1} {
				_ = checkBound(t, k, b[:n])
			}
		}
	}
}

// Bytes changed at random: any outcome, within the bound.
func TestMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, k := range kinds {
		for seed := range uint64(30) {
			b := encode(t, random(k, seed))
			for range 10 {
				bad := bytes.Clone(b)
				for range 1 + r.IntN(4) {
					bad[r.IntN(len(bad))] = byte(r.Uint32())
				}
				_ = checkBound(t, k, bad)
			}
		}
	}
}

func TestStreamBombs(t *testing.T) {
	deep := bytes.Repeat([]byte{0x91}, 1<<20)
	for _, k := range kinds {
		for name, b := range map[string][]byte{"nesting": deep, "count": hugeHeaders["array"], "bin": hugeHeaders["bin"], "unused": {0xc1}} {
			var err error
			got := allocated(func() { err = k.make().DecodeMsg(msgp.NewReader(bytes.NewReader(b))) })
			if err == nil || got > 256<<10 {
				t.Errorf("%s, %s: %v, %d bytes allocated", k.name, name, err, got)
			}
		}
	}
}
