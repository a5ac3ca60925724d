// Package foreign has a type that was not generated here, as extern needs it.
package foreign

import "github.com/tinylib/msgp/msgp"

// Money is an array of a currency and an amount.
type Money struct {
	Currency string
	Amount   int64
}

// Slips is the currency of which each method panics that has to do with it.
const Slips = "slips"

func (m *Money) slip() {
	if m.Currency == Slips {
		panic("hunter2")
	}
}

// MarshalMsg appends m to b.
func (m *Money) MarshalMsg(b []byte) ([]byte, error) {
	m.slip()
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendString(b, m.Currency)
	return msgp.AppendInt64(b, m.Amount), nil
}

// UnmarshalMsg sets m to the value that b begins with.
func (m *Money) UnmarshalMsg(b []byte) ([]byte, error) {
	n, b, err := msgp.ReadArrayHeaderBytes(b)
	if err != nil {
		return b, err
	}
	if n != 2 {
		return b, msgp.ArrayError{Wanted: 2, Got: n}
	}
	if m.Currency, b, err = msgp.ReadStringBytes(b); err != nil {
		return b, err
	}
	m.slip()
	m.Amount, b, err = msgp.ReadInt64Bytes(b)
	return b, err
}

// Msgsize returns how many bytes m takes at most.
func (m *Money) Msgsize() int {
	return msgp.ArrayHeaderSize + msgp.StringPrefixSize + len(m.Currency) + msgp.Int64Size
}
