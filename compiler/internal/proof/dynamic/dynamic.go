// Package dynamic writes and reads messages that a schema.Table describes, as
// generated code would, without generating any. Tests of compatibility use it
// in the place of compiled pairs of schemas, and compile some pairs to prove
// that it does the same.
//
// A value is a bool, an int64 (a uint64 where that is too small), a float64, a
// string, a [Bin] for bytes and uuids, a time.Time, a [Raw], a [List], a [Map]
// or a *[Struct]. What is absent or zero, and not optional, is no value at all:
// nil.
package dynamic

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/gridrpc/gridc/runtime/schema"
)

// Bin is bytes or a uuid.
type Bin string

// Raw is one msgpack value.
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

// Codec writes and reads the messages of one table.
type Codec struct{ Table *schema.Table }

const defaultLimit = 65_536 // entries of a list or map without a limit

func limitOf(limit int64) int64 { return cmp.Or(limit, defaultLimit) }

func sortMap(m Map) Map {
	slices.SortFunc(m, func(a, b Entry) int { return cmp.Compare(fmt.Sprint(a.Key), fmt.Sprint(b.Key)) })
	return m
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
		return Bin(make([]byte, 16))
	case schema.Time:
		return zeroTime
	case schema.Raw:
		return Raw("")
	case schema.List:
		return List{}
	case schema.Map:
		return Map{}
	case schema.Message, schema.Union:
		return &Struct{Shape: &c.Table.Shapes[ty.Shape], Fields: map[string]any{}}
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

// IsZero reports whether a value would be left out where it is not optional.
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
		return v == ""
	case List:
		return len(v) == 0
	case Map:
		return len(v) == 0
	case *Struct:
		return len(v.Fields) == 0 && v.Unknown == 0
	case Bin:
		return v == "" || v == Bin(make([]byte, 16))
	default:
		return v == any(zeroTime)
	}
}
