package bufs

import (
	"bytes"
	"testing"

	"github.com/gridrpc/gridc/runtime/codec"
)

// Every range of a message is the same, wherever the lent bytes lie in it.
func TestEncodedRanges(t *testing.T) {
	const all = "abcdefgh"
	for at := range len(all) + 1 {
		for end := at; end <= len(all); end++ {
			msg := Encoded{Flat: []byte(all[:at] + all[end:])}
			if end > at {
				msg.Lent = &codec.Lent{At: at, Bytes: []byte(all[at:end])}
			}
			if msg.Size() != len(all) {
				t.Fatalf("%d bytes", msg.Size())
			}
			for from := range len(all) + 1 {
				for to := from; to <= len(all); to++ {
					if got := msg.AppendRange([]byte("+"), from, to); !bytes.Equal(got, []byte("+"+all[from:to])) {
						t.Fatalf("%d:%d lent, %d:%d of it: %s", at, end, from, to, got)
					}
				}
			}
		}
	}
}
