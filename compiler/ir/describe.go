package ir

import "fmt"

// GoValue is the type and the value of a constant.
func (c *Const) GoValue() string {
	kind := c.Type.Kind.String()
	switch {
	case c.Type.Kind == EnumKind:
		return fmt.Sprintf("%s %d", c.Type.Enum.Name, c.Int)
	case c.Type.Kind == String:
		return fmt.Sprintf("%s %q", kind, c.Str)
	case c.Type.Kind == Bool:
		return fmt.Sprintf("%s %t", kind, c.Bool)
	case c.Type.Kind == Float32 || c.Type.Kind == Float64:
		return fmt.Sprintf("%s %v", kind, c.Float)
	case c.Big:
		return fmt.Sprintf("%s %d", kind, uint64(c.Int))
	default:
		return fmt.Sprintf("%s %d", kind, c.Int)
	}
}

// Member is the number or key of a field as the judge spells it.
func (f *Field) Member() string {
	if f.Key != "" {
		return "`" + f.Key + "`"
	}
	return fmt.Sprint(f.Number)
}

// String is how a .grid file writes the range.
func (r Range) String() string {
	if r.From == r.To {
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d..%d", r.From, r.To)
}
