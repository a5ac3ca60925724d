package grid

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
			msg := encoded{flat: []byte(all[:at] + all[end:])}
			if end > at {
				msg.lent = &codec.Lent{At: at, Bytes: []byte(all[at:end])}
			}
			if msg.size() != len(all) {
				t.Fatalf("%d bytes", msg.size())
			}
			for from := range len(all) + 1 {
				for to := from; to <= len(all); to++ {
					if got := msg.appendRange([]byte("+"), from, to); !bytes.Equal(got, []byte("+"+all[from:to])) {
						t.Fatalf("%d:%d lent, %d:%d of it: %s", at, end, from, to, got)
					}
				}
			}
		}
	}
}
