package codec

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// encoded runs write as the fields of a message with the given number of
// declared fields.
func encoded(fields int, write func(e *Encoder)) ([]byte, error) {
	e := NewEncoder(nil, 0)
	at := e.Begin(fields)
	write(&e)
	e.End(at, "test.T")
	return e.Done()
}

func TestFields(t *testing.T) {
	for _, x := range []struct {
		name  string
		write func(e *Encoder)
		want  []byte
	}{
		{"nothing", func(e *Encoder) {}, []byte{0x80}},
		{"zeros", func(e *Encoder) {
			e.Bool(1, false)
			e.Int(2, 0)
			e.Uint(3, 0)
			e.Float32(4, 0)
			e.Float64(5, 0)
			e.String(6, "")
			e.Bytes(7, []byte{})
			e.Time(8, time.Time{})
			e.Duration(9, 0)
			e.UUID(10, UUID{})
			e.Raw(11, msgp.Raw{})
			e.Raw(12, msgp.Raw{0xc0})
			e.List(13, 0, 0)
			e.Map(14, 0, 0)
		}, []byte{0x80}},
		{"shortest", func(e *Encoder) { e.Int(1, 200); e.Int(2, -3); e.Uint(300, 1) },
			[]byte{0x83, 1, 0xcc, 200, 2, 0xfd, 0xcd, 1, 44, 1}},
		{"minus zero", func(e *Encoder) { e.Float32(1, float32(math.Copysign(0, -1))) },
			[]byte{0x81, 1, 0xca, 0x80, 0, 0, 0}},
		{"list", func(e *Encoder) {
			if e.List(1, 2, 2) {
				e.PutBool(true)
				e.PutBool(false)
				e.EndList()
			}
		}, []byte{0x81, 1, 0x92, 0xc3, 0xc2}},
		{"inner count", func(e *Encoder) {
			e.Uint(1, 5)
			if e.Key(2) {
				at := e.Begin(3)
				e.Uint(1, 6)
				e.Uint(2, 7)
				e.End(at, "test.Inner")
			}
		}, []byte{0x82, 1, 5, 2, 0x82, 1, 6, 2, 7}},
		{"empty inner", func(e *Encoder) {
			if at := e.Here(); e.TextKey("inner") {
				e.End(e.Begin(3), "test.Inner")
				e.DropEmpty(at)
			}
			if at := e.Here(); e.Key(200) {
				e.End(e.Begin(20), "test.Inner")
				e.DropEmpty(at)
			}
		}, []byte{0x80}},
	} {
		got, err := encoded(15, x.write)
		if err != nil || !bytes.Equal(got, x.want) {
			t.Errorf("%s: % x, want % x, %v", x.name, got, x.want, err)
		}
	}
}

func TestManyFields(t *testing.T) {
	got, err := encoded(16, func(e *Encoder) { e.Uint(1, 1) })
	if err != nil || !bytes.Equal(got, []byte{0xde, 0, 1, 1, 1}) {
		t.Errorf("% x, %v", got, err)
	}
}

// Times are written in the shortest form that holds them, which msgp reads.
func TestTimes(t *testing.T) {
	for _, x := range []struct {
		at   time.Time
		size int
	}{
		{time.Unix(0, 0), 6}, {time.Unix(math.MaxUint32, 0), 6}, {time.Unix(math.MaxUint32+1, 0), 10},
		{time.Unix(0, 1), 10}, {time.Unix(1<<34-1, 999_999_999), 10}, {time.Unix(1<<34, 0), 15},
		{time.Unix(-1, 0), 15}, {time.Unix(-1, 5), 15}, {time.Time{}, 15}, {time.Unix(1, 2).In(time.FixedZone("x", 3600)), 10},
	} {
		e := NewEncoder(nil, 0)
		e.PutTime(x.at)
		b, _ := e.Done()
		read, rest, err := msgp.ReadTimeBytes(b)
		if err != nil || len(rest) > 0 || len(b) != x.size || !read.Equal(x.at) {
			t.Errorf("%v: % x, %v, %v", x.at, b, read, err)
		}
		d := NewDecoder(b)
		if got := d.Time(); !got.Equal(x.at) || got.Location() != time.UTC {
			t.Errorf("%v became %v", x.at, got)
		}
	}
}

// After an error nothing more is written, and the first error is kept.
func TestStickyEncoder(t *testing.T) {
	e := NewEncoder([]byte("kept"), 0)
	at := e.Begin(3)
	e.StringMax(1, "long", 3)
	if e.Key(2) || e.TextKey("x") || e.OK() {
		t.Error("keys are written after an error")
	}
	if e.List(3, 5, 4) {
		t.Error("a list begins after an error")
	}
	e.End(at, "test.T")
	b, err := e.Done()
	var fault *Error
	if !errors.As(err, &fault) || fault.Field != "1" || fault.Type != "test.T" || !errors.Is(err, ErrLimit) {
		t.Errorf("%#v", err)
	}
	if string(b) != "kept" {
		t.Errorf("%q", b)
	}
}

// badExtern writes what it holds.
type badExtern []byte

func (x badExtern) MarshalMsg(b []byte) ([]byte, error) { return append(b, x...), nil }

type shortening struct{}

func (shortening) MarshalMsg([]byte) ([]byte, error) { return nil, nil }

func TestBadExtern(t *testing.T) {
	for name, x := range map[string]msgp.Marshaler{
		"nothing": badExtern{}, "two values": badExtern{1, 2}, "half a value": badExtern{0x92, 1}, "less than before": shortening{},
	} {
		_, err := encoded(1, func(e *Encoder) {
			if e.Key(1) {
				e.PutExtern(x)
			}
		})
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
