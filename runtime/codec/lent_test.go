package codec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

// parcel is a message with two values of bytes, as generated code has it.
type parcel struct {
	name         string
	first, other []byte
	limit        int64 // of all of it
}

func (v *parcel) EncodeGrid(e *Encoder) {
	at := e.Begin(3)
	e.Bytes(1, v.first)
	e.String(2, v.name)
	e.Bytes(3, v.other)
	e.EndWithin(at, "parcel", v.limit)
}

func (v *parcel) MarshalMsg(b []byte) ([]byte, error) {
	var e Encoder
	e.Start(b, 0)
	v.EncodeGrid(&e)
	return e.Done()
}

// sealedParcel embeds a generated message and encodes itself in its own way.
type sealedParcel struct{ *parcel }

func (v sealedParcel) MarshalMsg(b []byte) ([]byte, error) { return append(b, "sealed"...), nil }

// whole puts a message together.
func whole(b []byte, l *Lent) []byte {
	if l == nil {
		return b
	}
	return bytes.Join([][]byte{b[:l.At], l.Bytes, b[l.At:]}, nil)
}

func some(n int) []byte { return bytes.Repeat([]byte("s"), n) }

// What is lent and what is not make the message that MarshalMsg makes.
func TestMarshalLent(t *testing.T) {
	long, short := some(LendFrom), some(LendFrom-1)
	for _, c := range []struct {
		what string
		m    msgp.Marshaler
		lent []byte
	}{
		{"long bytes", &parcel{"n", long, nil, LendFrom * 3}, long},
		{"long bytes at the end", &parcel{"n", nil, long, LendFrom * 3}, long},
		{"the first of two", &parcel{"n", long, some(LendFrom + 5), LendFrom * 3}, long},
		{"short bytes", &parcel{"n", short, short, LendFrom * 3}, nil},
		{"what encodes itself in its own way", sealedParcel{&parcel{"n", long, nil, LendFrom * 3}}, nil},
		{"another generator's", msgp.Raw(msgp.AppendBytes(nil, long)), nil},
	} {
		before := []byte("before")
		b, lent, err := MarshalLent(c.m, before)
		want, wantErr := c.m.MarshalMsg(before)
		if err != nil || wantErr != nil || !bytes.Equal(whole(b, lent), want) {
			t.Errorf("%s: %v, %v, another message than MarshalMsg's", c.what, err, wantErr)
		}
		switch {
		case lent.Len() != len(c.lent):
			t.Errorf("%s: %d bytes are lent, not %d", c.what, lent.Len(), len(c.lent))
		case lent != nil && &lent.Bytes[0] != &c.lent[0]:
			t.Errorf("%s: a copy is lent", c.what)
		}
	}
}

// What is lent counts where the size of a message is limited, and a fault leaves
// nothing behind.
func TestMarshalLentFails(t *testing.T) {
	for _, m := range []*parcel{{"n", some(LendFrom), nil, LendFrom}, {"n", nil, some(LendFrom), LendFrom}} {
		_, lent, err := MarshalLent(m, nil)
		_, want := m.MarshalMsg(nil)
		if !errors.Is(err, ErrLimit) || want == nil || err.Error() != want.Error() || lent != nil {
			t.Errorf("%v, want %v; lent: %d bytes", err, want, lent.Len())
		}
	}
}
