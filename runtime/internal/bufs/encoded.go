package bufs

import (
	"github.com/gridrpc/gridc/runtime/codec"
)

// Encoded is a message as it travels. Long bytes of it may have stayed where their
// owner has them: with two callers of 16 MiB that saves four copies of as many
// (BenchmarkLent).
type Encoded struct {
	Flat []byte
	Lent *codec.Lent // nil: flat is all
}

func (e Encoded) Size() int { return len(e.Flat) + e.Lent.Len() }

// AppendRange appends the bytes from one place in the message to another.
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
