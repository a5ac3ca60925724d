package schema

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tinylib/msgp/msgp"
)

// MaxEncoded is the size in bytes of the largest table that [Decode] accepts.
const MaxEncoded = 1 << 20

// maxTypeDepth is how far lists and maps nest inside one type.
const maxTypeDepth = 64

// Decode reads a table that [Append] wrote. The bytes may be hostile: a small
// multiple of their length bounds what Decode allocates. A table that it returns
// without an error is sound: every index is in range, every type is whole.
//
// It skips elements that a later version appends to an array.
func Decode(b []byte) (*Table, error) {
	if len(b) > MaxEncoded {
		return nil, fmt.Errorf("schema table of %d bytes exceeds the limit of %d", len(b), MaxEncoded)
	}
	r := &reader{b: b}
	t := r.table()
	if r.err == nil && len(r.b) > 0 {
		r.fail(fmt.Errorf("%d bytes after the end", len(r.b)))
	}
	if r.err == nil {
		r.fail(t.Validate())
	}
	if r.err != nil {
		return nil, fmt.Errorf("schema table: %w", r.err)
	}
	return t, nil
}

// reader consumes b. After the first error it returns zero values.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// take applies one of msgp's read functions.
func take[T any](r *reader, read func([]byte) (T, []byte, error)) (v T) {
	if r.err != nil {
		return v
	}
	if long(r.b) {
		r.fail(msgp.ErrShortBytes)
		return v
	}
	v, rest, err := read(r.b)
	if err != nil {
		r.fail(err)
		return v
	}
	r.b = rest
	return v
}

// long reports whether b begins with a length of 32 bits, of a string, bytes, an
// extension, an array or a map, that is more than b can hold. msgp makes an int of
// such a length before it looks at the bytes: on 32 bits it may become negative.
func long(b []byte) bool {
	if len(b) < 5 {
		return false
	}
	switch b[0] {
	case 0xc6, 0xc9, 0xdb, 0xdd, 0xdf:
		return uint64(binary.BigEndian.Uint32(b[1:])) > uint64(len(b))
	}
	return false
}

func (r *reader) str() string  { return take(r, msgp.ReadStringBytes) }
func (r *reader) num() int64   { return take(r, msgp.ReadInt64Bytes) }
func (r *reader) index() int   { return int(take(r, msgp.ReadInt32Bytes)) }
func (r *reader) kind() Kind   { return Kind(take(r, msgp.ReadUint8Bytes)) }
func (r *reader) truth() bool  { return take(r, msgp.ReadBoolBytes) }
func (r *reader) size() uint32 { return take(r, msgp.ReadArrayHeaderBytes) }

// end closes an array of size places of which read were taken, and skips the
// rest, which can only be scalars, strings or bytes.
func (r *reader) end(read, size uint32) {
	if r.err == nil && size < read {
		r.fail(fmt.Errorf("array of %d where %d are needed", size, read))
	}
	for ; read < size && r.err == nil; read++ {
		r.skip()
	}
}

func (r *reader) skip() {
	switch msgp.NextType(r.b) {
	case msgp.ArrayType, msgp.MapType:
		r.fail(errors.New("unknown element is not a single value"))
	default:
		r.b = take(r, func(b []byte) ([]byte, []byte, error) {
			rest, err := msgp.Skip(b)
			return rest, rest, err
		})
	}
}

// list reads an array of any length whose elements take at least least bytes.
func list[T any](r *reader, least int, one func(*T)) []T {
	n := r.size()
	if r.err == nil && uint64(n) > uint64(len(r.b)/least) {
		r.fail(fmt.Errorf("list of %d in %d bytes", n, len(r.b)))
	}
	if r.err != nil || n == 0 {
		return nil
	}
	out := make([]T, n)
	for i := range out {
		if r.err != nil {
			break
		}
		one(&out[i])
	}
	return out
}

func (r *reader) table() *Table {
	size := r.size()
	if v := r.num(); r.err == nil && v != encodingVersion {
		r.fail(fmt.Errorf("version %d is not known", v))
	}
	t := &Table{
		Shapes:   list(r, 3, r.shape),
		Handlers: list(r, 8, r.handler),
		Reserved: list(r, 3, r.rng),
	}
	r.end(4, size)
	return t
}

func (r *reader) shape(s *Shape) {
	size := r.size()
	s.Kind, s.Name = r.kind(), r.str()
	read := uint32(2)
	switch s.Kind {
	case Extern:
	case Enum:
		s.Base = r.kind()
		s.Values = list(r, 3, r.value)
		s.Reserved, s.Keys = list(r, 3, r.rng), list(r, 1, r.string)
		read = 6
	case Message, Union:
		s.Fields = list(r, 4, r.field)
		s.Limit = r.num()
		s.Reserved, s.Keys = list(r, 3, r.rng), list(r, 1, r.string)
		read = 6
		if size > 6 {
			s.Tuple = r.num()&tupleFlag != 0
			read = 7
		}
	default:
		r.fail(fmt.Errorf("shape of %v", s.Kind))
	}
	r.end(read, size)
}

func (r *reader) value(v *Value) {
	size := r.size()
	v.Name, v.Number = r.str(), r.num()
	r.end(2, size)
}

func (r *reader) rng(x *Range) {
	size := r.size()
	x.From, x.To = r.num(), r.num()
	r.end(2, size)
}

func (r *reader) string(s *string) { *s = r.str() }

func (r *reader) field(f *Field) {
	size := r.size()
	f.Name = r.str()
	if msgp.NextType(r.b) == msgp.StrType {
		f.Key = r.str()
	} else {
		f.Number = r.index()
	}
	if t := r.typ(0); t != nil {
		f.Type = *t
	} else {
		r.fail(errors.New("field without a type"))
	}
	read := uint32(3)
	if size > 3 {
		f.Limit = r.num()
		read = 4
	}
	if size > 4 {
		f.Secret = r.num()&secretFlag != 0
		read = 5
	}
	if size > 6 {
		f.Each, f.KeyLimit = r.num(), r.num()
		read = 7
	}
	r.end(read, size)
}

// typ reads a type; nil is the absence of one.
func (r *reader) typ(depth int) *Type {
	switch {
	case r.err != nil:
		return nil
	case depth > maxTypeDepth:
		r.fail(errors.New("type nests too deep"))
		return nil
	}
	switch msgp.NextType(r.b) {
	case msgp.NilType:
		r.skip()
		return nil
	case msgp.ArrayType:
		return r.compound(depth)
	default:
		return &Type{Kind: r.kind()}
	}
}

func (r *reader) compound(depth int) *Type {
	size := r.size()
	t := &Type{Kind: r.kind(), Optional: r.truth()}
	read := uint32(2)
	switch {
	case t.Kind == List:
		t.Elem = r.typ(depth + 1)
		read = 3
	case t.Kind == Map:
		t.Key = r.typ(depth + 1)
		t.Elem = r.typ(depth + 1)
		read = 4
	case t.Kind.named():
		t.Shape = r.index()
		read = 3
	}
	r.end(read, size)
	return t
}

func (r *reader) handler(h *Handler) {
	size := r.size()
	h.ID = take(r, msgp.ReadUint16Bytes)
	h.Name = r.str()
	h.Stream = r.truth()
	h.Subroutes = list(r, 1, r.string)
	h.Errors = list(r, 3, r.error)
	h.Request = r.typ(0)
	if !h.Stream {
		h.Response = r.typ(0)
		r.end(7, size)
		return
	}
	h.In, h.InCapacity = r.typ(0), r.index()
	h.Out, h.OutCapacity = r.typ(0), r.index()
	read := uint32(10)
	if size > 10 {
		read = 11
		if r.num()&answerFlag != 0 {
			h.Response, h.Out, h.OutCapacity = h.Out, nil, 0
		}
	}
	r.end(read, size)
}

func (r *reader) error(e *Error) {
	size := r.size()
	e.Code, e.Shape = r.str(), r.index()
	r.end(2, size)
}
