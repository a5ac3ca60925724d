package evolution

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// values makes random values of the types of a table: at the ends of what the
// types hold, so that a risk shows.
type values struct {
	*rand.Rand
	table *schema.Table
	full  bool // every field is set

	steps map[*schema.Shape]int // from each shape to those that the values are steered to
	must  bool                  // the list or map that is made next holds something
}

const maxDepth = 6

// value makes a value; limits are that on it and that on what it holds.
func (g *values) value(ty *schema.Type, limit, each int64, depth int) any {
	switch ty.Kind {
	case schema.Bool:
		return true
	case schema.Float32:
		return float64(float32(g.Float64() + 1))
	case schema.Float64:
		return g.Float64() + 1
	case schema.String:
		return text(g.length(limit))
	case schema.Bytes:
		return dynamic.Bin(text(g.length(limit)))
	case schema.UUID:
		return codec.UUID([]byte("0123456789abcdef"))
	case schema.Time:
		return time.Unix(int64(g.IntN(1e9))+1, 0).UTC()
	case schema.Raw:
		return pick(g.Rand, []dynamic.Raw{"\x01", "\xa1x", "\x91\x02", "\xc3", "\x81\x01\x02"})
	case schema.List:
		return g.list(ty, limit, each, depth)
	case schema.Map:
		return g.mapping(ty, limit, each, depth)
	case schema.Enum:
		shape := &g.table.Shapes[ty.Shape]
		if g.IntN(6) == 0 {
			return integerRange[shape.Base][1] // from a revision that neither side knows
		}
		return pick(g.Rand, shape.Values).Number
	case schema.Message, schema.Union:
		return g.structure(&g.table.Shapes[ty.Shape], depth)
	default:
		return g.integer(ty.Kind)
	}
}

func text(n int) string { return "abcdefghijklmnop"[:n] }

// longest is more than the limits of the schemas allow.
const longest = 6

// length is one up to the limit, and often the limit itself.
func (g *values) length(limit int64) int {
	if limit == 0 || limit > longest {
		limit = longest
	}
	if g.full || g.IntN(2) == 0 {
		return int(limit)
	}
	return 1 + g.IntN(int(limit))
}

var integerRange = map[schema.Kind][2]int64{
	schema.Int8: {math.MinInt8, math.MaxInt8}, schema.Int16: {math.MinInt16, math.MaxInt16},
	schema.Int32: {math.MinInt32, math.MaxInt32}, schema.Int64: {math.MinInt64, math.MaxInt64},
	schema.Uint8: {1, math.MaxUint8}, schema.Uint16: {1, math.MaxUint16}, schema.Uint32: {1, math.MaxUint32},
	schema.Duration: {math.MinInt64, math.MaxInt64},
}

func (g *values) integer(k schema.Kind) any {
	if k == schema.Uint64 {
		return pick(g.Rand, []any{uint64(math.MaxUint64), int64(1), int64(200)})
	}
	ends := integerRange[k]
	return pick(g.Rand, []int64{ends[0], ends[1], ends[1], 1})
}

func (g *values) list(ty *schema.Type, limit, each int64, depth int) any {
	must := g.takeMust()
	list := make(dynamic.List, max(g.size(limit, depth), must))
	for i := range list {
		g.must = must > 0
		list[i] = g.value(ty.Elem, each, 0, depth+1)
	}
	return list
}

// size is how many entries to make: fewer the deeper they are.
func (g *values) size(limit int64, depth int) int {
	switch n := g.length(limit); {
	case depth >= maxDepth:
		return 0
	case depth > 2 && g.IntN(8) > 0:
		return min(n, 1)
	default:
		return n
	}
}

func (g *values) mapping(ty *schema.Type, limit, each int64, depth int) any {
	m, must := dynamic.Map{}, g.takeMust()
	for i := range max(g.size(limit, depth), must) {
		g.must = must > 0
		var key any = int64(i + 1)
		if ty.Key.Kind == schema.String {
			key = text(i + 1)
		}
		m = append(m, dynamic.Entry{Key: key, Value: g.value(ty.Elem, each, 0, depth+1)})
	}
	return m
}

// takeMust is how many entries there have to be, 0 or 1, and nothing has to be in the
// next list or map any more.
func (g *values) takeMust() int {
	if !g.must {
		return 0
	}
	g.must = false
	return 1
}

func isStruct(ty *schema.Type) bool { return ty.Kind == schema.Message || ty.Kind == schema.Union }

func (g *values) structure(shape *schema.Shape, depth int) any {
	s := &dynamic.Struct{Shape: shape, Fields: map[string]any{}}
	g.must = false
	lead := g.lead(shape)
	depth, leave := g.arrive(shape, depth)
	defer leave()
	if shape.Kind == schema.Union {
		f := &shape.Fields[g.IntN(len(shape.Fields))]
		if lead != nil {
			f = lead
		}
		if depth >= maxDepth && isStruct(&f.Type) && f != lead {
			return s
		}
		g.must = f == lead
		s.Fields[dynamic.Member(f)] = g.value(&f.Type, f.Limit, f.Each, depth+1)
		return s
	}
	for i := range shape.Fields {
		f := &shape.Fields[i]
		if f != lead && (!g.full && g.IntN(3) == 0 || depth >= maxDepth && isStruct(&f.Type)) {
			continue
		}
		g.must = f == lead
		if v := g.value(&f.Type, f.Limit, f.Each, depth+1); f.Type.Optional || !dynamic.IsZero(v) {
			s.Fields[dynamic.Member(f)] = v
		}
	}
	return s
}
