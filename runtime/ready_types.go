package grid

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/runtime/codec"
)

// readyLimit bounds the entries of a ready-made list or map, as the IDL does
// where no limit is given.
const readyLimit = 65536

// NoPayload is an empty message, for handlers that take or return nothing.
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

// NewBytesWith returns a Bytes that is b; it is not copied.
func NewBytesWith(b []byte) *Bytes { return (*Bytes)(&b) }

// MarshalMsg appends the bytes as they are.
func (m *Bytes) MarshalMsg(b []byte) ([]byte, error) {
	return append(b, *m...), nil // A copy: as in Encoder.PutBytesMax. What is longer is lent as a whole.
}

// UnmarshalMsg copies all of b.
func (m *Bytes) UnmarshalMsg(b []byte) ([]byte, error) {
	*m = append((*m)[:0], b...) // A copy: b goes back to the pool, and is not given away as to generated messages.
	return nil, nil
}

// Msgsize is the number of bytes.
func (m *Bytes) Msgsize() int { return len(*m) }

// MSS is a map of strings, at most 65,536 of them.
type MSS map[string]string

// NewMSS returns an empty MSS.
func NewMSS() *MSS { return NewMSSWith(make(map[string]string)) }

// NewMSSWith returns an MSS that is m; it is not copied.
func NewMSSWith(m map[string]string) *MSS { return (*MSS)(&m) }

// Get returns the value of key, or "".
func (m *MSS) Get(key string) string { return (*m)[key] }

// Set sets the value of key.
func (m *MSS) Set(key, value string) {
	if *m == nil {
		*m = make(MSS)
	}
	(*m)[key] = value
}

// MarshalMsg appends a msgpack map.
func (m *MSS) MarshalMsg(b []byte) ([]byte, error) {
	var e codec.Encoder
	e.Start(b, m.Msgsize())
	if e.PutMap(len(*m), readyLimit) {
		for k, v := range *m {
			e.PutString(k)
			e.PutString(v)
		}
		e.EndMap()
	}
	return e.Done()
}

// UnmarshalMsg replaces the contents by the map that b begins with.
func (m *MSS) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	n := d.Entries(readyLimit)
	*m = codec.Map(&d, *m, n)
	for ; n > 0 && d.OK(); n-- {
		k := d.String()
		(*m)[k] = d.String()
	}
	d.EndMap()
	return d.Done()
}

// Msgsize returns how many bytes the map takes at most.
func (m *MSS) Msgsize() int {
	n := msgp.MapHeaderSize
	for k, v := range *m {
		n += 2*msgp.StringPrefixSize + len(k) + len(v)
	}
	return n
}

// URLValues is url.Values as a message: a query, or a form.
type URLValues url.Values

// NewURLValues returns an empty URLValues.
func NewURLValues() *URLValues { return NewURLValuesWith(make(url.Values)) }

// NewURLValuesWith returns a URLValues that is v; it is not copied.
func NewURLValuesWith(v url.Values) *URLValues { return (*URLValues)(&v) }

// Values returns the contents; they are not copied.
func (u *URLValues) Values() url.Values { return url.Values(*u) }

// MarshalMsg appends a msgpack map of lists of strings.
func (u *URLValues) MarshalMsg(b []byte) ([]byte, error) {
	var e codec.Encoder
	e.Start(b, u.Msgsize())
	if e.PutMap(len(*u), readyLimit) {
		for k, list := range *u {
			e.PutString(k)
			if e.PutList(len(list), readyLimit) {
				for _, v := range list {
					e.PutString(v)
				}
				e.EndList()
			}
		}
		e.EndMap()
	}
	return e.Done()
}

// UnmarshalMsg replaces the contents by the map that b begins with.
func (u *URLValues) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	n := d.Entries(readyLimit)
	*u = codec.Map(&d, *u, n)
	for ; n > 0 && d.OK(); n-- {
		k := d.String()
		list := codec.List[string](&d, nil, readyLimit)
		for i := range list {
			list[i] = d.String()
		}
		d.EndList()
		(*u)[k] = list
	}
	d.EndMap()
	return d.Done()
}

// Msgsize returns how many bytes the values take at most.
func (u *URLValues) Msgsize() int {
	n := msgp.MapHeaderSize
	for k, list := range *u {
		n += msgp.StringPrefixSize + len(k) + msgp.ArrayHeaderSize
		for _, v := range list {
			n += msgp.StringPrefixSize + len(v)
		}
	}
	return n
}

// JSON is a message that travels as JSON, for types that have no msgp methods.
// It is slower and larger than they are.
type JSON[T any] struct{ Value T }

// NewJSON returns an empty JSON message; it is a constructor for handlers.
func NewJSON[T any]() *JSON[T] { return new(JSON[T]) }

// NewJSONWith returns a JSON message that holds v.
func NewJSONWith[T any](v T) *JSON[T] { return &JSON[T]{Value: v} }

// MarshalMsg appends the JSON text as msgpack bytes.
func (j *JSON[T]) MarshalMsg(b []byte) ([]byte, error) {
	text, err := json.Marshal(j.Value)
	if err != nil {
		return b, fmt.Errorf("grid: %w", err)
	}
	return msgp.AppendBytes(b, text), nil
}

// UnmarshalMsg replaces the value.
func (j *JSON[T]) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	text := d.Bytes(nil)
	rest, err := d.Done()
	if err != nil {
		return b, fmt.Errorf("grid: %w", err)
	}
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		return b, fmt.Errorf("grid: %w", err)
	}
	j.Value = v
	return rest, nil
}

// Msgsize is an estimate: the size is not known before the text is written.
func (j *JSON[T]) Msgsize() int { return 256 }

// Array is a list of messages, at most 65,536 of them.
type Array[T Message] struct {
	Items []T
	empty func() T
}

// NewArray returns a constructor for handlers: an empty Array whose elements are
// made by empty.
func NewArray[T Message](empty func() T) func() *Array[T] {
	return func() *Array[T] { return &Array[T]{empty: empty} }
}

// NewArrayWith returns an Array of items; they are not copied.
func NewArrayWith[T Message](items []T) *Array[T] { return &Array[T]{Items: items} }

// MarshalMsg appends a msgpack array.
func (a *Array[T]) MarshalMsg(b []byte) ([]byte, error) {
	if len(a.Items) > readyLimit {
		return b, fmt.Errorf("grid: an Array of %d elements, at most %d are allowed", len(a.Items), readyLimit)
	}
	b = msgp.AppendArrayHeader(b, uint32(len(a.Items)))
	for i, item := range a.Items {
		if isNil(item) {
			return b, fmt.Errorf("grid: element %d of an Array is nil", i)
		}
		var err error
		if b, err = item.MarshalMsg(b); err != nil {
			return b, err
		}
	}
	return b, nil
}

// UnmarshalMsg replaces the items. It allocates one element at a time, so memory grows
// only with the input.
func (a *Array[T]) UnmarshalMsg(b []byte) ([]byte, error) {
	n, b, err := msgp.ReadArrayHeaderBytes(b)
	switch {
	case err != nil:
		return b, fmt.Errorf("grid: %w", err)
	case n > readyLimit || uint64(n) > uint64(len(b)):
		return b, fmt.Errorf("grid: an Array of %d elements in %d bytes, at most %d are allowed", n, len(b), readyLimit)
	case a.empty == nil && n > 0:
		return b, fmt.Errorf("grid: this Array was not made by NewArray, so it cannot make elements")
	}
	a.Items = a.Items[:0]
	for range n {
		item := a.empty()
		if b, err = item.UnmarshalMsg(b); err != nil {
			return b, err
		}
		a.Items = append(a.Items, item)
	}
	return b, nil
}

// Msgsize returns how many bytes the list takes at most.
func (a *Array[T]) Msgsize() int {
	n := msgp.ArrayHeaderSize
	for _, item := range a.Items {
		if !isNil(item) {
			n += item.Msgsize()
		}
	}
	return n
}

// isNil reports whether a message is a nil pointer, or no value at all.
func isNil(m Message) bool {
	if m == nil {
		return true
	}
	v := reflect.ValueOf(m)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
