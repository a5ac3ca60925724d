package ir

import (
	"github.com/gridrpc/gridc/idl"
)

// BuiltinNames are the built-in types, the likelier ones first.
var BuiltinNames = []string{
	"string", "bytes", "bool", "int64", "int32", "uint64", "uint32", "float64", "time", "duration", "uuid", "raw",
	"int8", "int16", "uint8", "uint16", "float32",
}

// BuiltinKinds are the kinds of the built-in types, by name.
var BuiltinKinds = map[string]Kind{
	"bool": Bool, "string": String, "bytes": Bytes,
	"int8": Int8, "int16": Int16, "int32": Int32, "int64": Int64,
	"uint8": Uint8, "uint16": Uint16, "uint32": Uint32, "uint64": Uint64,
	"float32": Float32, "float64": Float64,
	"time": Time, "duration": Duration, "uuid": UUID, "raw": Raw,
}

// ForeignTypes are the names that other languages have for built-in types.
var ForeignTypes = map[string]string{
	"int": "int64", "uint": "uint64", "integer": "int64", "long": "int64", "short": "int16", "number": "float64",
	"i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8", "u16": "uint16", "u32": "uint32",
	"u64": "uint64", "sint32": "int32", "sint64": "int64", "fixed32": "uint32", "fixed64": "uint64",
	"sfixed32": "int32", "sfixed64": "int64", "byte": "uint8", "rune": "int32", "uintptr": "uint64",
	"double": "float64", "f32": "float32", "f64": "float64", "boolean": "bool",
	"any": "raw", "interface": "raw", "blob": "bytes", "binary": "bytes",
	"str": "string", "String": "string", "text": "string", "guid": "uuid", "UUID": "uuid", "Time": "time",
	"timestamp": "time", "Timestamp": "time", "datetime": "time", "Duration": "duration",
	"time.Time": "time", "time.Duration": "duration", "uuid.UUID": "uuid",
}

// doubtfulType is a name that means one thing here and another there.
type doubtfulType struct {
	Help    string
	Choices []string // the likelier ones first
}

// DoubtfulTypes are names of other languages that only their author can translate.
var DoubtfulTypes = map[string]doubtfulType{
	"float":           {"`float` has 32 bits in proto, C and Java, and 64 in Python", []string{"float32", "float64"}},
	"real":            {"`real` has 32 or 64 bits", []string{"float32", "float64"}},
	"decimal":         {"there are no decimal fractions: write a count of the smallest unit, or a text", []string{"int64", "string"}},
	"char":            {"`char` is a byte in C, and a character in Java and SQL", []string{"uint8", "int32", "string"}},
	"date":            {"a day without a time of day is best written as text or as a number of days", []string{"time", "string"}},
	"json":            {"`raw` is any value of msgpack; JSON text is a `string` or `bytes`", []string{"raw", "string", "bytes"}},
	"json.RawMessage": {"`raw` is any value of msgpack; JSON text is a `string` or `bytes`", []string{"raw", "string", "bytes"}},
	"object":          {"`raw` is any value of msgpack; what is known of it belongs into a message", []string{"raw"}},
}

// IntegerBits are the sizes of the integer kinds; negative for signed ones.
var IntegerBits = map[Kind]int{
	Int8: -8, Int16: -16, Int32: -32, Int64: -64, Uint8: 8, Uint16: 16, Uint32: 32, Uint64: 64,
}

// IsInteger reports whether the kind is a built-in integer type.
func (k Kind) IsInteger() bool { return IntegerBits[k] != 0 }

// Why a `?` cannot stand where it does; MayBeOptional is where it can.
const (
	MayBeOptional   = ""
	ElementIsThere  = "what a list or map holds is never optional"
	VariantIsThere  = "a variant is never optional: the union itself may be empty"
	ConstantIsThere = "a constant is never optional"
)

// OptionalMark is the `?` of an optional type.
func OptionalMark(t *idl.Type) idl.Span {
	mark := t.Span
	mark.Start = idl.Pos{Offset: mark.End.Offset - 1, Line: mark.End.Line, Col: mark.End.Col - 1}
	return mark
}

// Describe names a type in a message to people.
func (t *Type) Describe() string {
	switch t.Kind {
	case List:
		return "a list"
	case Map:
		return "a map"
	case EnumKind:
		return "the enum `" + t.Enum.Name + "`"
	case MessageKind:
		return "the message `" + t.Message.Name + "`"
	case UnionKind:
		return "the union `" + t.Union.Name + "`"
	case ExternKind:
		return "the extern `" + t.Extern.Name + "`"
	default:
		return "`" + t.Kind.Name() + "`"
	}
}

// Name is how a .grid file writes a built-in kind.
func (k Kind) Name() string {
	for name, kind := range BuiltinKinds {
		if kind == k {
			return name
		}
	}
	return ""
}
