package check

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/idl"
)

// meant offers the name that a misspelt one most likely means, if there is one; mark
// stands before both.
func meant(f diag.Finding, mark string, name *idl.Ident, candidates []string) bool {
	near := idl.Nearest(name.Name, candidates)
	if near == "" {
		return false
	}
	f.Help("did you mean `%s%s`?", mark, near).
		Fix("change it to `"+mark+near+"`", name.Span, near).Guess(strings.EqualFold(name.Name, near))
	return true
}

// builtinNames are the built-in types, the likelier ones first.
var builtinNames = []string{
	"string", "bytes", "bool", "int64", "int32", "uint64", "uint32", "float64", "time", "duration", "uuid", "raw",
	"int8", "int16", "uint8", "uint16", "float32",
}

// foreignTypes are the names that other languages have for built-in types.
var foreignTypes = map[string]string{
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
	help    string
	choices []string // the likelier ones first
}

// wideInteger is an integer of more bits than there are.
var wideInteger = doubtfulType{"integers have 64 bits at most: 16 bytes are a `uuid`, or `bytes @limit(16)`", []string{"uuid", "bytes"}}

// doubtfulTypes are names of other languages that only their author can translate.
var doubtfulTypes = map[string]doubtfulType{
	"float":   {"`float` has 32 bits in proto, C and Java, and 64 in Python", []string{"float32", "float64"}},
	"real":    {"`real` has 32 or 64 bits", []string{"float32", "float64"}},
	"decimal": {"there are no decimal fractions: write a count of the smallest unit, or a text", []string{"int64", "string"}},
	"char":    {"`char` is a byte in C, and a character in Java and SQL", []string{"uint8", "int32", "string"}},
	"date":    {"a day without a time of day is best written as text or as a number of days", []string{"time", "string"}},
	"int128":  wideInteger, "uint128": wideInteger, "i128": wideInteger, "u128": wideInteger, "int256": wideInteger, "uint256": wideInteger,
	"json":            {"`raw` is any value of msgpack; JSON text is a `string` or `bytes`", []string{"raw", "string", "bytes"}},
	"json.RawMessage": {"`raw` is any value of msgpack; JSON text is a `string` or `bytes`", []string{"raw", "string", "bytes"}},
	"object":          {"`raw` is any value of msgpack; what is known of it belongs into a message", []string{"raw"}},
}

// refText is a reference as it is written: `name` or `package.name`.
func refText(ref *idl.Ref) string {
	if ref.Package != nil {
		return ref.Package.Name + "." + ref.Name.Name
	}
	return ref.Name.Name
}
