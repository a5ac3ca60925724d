package tsgen

import (
	"fmt"

	"github.com/gridrpc/gridc/compiler/ir"
)

// limits are those on a value: its own, and those on what it holds; 0 is none.
type limits struct{ own, each, key int64 }

func limitsOf(f *ir.Field) limits { return limits{f.Limit, f.EachLimit, f.KeyLimit} }

// parts are the limits on an element or a value, keys those on a key.
func (l limits) parts() limits { return limits{own: l.each} }
func (l limits) keys() limits  { return limits{own: l.key} }

// count is the limit on the entries of a list or map.
func (l limits) count() string {
	if l.own == 0 {
		return "codec.defaultLimit"
	}
	return intText(l.own, false)
}

// last is the limit of a text or bytes as the last argument of a call.
func (l limits) last(k ir.Kind) string {
	if l.own == 0 || k != ir.String && k != ir.Bytes {
		return ""
	}
	return ", " + intText(l.own, false)
}

// writeField is the statement that writes a field of a message, unless it is zero, or not
// there where it is optional.
func (u *unit) writeField(f *ir.Field, value string) string {
	t, k, limit := f.Type, key(f), limitsOf(f)
	switch {
	case t.Kind == ir.Raw || t.Kind == ir.ExternKind:
		return fmt.Sprintf("codec.writeRaw(e, %s, %s);", k, value)
	case t.Optional:
		return fmt.Sprintf("if (%s !== undefined) {\n    e.key(%s);\n    %s;\n  }", value, k, u.put(t, value, limit, 0))
	case t.Kind == ir.MessageKind && t.Message.Tuple: // which is never empty
		return fmt.Sprintf("e.key(%s);\n  %s;", k, u.put(t, value+" ?? {}", limit, 0))
	case t.Kind == ir.MessageKind || t.Kind == ir.UnionKind:
		return fmt.Sprintf("codec.writeMessage(e, %s, %s, %s);", k, u.of(t.Package, "write"+u.codecName(t)), value)
	case t.Kind == ir.List:
		return fmt.Sprintf("codec.writeList(e, %s, %s, %s, %s);", k, value, limit.count(), u.putElement(t, limit, 0))
	case t.Kind == ir.Map:
		return fmt.Sprintf("codec.write%s(e, %s, %s, %s, %s);", mapName(t), k, value, limit.count(), u.putEntry(t, limit, 0))
	}
	s, _ := scalarOf(t)
	return fmt.Sprintf("codec.write%s(e, %s, %s%s);", s.name, k, value, limit.last(t.Kind))
}

func mapName(t *ir.Type) string {
	if t.Sorted {
		return "SortedMap"
	}
	return "Map"
}

// writePlace is the statement that writes an entry of a tuple, zero or not, and nil for one
// that is absent.
func (u *unit) writePlace(f *ir.Field, value string) string {
	t := f.Type
	if !t.Optional || t.Kind == ir.Raw {
		zero := u.zero(t)
		if t.Kind == ir.MessageKind {
			zero = "{}"
		}
		return u.put(t, value+" ?? "+zero, limitsOf(f), 0) + ";"
	}
	return fmt.Sprintf("if (%s === undefined) {\n    codec.putNil(e);\n  } else {\n    %s;\n  }", value, u.put(t, value, limitsOf(f), 0))
}

// put is the expression that writes a value, zero or not.
func (u *unit) put(t *ir.Type, value string, limit limits, depth int) string {
	switch t.Kind {
	case ir.MessageKind, ir.UnionKind:
		return fmt.Sprintf("%s(e, %s)", u.of(t.Package, "write"+u.codecName(t)), value)
	case ir.List:
		return fmt.Sprintf("codec.putList(e, %s, %s, %s)", value, limit.count(), u.putElement(t, limit, depth))
	case ir.Map:
		return fmt.Sprintf("codec.put%s(e, %s, %s, %s)", mapName(t), value, limit.count(), u.putEntry(t, limit, depth))
	}
	s, _ := scalarOf(t)
	return fmt.Sprintf("codec.put%s(e, %s%s)", s.name, value, limit.last(t.Kind))
}

// putElement is the function that writes an element of a list, and putEntry are those that write
// key and value of a map.
func (u *unit) putElement(t *ir.Type, limit limits, depth int) string {
	item := local("item", depth)
	return "(" + item + ") => " + u.put(t.Elem, item, limit.parts(), depth+1)
}

func (u *unit) putEntry(t *ir.Type, limit limits, depth int) string {
	key, value := local("key", depth), local("value", depth)
	return "(" + key + ") => " + u.put(t.Key, key, limit.keys(), depth+1) + ", (" + value + ") => " + u.put(t.Elem, value, limit.parts(), depth+1)
}

// local numbers the name of a parameter by how deeply its function is nested.
func local(name string, depth int) string {
	if depth == 0 {
		return name
	}
	return fmt.Sprint(name, depth+1)
}

// readField is the statement that reads a field: nil leaves an optional one as it is.
func (u *unit) readField(f *ir.Field, target string) string {
	read := u.read(f.Type, limitsOf(f))
	if f.Secret {
		read = "codec.readSecret(d, () => " + read + ")"
	}
	if f.Type.Optional {
		return fmt.Sprintf("if (!d.nil()) %s = %s;", target, read)
	}
	return target + " = " + read + ";"
}

// read is the expression that reads a value.
func (u *unit) read(t *ir.Type, limit limits) string {
	switch t.Kind {
	case ir.MessageKind, ir.UnionKind:
		return u.of(t.Package, "read"+u.codecName(t)) + "(d)"
	case ir.List:
		return fmt.Sprintf("codec.readList(d, %s, () => %s)", limit.count(), u.read(t.Elem, limit.parts()))
	case ir.Map:
		return fmt.Sprintf("codec.readMap(d, %s, () => %s, () => %s)", limit.count(), u.read(t.Key, limit.keys()), u.read(t.Elem, limit.parts()))
	}
	s, _ := scalarOf(t)
	return "codec.read" + s.name + "(d" + limit.last(t.Kind) + ")"
}
