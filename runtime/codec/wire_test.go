package codec

import (
	"errors"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

// samples has a value of every format of msgpack.
var samples = [][]byte{
	{0x00}, {0x7f}, {0xe0}, {0xff}, {0xc0}, {0xc2}, {0xc3},
	{0xcc, 1}, {0xcd, 1, 2}, {0xce, 1, 2, 3, 4}, {0xcf, 1, 2, 3, 4, 5, 6, 7, 8},
	{0xd0, 1}, {0xd1, 0xff, 2}, {0xd2, 1, 2, 3, 4}, {0xd3, 0xff, 2, 3, 4, 5, 6, 7, 8},
	{0xca, 1, 2, 3, 4}, {0xcb, 1, 2, 3, 4, 5, 6, 7, 8},
	{0xa0}, {0xa2, 'h', 'i'}, {0xd9, 1, 'x'}, {0xda, 0, 1, 'x'}, {0xdb, 0, 0, 0, 1, 'x'},
	{0xc4, 1, 'x'}, {0xc5, 0, 1, 'x'}, {0xc6, 0, 0, 0, 1, 'x'},
	{0xc7, 1, 5, 'x'}, {0xc8, 0, 1, 5, 'x'}, {0xc9, 0, 0, 0, 1, 5, 'x'},
	{0xd4, 5, 1}, {0xd5, 5, 1, 2}, {0xd6, 5, 1, 2, 3, 4}, {0xd7, 5, 1, 2, 3, 4, 5, 6, 7, 8},
	{0xd8, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	{0x90}, {0x92, 1, 0x91, 2}, {0xdc, 0, 1, 7}, {0xdd, 0, 0, 0, 1, 7},
	{0x80}, {0x81, 1, 2}, {0xde, 0, 1, 1, 2}, {0xdf, 0, 0, 0, 1, 1, 0x81, 2, 3},
}

// skip agrees with msgp's own Skip on every format, and on every cut.
func TestSkipLikeMsgp(t *testing.T) {
	for _, b := range samples {
		n, err := skip(append(b[:len(b):len(b)], 0x01), MaxDepth)
		if err != nil || n != len(b) {
			t.Errorf("% x: %d, %v", b, n, err)
		}
		for cut := range b {
			if _, err := skip(b[:cut:cut], MaxDepth); !errors.Is(err, ErrMalformed) {
				t.Errorf("% x: %v", b[:cut], err)
			}
		}
		rest, err := msgp.Skip(b)
		if err != nil || len(rest) > 0 {
			t.Errorf("% x is no sample: %v", b, err)
		}
	}
}

func TestSkipDepth(t *testing.T) {
	nested := []byte{0x91, 0x81, 1, 0x91, 0xc0}
	if n, err := skip(nested, 3); n != len(nested) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := skip(nested, 2); !errors.Is(err, ErrTooDeep) {
		t.Error(err)
	}
}

func TestUnusedByte(t *testing.T) {
	if _, err := skip([]byte{0xc1, 0, 0}, MaxDepth); !errors.Is(err, ErrMalformed) || errors.Is(err, errShort) {
		t.Error(err)
	}
}

func FuzzSkip(f *testing.F) {
	for _, b := range samples {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := skip(b, MaxDepth)
		rest, want := msgp.Skip(b)
		if errors.Is(err, ErrTooDeep) {
			return
		}
		if (err == nil) != (want == nil) || err == nil && n != len(b)-len(rest) {
			t.Fatalf("% x: %d, %v; msgp leaves %d, %v", b, n, err, len(rest), want)
		}
	})
}
