package proof

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/runtime/codec"
)

// equal says how generated values compare: an empty list, map or bytes is the
// same as none, except where empty is a value: in a union, and where the field
// is optional. A raw value cannot be empty and present.
var equal = cmp.Options{
	cmp.Exporter(func(t reflect.Type) bool {
		return isUnion(t) || keepsUnknown(t) || t == reflect.TypeFor[codec.Unknown]()
	}),
	cmpopts.EquateNaNs(),
	cmp.FilterPath(emptyIsNone, cmpopts.EquateEmpty()),
}

// keepsUnknown reports whether a message says @keep.
func keepsUnknown(t reflect.Type) bool {
	f, found := t.FieldByName("unknown")
	return found && f.Type == reflect.TypeFor[codec.Unknown]()
}

// isTuple reports whether a message is an array on the wire.
func isTuple(v message) bool {
	b, err := v.MarshalMsg(nil)
	return err == nil && msgp.NextType(b) == msgp.ArrayType
}

func emptyIsNone(p cmp.Path) bool {
	if p.Last().Type() == reflect.TypeFor[msgp.Raw]() {
		return true
	}
	if len(p) < 2 {
		return true
	}
	field, isField := p.Last().(cmp.StructField)
	owner := p[len(p)-2].Type()
	optional := owner == reflect.TypeFor[proof.Optionals]()
	return !isField || field.Name() == "unknown" || !optional && !isUnion(owner)
}

func checkEqual(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, equal); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func encode(t *testing.T, v message) []byte {
	t.Helper()
	b, err := v.MarshalMsg(nil)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	return b
}

func decode(t *testing.T, into message, b []byte) {
	t.Helper()
	rest, err := into.UnmarshalMsg(b)
	if err != nil {
		t.Fatalf("%T: %v", into, err)
	}
	if len(rest) > 0 {
		t.Fatalf("%T: %d bytes are left", into, len(rest))
	}
}
