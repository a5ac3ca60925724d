package grid

import "github.com/gridrpc/gridc/runtime/codec"

// encoded is a message as it travels. Long bytes of it may have stayed where their
// owner has them: with two callers of 16 MiB that saves four copies of as many
// (BenchmarkLent).
type encoded struct {
	flat []byte
	lent *codec.Lent // nil: flat is all
}

func (e encoded) size() int { return len(e.flat) + e.lent.Len() }

// appendRange appends the bytes from one place in the message to another.
func (e encoded) appendRange(b []byte, from, to int) []byte {
	if e.lent == nil {
		return append(b, e.flat[from:to]...)
	}
	parts := [...][]byte{e.flat[:e.lent.At], e.lent.Bytes, e.flat[e.lent.At:]}
	for _, p := range parts {
		if from < len(p) && from < to {
			b = append(b, p[from:min(to, len(p))]...)
		}
		from, to = max(from-len(p), 0), to-len(p)
	}
	return b
}

// marshal encodes a message into a pooled buffer. Where it may lend, the message
// must stay as it is until it has been sent.
func marshal(m Message, pool *bufferPool, mayLend bool) (encoded, error) {
	n := m.Msgsize()
	if mayLend && n >= codec.LendFrom {
		if whole, ok := any(m).(*Bytes); ok {
			return encoded{nil, &codec.Lent{Bytes: *whole}}, nil
		}
		b, lent, err := codec.MarshalLent(m, pool.get(n))
		return encoded{b, lent}, err
	}
	b, err := m.MarshalMsg(pool.get(n))
	return encoded{flat: b}, err
}
