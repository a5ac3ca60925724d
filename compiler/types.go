package compiler

import "github.com/gridrpc/gridc/idl"

// builtinNames are the built-in types, the likelier ones first.
var builtinNames = []string{
	"string", "bytes", "bool", "int64", "int32", "uint64", "uint32", "float64", "time", "duration", "uuid", "raw",
	"int8", "int16", "uint8", "uint16", "float32",
}

var builtinKinds = map[string]Kind{
	"bool": Bool, "string": String, "bytes": Bytes,
	"int8": Int8, "int16": Int16, "int32": Int32, "int64": Int64,
	"uint8": Uint8, "uint16": Uint16, "uint32": Uint32, "uint64": Uint64,
	"float32": Float32, "float64": Float64,
	"time": Time, "duration": Duration, "uuid": UUID, "raw": Raw,
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

// doubtfulTypes are names of other languages that only their author can translate.
var doubtfulTypes = map[string]doubtfulType{
	"float":           {"`float` has 32 bits in proto, C and Java, and 64 in Python", []string{"float32", "float64"}},
	"real":            {"`real` has 32 or 64 bits", []string{"float32", "float64"}},
	"decimal":         {"there are no decimal fractions: write a count of the smallest unit, or a text", []string{"int64", "string"}},
	"char":            {"`char` is a byte in C, and a character in Java and SQL", []string{"uint8", "int32", "string"}},
	"date":            {"a day without a time of day is best written as text or as a number of days", []string{"time", "string"}},
	"json":            {"`raw` is any value of msgpack; JSON text is a `string` or `bytes`", []string{"raw", "string", "bytes"}},
	"json.RawMessage": {"`raw` is any value of msgpack; JSON text is a `string` or `bytes`", []string{"raw", "string", "bytes"}},
	"object":          {"`raw` is any value of msgpack; what is known of it belongs into a message", []string{"raw"}},
}

// integerBits are the sizes of the integer kinds; negative for signed ones.
var integerBits = map[Kind]int{
	Int8: -8, Int16: -16, Int32: -32, Int64: -64, Uint8: 8, Uint16: 16, Uint32: 32, Uint64: 64,
}

// isInteger reports whether the kind is a built-in integer type.
func (k Kind) isInteger() bool { return integerBits[k] != 0 }

// Why a `?` cannot stand where it does; mayBeOptional is where it can.
const (
	mayBeOptional   = ""
	elementIsThere  = "what a list or map holds is never optional"
	variantIsThere  = "a variant is never optional: the union itself may be empty"
	constantIsThere = "a constant is never optional"
)

// typ resolves a type as written; whyNot says why it cannot be optional. It is
// nil when something in the type is wrong, which has been reported then.
func (c *checker) typ(s *source, t *idl.Type, whyNot string) *Type {
	if t == nil {
		return nil
	}
	var resolved *Type
	switch {
	case t.Key != nil:
		resolved = c.mapType(s, t)
	case c.byteList(s, t):
		return nil
	case t.Elem != nil:
		if elem := c.typ(s, t.Elem, elementIsThere); elem != nil {
			resolved = &Type{Kind: List, Elem: elem}
		}
	case t.Ref != nil:
		resolved = c.namedType(s, t.Ref)
	}
	if t.Optional && whyNot != mayBeOptional {
		mark := optionalMark(t)
		c.report("optional-misplaced", mark, "%s", whyNot).fix("remove the `?`", mark, "")
		return nil
	}
	if resolved != nil {
		resolved.Optional = t.Optional
	}
	return resolved
}

// byteList reports a list of bytes by a foreign name, which is `bytes`: a list of
// `uint8` is another thing on the wire, encoded item by item.
func (c *checker) byteList(s *source, t *idl.Type) bool {
	if t.Elem == nil || t.Key != nil || t.Elem.Ref == nil || t.Elem.Ref.Package != nil {
		return false
	}
	name := t.Elem.Ref.Name
	if foreignTypes[name.Name] != "uint8" || s.scope[name.Name] != nil || s.broken[name.Name] {
		return false
	}
	list := idl.Span{File: s.path, Start: t.Span.Start, End: name.Span.End}
	c.report("type-unknown", list, "there is no `[]%s`; write `bytes`", name.Name).
		fix("write `bytes`", list, "bytes")
	return true
}

func (c *checker) mapType(s *source, t *idl.Type) *Type {
	key, elem := c.typ(s, t.Key, elementIsThere), c.typ(s, t.Elem, elementIsThere)
	if key != nil && key.Kind != String && !key.Kind.isInteger() {
		c.report("map-key-type", t.Key.Span, "a map key is a string or an integer, not %s", key.describe())
		return nil
	}
	if key == nil || elem == nil {
		return nil
	}
	return &Type{Kind: Map, Key: key, Elem: elem}
}

func (c *checker) namedType(s *source, ref *idl.Ref) *Type {
	if ref.Package == nil {
		if kind, ok := builtinKinds[ref.Name.Name]; ok {
			return &Type{Kind: kind}
		}
	}
	sym := c.lookup(s, ref, "type", (*symbol).isType)
	if sym == nil {
		return nil
	}
	t := &Type{Package: sym.in.pkg}
	switch target := sym.target.(type) {
	case *Enum:
		t.Kind, t.Enum = EnumKind, target
	case *Message:
		t.Kind, t.Message = MessageKind, target
	case *Union:
		t.Kind, t.Union = UnionKind, target
	case *Extern:
		t.Kind, t.Extern = ExternKind, target
	}
	return t
}

// optionalMark is the `?` of an optional type.
func optionalMark(t *idl.Type) idl.Span {
	mark := t.Span
	mark.Start = idl.Pos{Offset: mark.End.Offset - 1, Line: mark.End.Line, Col: mark.End.Col - 1}
	return mark
}

// describe names a type in a message to people.
func (t *Type) describe() string {
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
		return "`" + t.Kind.name() + "`"
	}
}

// name is how a .grid file writes a built-in kind.
func (k Kind) name() string {
	for name, kind := range builtinKinds {
		if kind == k {
			return name
		}
	}
	return ""
}
