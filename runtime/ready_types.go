package grid

import "strconv"

// NoPayload is a message of no bytes at all, for handlers that take or return
// nothing.
type NoPayload struct{}

// NewNoPayload returns a NoPayload.
func NewNoPayload() *NoPayload { return &NoPayload{} }

// MarshalMsg appends nothing.
func (*NoPayload) MarshalMsg(b []byte) ([]byte, error) { return b, nil }

// UnmarshalMsg reads nothing.
func (*NoPayload) UnmarshalMsg(b []byte) ([]byte, error) { return b, nil }

// Msgsize is 0.
func (*NoPayload) Msgsize() int { return 0 }

// Bytes is a message that is all bytes, without any encoding around them.
type Bytes []byte

// NewBytes returns an empty Bytes.
func NewBytes() *Bytes { return new(Bytes) }

// MarshalMsg appends the bytes as they are.
func (m *Bytes) MarshalMsg(b []byte) ([]byte, error) { return append(b, *m...), nil }

// UnmarshalMsg copies all of b.
func (m *Bytes) UnmarshalMsg(b []byte) ([]byte, error) {
	*m = append((*m)[:0], b...)
	return nil, nil
}

// Msgsize is the number of bytes.
func (m *Bytes) Msgsize() int { return len(*m) }

func itoa(n int) string { return strconv.Itoa(n) }
