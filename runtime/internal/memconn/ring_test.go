package memconn

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestRingIsAQueue compares a ring with the plainest queue there is, through
// growth, wrap-around and truncation.
func TestRingIsAQueue(t *testing.T) {
	for seed := range uint64(50) {
		luck := rand.New(rand.NewPCG(seed, 0))
		r := ring{limit: 1 + luck.IntN(3*firstRing)}
		var want []byte
		var next byte
		for range 500 {
			switch luck.IntN(10) {
			case 0:
				n := luck.IntN(r.n + 1)
				r.truncate(n)
				want = want[:n]
			case 1, 2, 3, 4:
				got := make([]byte, luck.IntN(r.limit+1))
				n := r.read(got)
				if n != min(len(got), len(want)) {
					t.Fatalf("seed %d: read %d of %d bytes into %d", seed, n, len(want), len(got))
				}
				if !bytes.Equal(got[:n], want[:n]) {
					t.Fatalf("seed %d: read other bytes than were written", seed)
				}
				want = want[n:]
			default:
				b := make([]byte, luck.IntN(r.room()+1))
				for i := range b {
					b[i], next = next, next+1
				}
				r.write(b)
				want = append(want, b...)
			}
			if r.n != len(want) || r.room() != r.limit-len(want) || len(r.buf) > r.limit {
				t.Fatalf("seed %d: holds %d (want %d), room %d, memory %d of %d", seed, r.n, len(want), r.room(), len(r.buf), r.limit)
			}
		}
	}
}

func TestRingWithoutBytesHasNoMemory(t *testing.T) {
	r := ring{limit: defaultBuffer}
	if n := r.read(make([]byte, 8)); n != 0 || r.buf != nil {
		t.Fatalf("read %d bytes, memory %d", n, len(r.buf))
	}
	r.write(make([]byte, 10))
	if len(r.buf) != firstRing {
		t.Fatalf("ten bytes took %d bytes of memory", len(r.buf))
	}
}
