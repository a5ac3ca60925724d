package ir

import "github.com/gridrpc/gridc/runtime/schema"

// Kind is a kind of type. Those of the language are those of the wire.
type Kind = schema.Kind

// None is the kind of a variant without a value. On the wire it is a message without
// fields, which may get some.
const None Kind = 0

// The kinds. Named kinds, which are the last four, have the declaration in Type.
const (
	Bool        = schema.Bool
	Int8        = schema.Int8
	Int16       = schema.Int16
	Int32       = schema.Int32
	Int64       = schema.Int64
	Uint8       = schema.Uint8
	Uint16      = schema.Uint16
	Uint32      = schema.Uint32
	Uint64      = schema.Uint64
	Float32     = schema.Float32
	Float64     = schema.Float64
	String      = schema.String
	Bytes       = schema.Bytes
	Time        = schema.Time
	Duration    = schema.Duration
	UUID        = schema.UUID
	Raw         = schema.Raw
	List        = schema.List
	Map         = schema.Map
	EnumKind    = schema.Enum
	MessageKind = schema.Message
	UnionKind   = schema.Union
	ExternKind  = schema.Extern
)

var kindsByName = func() map[string]Kind {
	names := make(map[string]Kind)
	for k := Bool; k <= ExternKind; k++ {
		names[k.String()] = k
	}
	return names
}()

// Builtin is the kind of the built-in type of a name; 0 for other names.
func Builtin(name string) Kind {
	if k := kindsByName[name]; k <= Raw {
		return k
	}
	return 0
}
