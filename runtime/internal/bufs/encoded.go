package bufs

import (
	"github.com/gridrpc/gridc/runtime/codec"
)

// Encoded is a message as it travels. Long bytes of it may have stayed where their
// owner has them: each end of an echo saves a copy of all of it (BenchmarkLent).
type Encoded struct {
	Flat []byte
	Lent *codec.Lent // nil: flat is all
}

func (e Encoded) Size() int { return len(e.Flat) + e.Lent.Len() }

// AppendRange appends the bytes from one place in the message to another.
//
// A copy: into the batch, which is one frame with one checksum and goes out in one write, with all else that
// waits. The dialer masks it in place, and must not mask the memory of whoever sends.
func (e Encoded) AppendRange(b []byte, from, to int) []byte {
	if e.Lent == nil {
		return append(b, e.Flat[from:to]...)
	}
	parts := [...][]byte{e.Flat[:e.Lent.At], e.Lent.Bytes, e.Flat[e.Lent.At:]}
	for _, p := range parts {
		if from < len(p) && from < to {
			b = append(b, p[from:min(to, len(p))]...)
		}
		from, to = max(from-len(p), 0), to-len(p)
	}
	return b
}
