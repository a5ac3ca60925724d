package schema

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"
)

// Digest returns a hash of what a table means on the wire. Two tables with equal
// digests need not be compared. Names, reserved numbers and the order of members do
// not count; capacities and limits do.
func Digest(t *Table) uint64 {
	b := make([]byte, 0, 10*len(t.Handlers))
	for i := range t.Handlers {
		b = binary.BigEndian.AppendUint16(b, t.Handlers[i].ID)
		b = binary.BigEndian.AppendUint64(b, t.HandlerDigest(&t.Handlers[i]))
	}
	return xxh3.Hash(b)
}

// HandlerDigest returns the hash of one handler of t, without its id.
func (t *Table) HandlerDigest(h *Handler) uint64 {
	d := digester{t: t, seen: map[int]int{}}
	d.bool(h.Stream)
	d.typ(h.Request)
	d.typ(h.Response)
	d.flow(h.In, h.InCapacity)
	d.flow(h.Out, h.OutCapacity)
	d.errors(h.Errors)
	for next := 0; next < len(d.queue); next++ { // it grows meanwhile
		d.shape(&t.Shapes[d.queue[next]])
	}
	return xxh3.Hash(d.b)
}

// digester writes the canonical bytes of a handler. Shapes are numbered in the
// order in which they are first met and written after one another, so types
// that contain themselves end and no input makes it recurse deeply.
type digester struct {
	t     *Table
	b     []byte
	seen  map[int]int // index in t.Shapes → number
	queue []int       // shapes by number
}

func (d *digester) int(n int64) { d.b = binary.AppendVarint(d.b, n) }

func (d *digester) bool(v bool) {
	if v {
		d.b = append(d.b, 1)
	} else {
		d.b = append(d.b, 0)
	}
}

func (d *digester) str(s string) {
	d.int(int64(len(s)))
	d.b = append(d.b, s...)
}

func (d *digester) ref(shape int) {
	n, ok := d.seen[shape]
	if !ok {
		n = len(d.queue)
		d.seen[shape] = n
		d.queue = append(d.queue, shape)
	}
	d.int(int64(n))
}

func (d *digester) typ(ty *Type) {
	if ty == nil {
		d.int(0)
		return
	}
	d.int(int64(ty.Kind))
	d.bool(ty.Optional)
	switch {
	case ty.Kind == Map:
		d.typ(ty.Key)
		d.typ(ty.Elem)
	case ty.Kind == List:
		d.typ(ty.Elem)
	case ty.Kind.named():
		d.ref(ty.Shape)
	}
}

func (d *digester) flow(ty *Type, capacity int) {
	d.typ(ty)
	if ty != nil {
		d.int(int64(capacity))
	}
}

func (d *digester) errors(errors []Error) {
	d.int(int64(len(errors)))
	for _, e := range sorted(errors, func(a, b Error) int { return cmp.Compare(a.Code, b.Code) }) {
		d.str(e.Code)
		d.ref(e.Shape)
	}
}

// tupleKind stands for the kind of a message that is an array.
const tupleKind = 24

func (d *digester) shape(s *Shape) {
	if s.Tuple {
		d.int(tupleKind)
	} else {
		d.int(int64(s.Kind))
	}
	switch s.Kind {
	case Extern:
		d.str(s.Name) // all that is known of it
	case Enum:
		d.int(int64(s.Base))
		d.int(int64(len(s.Values)))
		for _, v := range sorted(s.Values, func(a, b Value) int { return cmp.Compare(a.Number, b.Number) }) {
			d.int(v.Number)
		}
	default:
		d.fields(s)
	}
}

func (d *digester) fields(s *Shape) {
	d.int(s.Limit)
	d.int(int64(len(s.Fields)))
	for _, f := range sorted(s.Fields, func(a, b Field) int { return a.member().compare(b.member()) }) {
		d.int(int64(f.Number))
		d.str(f.Key)
		d.typ(&f.Type)
		d.int(f.Limit)
		if f.Each != 0 || f.KeyLimit != 0 { // else the digest is what it was before there were any
			d.int(f.Each)
			d.int(f.KeyLimit)
		}
	}
}

// sorted returns a sorted copy. It sorts places, which are of one type whatever is
// sorted: a sort of its own for each type takes 25 KiB of a small program.
func sorted[T any](list []T, compare func(a, b T) int) []T {
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return compare(list[a], list[b]) })
	out := make([]T, len(list))
	for i, at := range places {
		out[i] = list[at]
	}
	return out
}
