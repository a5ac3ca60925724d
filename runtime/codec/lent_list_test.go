package codec

import (
	"bytes"
	"errors"
	"testing"
)

// parcels is a list of messages that have limits of their own.
type parcels []*parcel

func (v parcels) EncodeGrid(e *Encoder) {
	at := e.Begin(1)
	if e.List(1, len(v), 10) {
		for _, p := range v {
			p.EncodeGrid(e)
		}
		e.EndList()
	}
	e.End(at, "parcels")
}

func (v parcels) MarshalMsg(b []byte) ([]byte, error) {
	var e Encoder
	e.Start(b, 0)
	v.EncodeGrid(&e)
	return e.Done()
}

// What a message of a list lends counts for that one, and not for the next, which
// begins where the bytes would lie.
func TestLentCountsOnce(t *testing.T) {
	const limit = LendFrom + 100
	for _, c := range []struct {
		what string
		m    parcels
		fits bool
	}{
		{"the last one", parcels{{"n", nil, nil, 100}, {"n", nil, some(LendFrom), limit}}, true},
		{"the first one", parcels{{"n", nil, some(LendFrom), limit}, {"n", nil, nil, 100}}, true},
		{"one that is too large", parcels{{"n", nil, some(LendFrom), LendFrom}, {"n", nil, nil, 100}}, false},
	} {
		b, lent, err := MarshalLent(c.m, nil)
		if !c.fits {
			if !errors.Is(err, ErrLimit) {
				t.Errorf("%s: %v", c.what, err)
			}
			continue
		}
		flat, _ := c.m.MarshalMsg(nil)
		if err != nil || lent == nil || !bytes.Equal(whole(b, lent), flat) {
			t.Errorf("%s: lent %v, %v", c.what, lent != nil, err)
		}
	}
}
