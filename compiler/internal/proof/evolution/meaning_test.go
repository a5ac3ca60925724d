package evolution

import (
	"math/big"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// outcome is what became of a value on its way.
type outcome uint8

const (
	arrived outcome = iota
	unknown         // the reader sees that there is something that it does not know
	wrong           // refused, lost, or taken for something else
)

// meanings says who is who in a model: the uids of fields by shape and number
// or key, and those of enum values by shape and number.
type meanings struct {
	table  *schema.Table
	fields map[string]map[string]int
	values map[string]map[int64]int
}

func meaningsOf(m *model, table *schema.Table) *meanings {
	out := &meanings{table, map[string]map[string]int{}, map[string]map[int64]int{}}
	for _, x := range m.messages {
		uids := map[string]int{}
		for _, f := range x.fields {
			uids[f.number] = f.uid
		}
		out.fields[m.shapeName(x.place, x.name)] = uids
	}
	for _, e := range m.enums {
		uids := map[int64]int{}
		for _, v := range e.values {
			uids[int64(v.number)] = v.uid
		}
		out.values[m.shapeName(e.place, e.name)] = uids
	}
	return out
}

// journey compares what was written with what was read.
type journey struct{ from, to *meanings }

// value compares two values of the types. Zero and nothing are the same.
func (j journey) value(from *schema.Type, sent any, to *schema.Type, got any) outcome {
	switch {
	case to.Kind == schema.Raw:
		return arrivedIf(dynamic.IsZero(sent) || !dynamic.IsZero(got))
	case from.Kind == schema.Raw:
		return arrivedIf(!dynamic.IsZero(got)) // if it could be read at all
	case (from.Kind == schema.Union) != (to.Kind == schema.Union):
		return wrong
	}
	switch sent := sent.(type) {
	case dynamic.List:
		got, ok := got.(dynamic.List)
		if !ok || to.Kind != schema.List || len(sent) != len(got) {
			return arrivedIf(len(sent) == 0 && dynamic.IsZero(got))
		}
		worst := arrived
		for i := range sent {
			worst = max(worst, j.value(from.Elem, sent[i], to.Elem, got[i]))
		}
		return worst
	case dynamic.Map:
		return j.mapping(from, sent, to, got)
	case *dynamic.Struct:
		if got == nil && (to.Kind == schema.Message || to.Kind == schema.Union) {
			got = &dynamic.Struct{Shape: &j.to.table.Shapes[to.Shape]} // all that was sent is new
		}
		got, ok := got.(*dynamic.Struct)
		if !ok {
			return wrong
		}
		return j.structure(sent, got)
	}
	if from.Kind == schema.Enum && to.Kind == schema.Enum {
		return j.enum(from, sent, to, got)
	}
	return arrivedIf(sent == got || sameNumber(sent, got) || sameBytes(sent, got) || dynamic.IsZero(sent) && dynamic.IsZero(got))
}

// sameBytes reports whether a uuid was read as its sixteen bytes.
func sameBytes(sent, got any) bool {
	id, isID := sent.(codec.UUID)
	data, isBytes := got.(dynamic.Bin)
	return isID && isBytes && string(id[:]) == string(data)
}

// sameNumber reports whether an integer was read as the float that it is exactly,
// or a float as the integer.
func sameNumber(sent, got any) bool {
	a, b := exactly(sent), exactly(got)
	return a != nil && b != nil && a.Cmp(b) == 0
}

func exactly(v any) *big.Float {
	switch v := v.(type) {
	case int64:
		return new(big.Float).SetInt64(v)
	case uint64:
		return new(big.Float).SetUint64(v)
	case float64:
		return big.NewFloat(v)
	default:
		return nil
	}
}

func arrivedIf(ok bool) outcome {
	if ok {
		return arrived
	}
	return wrong
}

func (j journey) mapping(from *schema.Type, sent dynamic.Map, to *schema.Type, got any) outcome {
	m, ok := got.(dynamic.Map)
	if !ok || len(sent) != len(m) {
		return arrivedIf(len(sent) == 0 && dynamic.IsZero(got))
	}
	byKey := map[any]any{}
	for _, e := range m {
		byKey[e.Key] = e.Value
	}
	worst := arrived
	for _, e := range sent {
		v, ok := byKey[e.Key]
		if !ok {
			return wrong
		}
		worst = max(worst, j.value(from.Elem, e.Value, to.Elem, v))
	}
	return worst
}

func (j journey) enum(from *schema.Type, sent any, to *schema.Type, got any) outcome {
	if got == nil {
		got = int64(0)
	}
	if sent == nil {
		sent = int64(0)
	}
	a, meant := j.from.values[j.from.table.Shapes[from.Shape].Name][sent.(int64)]
	b, known := j.to.values[j.to.table.Shapes[to.Shape].Name][got.(int64)]
	switch {
	case sent != got || known && a != b:
		return wrong
	case !known && meant:
		return unknown
	default:
		return arrived
	}
}

// structure compares two messages or unions field by field, as their uids say.
func (j journey) structure(sent, got *dynamic.Struct) outcome {
	if (sent.Shape.Kind == schema.Union) != (got.Shape.Kind == schema.Union) {
		return wrong
	}
	wrote, reads := j.from.fields[sent.Shape.Name], j.to.fields[got.Shape.Name]
	there := fieldsByUID(got.Shape, reads)
	worst, expected := arrived, map[string]bool{}
	for i := range sent.Shape.Fields {
		f := &sent.Shape.Fields[i]
		v, present := sent.Fields[dynamic.Member(f)]
		g := there[wrote[dynamic.Member(f)]]
		if !present {
			if g != nil && sent.Shape.Tuple && mayShowZero(g) { // a tuple writes what is zero, too
				expected[dynamic.Member(g)] = true
			}
			continue
		}
		if g == nil {
			if sent.Shape.Kind == schema.Union && got.Unknown != 0 {
				worst = max(worst, unknown)
			}
			continue
		}
		expected[dynamic.Member(g)] = true
		if _, set := got.Fields[dynamic.Member(g)]; !set && sent.Shape.Kind == schema.Union {
			return wrong // what the variant holds may be zero, but it is set
		}
		worst = max(worst, j.value(&f.Type, v, &g.Type, got.Fields[dynamic.Member(g)]))
	}
	for member, v := range got.Fields {
		if !expected[member] && !dynamic.IsZero(v) {
			return wrong // nobody meant that
		}
	}
	return worst
}

// mayShowZero reports whether a zero that was written is read as something that is not
// nothing: a raw value, or an optional field or a raw one in a message.
func mayShowZero(f *schema.Field) bool {
	return f.Type.Kind == schema.Raw || f.Type.Kind == schema.Message
}

func fieldsByUID(shape *schema.Shape, uids map[string]int) map[int]*schema.Field {
	out := map[int]*schema.Field{}
	for i := range shape.Fields {
		out[uids[dynamic.Member(&shape.Fields[i])]] = &shape.Fields[i]
	}
	return out
}
