package dynamic

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Bin is bytes.
type Bin string

// Raw is one msgpack value: that of a raw, or of an extern.
type Raw string

// List is a list.
type List []any

// Map is a map, sorted by its keys.
type Map []Entry

// Entry is an entry of a map.
type Entry struct{ Key, Value any }

// Struct is a message or a union.
type Struct struct {
	Shape   *schema.Shape
	Fields  map[string]any // by the number or key of the field
	Unknown int            // number of a variant that the shape does not have
}

// Member is the number or key of a field.
func Member(f *schema.Field) string {
	if f.Key != "" {
		return strconv.Quote(f.Key)
	}
	return strconv.Itoa(f.Number)
}

// set sets a member.
func (s *Struct) set(member string, v any) {
	if s.Fields == nil {
		s.Fields = make(map[string]any)
	}
	s.Fields[member] = v
}

// Codec writes and reads the messages of one table. It is immutable and safe for
// concurrent use.
type Codec struct{ Table *schema.Table }

func limitOf(limit int64) int64 { return cmp.Or(limit, codec.DefaultLimit) }

// limits are those on a value: its own, and those on what it holds; 0 is none.
type limits struct{ own, each, key int64 }

func limitsOf(f *schema.Field) limits { return limits{f.Limit, f.Each, f.KeyLimit} }

// parts are the limits on an element or a value, keys those on a key.
func (l limits) parts() limits { return limits{own: l.each} }
func (l limits) keys() limits  { return limits{own: l.key} }

func sortMap(m Map) Map {
	slices.SortFunc(m, func(a, b Entry) int { return compareKeys(a.Key, b.Key) })
	return m
}

// compareKeys compares two keys of one map: strings, or integers.
func compareKeys(a, b any) int {
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return cmp.Compare(a, b)
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
		return -1 // a uint64 is only used beyond
	case uint64:
		if b, ok := b.(uint64); ok {
			return cmp.Compare(a, b)
		}
		return 1
	}
	return 0
}

// orZero turns nil into the zero value of a kind, for places that always hold
// something: elements of lists and maps, and what is optional and present.
func (c Codec) orZero(ty *schema.Type, v any) any {
	if v != nil {
		return v
	}
	switch kind := c.kind(ty); kind {
	case schema.Bool:
		return false
	case schema.Float32, schema.Float64:
		return float64(0)
	case schema.String:
		return ""
	case schema.Bytes:
		return Bin("")
	case schema.UUID:
		return codec.UUID{}
	case schema.Time:
		return time.Time{}
	case schema.Raw, schema.Extern:
		return Raw("")
	case schema.List:
		return List{}
	case schema.Map:
		return Map{}
	case schema.Message, schema.Union:
		return &Struct{Shape: &c.Table.Shapes[ty.Shape]}
	default:
		return int64(0)
	}
}

// kind is the kind of a type; enums and durations are integers.
func (c Codec) kind(ty *schema.Type) schema.Kind {
	switch ty.Kind {
	case schema.Enum:
		return c.Table.Shapes[ty.Shape].Base
	case schema.Duration:
		return schema.Int64
	default:
		return ty.Kind
	}
}

// IsZero reports whether a value would be left out if it is not optional.
func IsZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case int64:
		return v == 0
	case float64:
		return v == 0
	case string:
		return v == ""
	case Raw:
		return !codec.HasRaw([]byte(v))
	case List:
		return len(v) == 0
	case Map:
		return len(v) == 0
	case *Struct:
		return len(v.Fields) == 0 && v.Unknown == 0
	case Bin:
		return v == ""
	case codec.UUID:
		return v.IsZero()
	case time.Time:
		return v.IsZero()
	default:
		return false
	}
}
