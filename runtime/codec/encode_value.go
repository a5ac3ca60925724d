package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// The methods in this file write one value, zero or not: behind a key, or as an
// entry of a list or map.

// PutBool writes a bool.
func (e *Encoder) PutBool(v bool) { e.buf = msgp.AppendBool(e.buf, v) }

// PutInt writes an integer in its shortest form.
func (e *Encoder) PutInt(v int64) {
	if v >= 0 {
		e.PutUint(uint64(v))
		return
	}
	e.buf = msgp.AppendInt64(e.buf, v)
}

// PutUint writes an integer in its shortest form.
func (e *Encoder) PutUint(v uint64) {
	if v < 0x80 {
		e.buf = append(e.buf, byte(v))
		return
	}
	e.buf = msgp.AppendUint64(e.buf, v)
}

// PutFloat32 writes a float32.
func (e *Encoder) PutFloat32(v float32) { e.fixed32(0xca, math.Float32bits(v)) }

// PutFloat64 writes a float64 with all its bits.
func (e *Encoder) PutFloat64(v float64) { e.fixed64(0xcb, math.Float64bits(v)) }

// fixed32 writes a first byte and the four that it announces.
func (e *Encoder) fixed32(lead byte, v uint32) {
	e.buf = append(e.buf, lead, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// fixed64 writes a first byte and the eight that it announces.
func (e *Encoder) fixed64(lead byte, v uint64) {
	e.buf = append(e.buf, lead,
		byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// PutString writes a string.
func (e *Encoder) PutString(v string) { e.PutStringMax(v, math.MaxUint32) }

// PutStringMax writes a string of at most limit bytes.
func (e *Encoder) PutStringMax(v string, limit int64) {
	n := len(v)
	switch {
	case int64(n) > limit:
		e.tooLong(n, limit)
		return
	case n < 1<<5:
		e.buf = append(e.buf, 0xa0|byte(n))
	case n <= math.MaxUint8:
		e.buf = append(e.buf, 0xd9, byte(n))
	case n <= math.MaxUint16:
		e.buf = append(e.buf, 0xda, byte(n>>8), byte(n))
	default:
		e.fixed32(0xdb, uint32(n))
	}
	e.buf = append(e.buf, v...) // A copy: long values are mostly bytes, and only those are lent.
}

// PutBytes writes bytes.
func (e *Encoder) PutBytes(v []byte) { e.PutBytesMax(v, math.MaxUint32) }

// PutBytesMax writes bytes; more than limit bytes are an error.
func (e *Encoder) PutBytesMax(v []byte, limit int64) {
	n := len(v)
	switch {
	case int64(n) > limit:
		e.tooLong(n, limit)
		return
	case n <= math.MaxUint8:
		e.buf = append(e.buf, 0xc4, byte(n))
	case n <= math.MaxUint16:
		e.buf = append(e.buf, 0xc5, byte(n>>8), byte(n))
	default:
		e.fixed32(0xc6, uint32(n))
	}
	if n >= giveWay {
		e.putLong(v)
		return
	}
	e.buf = append(e.buf, v...) // A copy: so few bytes mostly travel in one frame, and a frame lends nothing.
}

func (e *Encoder) tooLong(n int, limit int64) { e.fail(tooMany(int64(n), limit, "bytes")) }

// PutTime writes a time as the shortest timestamp of msgpack that holds it; its
// zone is not kept. The function of msgp for this takes four times as long,
// because it rounds the time to find its seconds.
func (e *Encoder) PutTime(v time.Time) {
	sec, nsec := v.Unix(), uint32(v.Nanosecond())
	switch {
	case sec>>34 != 0:
		e.buf = append(e.buf, 0xc7, 12, 0xff)
		e.buf = binary.BigEndian.AppendUint32(e.buf, nsec)
		e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(sec))
	case nsec != 0 || sec>>32 != 0:
		e.buf = append(e.buf, 0xd7, 0xff)
		e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(nsec)<<34|uint64(sec))
	default:
		e.buf = append(e.buf, 0xd6, 0xff)
		e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(sec))
	}
}

// PutDuration writes a duration in nanoseconds.
func (e *Encoder) PutDuration(v time.Duration) { e.PutInt(int64(v)) }

// PutUUID writes a uuid as 16 bytes.
func (e *Encoder) PutUUID(v UUID) {
	e.buf = append(append(e.buf, 0xc4, 16), v[:]...)
}

// PutRaw writes one msgpack value as it is, or nil if v is empty. Anything other
// than exactly one value would spoil the message around it.
func (e *Encoder) PutRaw(v msgp.Raw) {
	if len(v) == 0 {
		e.buf = msgp.AppendNil(e.buf)
		return
	}
	n, err := skip(v, e.depth)
	if err != nil {
		e.fail(fmt.Errorf("raw value: %w", err))
		return
	}
	if n != len(v) {
		e.fail(fmt.Errorf("raw value: %w: %d bytes behind it", ErrMalformed, len(v)-n))
		return
	}
	e.buf = append(e.buf, v...) // A copy: as of a string.
}

// PutExtern writes a value with the value's own methods. They must write exactly
// one msgpack value.
func (e *Encoder) PutExtern(v msgp.Marshaler) {
	if e.err != nil {
		return
	}
	at := len(e.buf)
	buf, err := v.MarshalMsg(e.buf)
	if err != nil {
		e.fail(err)
		return
	}
	if len(buf) < at {
		e.fail(fmt.Errorf("%w: %T shortened the buffer", ErrMalformed, v))
		return
	}
	n, err := skip(buf[at:], e.depth)
	if err == nil && n != len(buf)-at {
		err = fmt.Errorf("%w: %d bytes behind it", ErrMalformed, len(buf)-at-n)
	}
	if err != nil {
		e.fail(fmt.Errorf("%T: %w", v, err))
		return
	}
	e.buf = buf
}

// PutList writes the header of a list of n entries; limit is the most that are
// allowed. If it reports true, the caller must write the entries and then call
// EndList.
func (e *Encoder) PutList(n int, limit int64) bool {
	if int64(n) > limit {
		e.fail(tooMany(int64(n), limit, "entries"))
	}
	if !e.enter() {
		return false
	}
	e.buf = msgp.AppendArrayHeader(e.buf, uint32(n))
	return true
}

// EndList ends a list that PutList or List began.
func (e *Encoder) EndList() { e.depth++ }

// PutMap writes the header of a map of n entries; limit is the most that are
// allowed. If it reports true, the caller must write the entries and then call
// EndMap.
func (e *Encoder) PutMap(n int, limit int64) bool {
	if int64(n) > limit {
		e.fail(tooMany(int64(n), limit, "entries"))
	}
	if !e.enter() {
		return false
	}
	e.buf = msgp.AppendMapHeader(e.buf, uint32(n))
	return true
}

// EndMap ends a map that PutMap or Map began.
func (e *Encoder) EndMap() { e.depth++ }
