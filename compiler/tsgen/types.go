package tsgen

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// scalar says how a kind of value that one call writes and reads is called.
type scalar struct {
	typ  string // in TypeScript
	name string // behind `read`, `write` and `put` of the codec
	zero string
}

var scalars = map[ir.Kind]scalar{
	ir.Bool:       {"boolean", "Bool", "false"},
	ir.Int8:       {"number", "Int8", "0"},
	ir.Int16:      {"number", "Int16", "0"},
	ir.Int32:      {"number", "Int32", "0"},
	ir.Int64:      {"bigint", "Int64", "0n"},
	ir.Uint8:      {"number", "Uint8", "0"},
	ir.Uint16:     {"number", "Uint16", "0"},
	ir.Uint32:     {"number", "Uint32", "0"},
	ir.Uint64:     {"bigint", "Uint64", "0n"},
	ir.Float32:    {"number", "Float32", "0"},
	ir.Float64:    {"number", "Float64", "0"},
	ir.String:     {"string", "String", "''"},
	ir.Bytes:      {"Uint8Array", "Blob", "codec.noBytes"},
	ir.Time:       {"codec.Time", "Time", "codec.zeroTime"},
	ir.Duration:   {"bigint", "Duration", "0n"},
	ir.UUID:       {"string", "UUID", "codec.nilUUID"},
	ir.Raw:        {"Uint8Array", "Raw", "codec.noBytes"},
	ir.ExternKind: {"Uint8Array", "Raw", "codec.noBytes"}, // one value, which its Go type knows
}

// scalarOf is how a type is written and read by one call; false for one that is not.
func scalarOf(t *ir.Type) (scalar, bool) {
	if t.Kind == ir.EnumKind {
		return scalars[t.Enum.Base], true
	}
	s, ok := scalars[t.Kind]
	return s, ok
}

// isWide reports whether integers of a kind are bigints.
func isWide(k ir.Kind) bool { return k == ir.Int64 || k == ir.Uint64 || k == ir.Duration }

// typ is a type as TypeScript writes it, without what says that it is optional.
func (u *unit) typ(t *ir.Type) string {
	switch t.Kind {
	case ir.List:
		elem := u.typ(t.Elem)
		if strings.HasPrefix(elem, "readonly ") {
			elem = "(" + elem + ")"
		}
		return "readonly " + elem + "[]"
	case ir.Map:
		return "ReadonlyMap<" + u.typ(t.Key) + ", " + u.typ(t.Elem) + ">"
	case ir.EnumKind:
		return u.of(t.Package, typeName(&t.Enum.Info))
	case ir.UnionKind:
		return u.of(t.Package, typeName(&t.Union.Info))
	case ir.MessageKind:
		return u.bodyType(t.Message)
	}
	return scalars[t.Kind].typ
}

// bodyType is the type of a message, or of what an error carries.
func (u *unit) bodyType(m *ir.Message) string {
	return u.of(m.Package, u.bodyName(m))
}

// bodyName is the name of a message, or of what an error carries, also behind `new`,
// `encode` and their like.
func (u *unit) bodyName(m *ir.Message) string {
	if m.Error != nil {
		return u.fieldsName(m.Error)
	}
	return typeName(&m.Info)
}

// codecName is what is behind `write` and `read` of a message or union.
func (u *unit) codecName(t *ir.Type) string {
	if t.Kind == ir.UnionKind {
		return typeName(&t.Union.Info)
	}
	return u.bodyName(t.Message)
}

// zero is what a field holds that was not set.
func (u *unit) zero(t *ir.Type) string {
	switch t.Kind {
	case ir.List:
		return "codec.noItems"
	case ir.Map:
		return "codec.noEntries"
	case ir.UnionKind:
		return "codec.unset"
	case ir.MessageKind:
		return u.zeros[t.Message]
	}
	s, _ := scalarOf(t)
	return s.zero
}
