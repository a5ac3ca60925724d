package check

import (
	"cmp"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// rules checks the rules of a field or variant, and keeps them.
func (c *checker) rules(f *ir.Field, set annoSet) {
	if f.Type == nil {
		return
	}
	rules := ir.Rules{Required: set.required, Pattern: set.pattern, Check: set.check}
	misplaced := func(name, wants string) {
		c.report("annotation-misplaced", set.seen[name], "`@%s` does not fit %s", name, f.Type.Describe()).Help("it is for %s", wants)
	}
	if set.required && !mayBeRequired(f.Type) {
		misplaced("required", "what may be empty, zero or absent; make a message or an extern optional with `?`")
	}
	switch value := innermost(f.Type); {
	case !set.has("range"):
	case value.Kind != ir.Duration && !value.Kind.IsInteger() && value.Kind != ir.Float32 && value.Kind != ir.Float64:
		misplaced("range", "numbers and durations, and lists and maps of them")
	default:
		c.rangeOf(&rules, value, set)
	}
	if set.pattern != "" && innermost(f.Type).Kind != ir.String {
		misplaced("pattern", "strings, and lists and maps of them")
	}
	if set.check != nil && !isCheckable(f.Type) {
		misplaced("check", notCheckable)
	}
	for _, m := range f.Marks {
		if m.Annotation.Check != nil && !isCheckable(f.Type) {
			c.report("annotation-misplaced", m.Span, "`@%s` has a `@check`, which does not fit %s", m.Annotation.Name, f.Type.Describe()).
				Help("it is for %s", notCheckable)
		}
	}
	if rules != (ir.Rules{}) {
		f.Rules = &rules
	}
}

// rangeOf keeps the ends of a @range of values of a type.
func (c *checker) rangeOf(rules *ir.Rules, t *ir.Type, set annoSet) {
	end := func(name string, lit *idl.Lit) *ir.Const {
		if lit == nil {
			return nil
		}
		plain := *t
		plain.Optional = false
		return c.argValue(&ir.Param{Info: ir.Info{Name: name, GoName: goname.ExportedName(name)}, Type: &plain}, lit, "@range")
	}
	rules.Min, rules.Max = end("min", set.least), end("max", set.most)
	if rules.Min != nil && rules.Max != nil && compareConsts(rules.Min, rules.Max) > 0 {
		c.report("annotation-argument", set.seen["range"], "no value is at least %s and at most %s", rules.Min.Text, rules.Max.Text)
	}
}

// compareConsts compares two numbers, or durations, of one type.
func compareConsts(a, b *ir.Const) int {
	switch {
	case a.Big || b.Big:
		return cmp.Compare(uint64(a.Int), uint64(b.Int)) // fits: of a uint64
	case a.Type.Kind == ir.Float32 || a.Type.Kind == ir.Float64:
		return cmp.Compare(a.Float, b.Float)
	}
	return cmp.Compare(a.Int, b.Int)
}

// innermost is the type of the elements or values of a list or map, and else the type.
func innermost(t *ir.Type) *ir.Type {
	for t.Kind == ir.List || t.Kind == ir.Map {
		t = t.Elem
	}
	return t
}

func mayBeRequired(t *ir.Type) bool {
	return t.Optional || t.Kind != ir.Bool && t.Kind != ir.MessageKind && t.Kind != ir.ExternKind && t.Kind != ir.None
}

const notCheckable = "types that the package of the function can name: no declared ones, for their package imports that one"

// isCheckable reports whether a Go function of another package can take a value of a type.
func isCheckable(t *ir.Type) bool {
	switch value := innermost(t); value.Kind {
	case ir.MessageKind, ir.UnionKind, ir.EnumKind, ir.None:
		return false
	}
	return true
}
