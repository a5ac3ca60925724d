package check

import (
	"math"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// ownArgs are the arguments of an annotation, by name or in the order of its parameters.
func (c *checker) ownArgs(a *ir.Annotation, w *idl.Anno, name string) []*ir.Const {
	given := make([]*ir.Const, len(a.Params))
	for i, arg := range w.Args {
		at := c.paramAt(a, i, arg, name)
		if at < 0 {
			return nil
		}
		p := a.Params[at]
		if given[at] != nil {
			c.report("annotation-argument", arg.Span, "`%s` of `%s` is given twice", p.Name, name).Also(given[at].Span, "first given here")
			return nil
		}
		value := c.argValue(p, arg.Value, name)
		if value == nil {
			return nil
		}
		given[at] = value
	}
	for i, p := range a.Params {
		if given[i] == nil && !p.Type.Optional {
			c.report("annotation-argument", w.Span, "`%s` of `%s` is missing", p.Name, name).
				Also(p.Span, "declared here").Help("it is written `%s`", ownUsage(a, name))
			return nil
		}
	}
	return slices.DeleteFunc(given, func(v *ir.Const) bool { return v == nil })
}

// paramAt is the parameter that the i-th argument is for, -1 for none.
func (c *checker) paramAt(a *ir.Annotation, i int, arg *idl.Arg, name string) int {
	switch {
	case arg.Name == nil && i < len(a.Params):
		return i
	case arg.Name == nil:
		c.report("annotation-argument", arg.Span, "`%s` has no more than %d arguments", name, len(a.Params)).
			Help("it is written `%s`", ownUsage(a, name))
		return -1
	}
	var names []string
	for at, p := range a.Params {
		if p.Name == arg.Name.Name {
			return at
		}
		names = append(names, p.Name)
	}
	f := c.report("annotation-argument", arg.Name.Span, "`%s` has no parameter `%s`", name, arg.Name.Name)
	if !meant(f, "", arg.Name, names) {
		f.Help("it is written `%s`", ownUsage(a, name))
	}
	return -1
}

// ownUsage is how an annotation is written.
func ownUsage(a *ir.Annotation, name string) string {
	if len(a.Params) == 0 {
		return name
	}
	var params []string
	for _, p := range a.Params {
		params = append(params, p.Name+": "+typeText(p.Type))
	}
	return name + "(" + strings.Join(params, ", ") + ")"
}

// typeText is the type of a parameter as it is written.
func typeText(t *ir.Type) string {
	if t.Kind == ir.EnumKind {
		return t.Enum.Name
	}
	return t.Kind.String()
}

// argValue is the value of an argument, nil for one that does not fit.
func (c *checker) argValue(p *ir.Param, lit *idl.Lit, name string) *ir.Const {
	if lit.Ref != nil && p.Type.Kind != ir.EnumKind && p.Type.Kind != ir.Bool && c.mayMeanConstant(lit.Ref) {
		if lit = c.constant(lit.Ref); lit == nil {
			return nil
		}
	}
	v := &ir.Const{Info: ir.Info{Name: p.Name, GoName: p.GoName, Span: lit.Span}, Type: p.Type, Text: lit.Text}
	var ok bool
	switch kind := p.Type.Kind; {
	case kind == ir.Bool:
		v.Bool = lit.Str == "true"
		ok = lit.Kind == idl.LitIdent && (v.Bool || lit.Str == "false")
	case kind == ir.String:
		v.Str, ok = lit.Str, lit.Kind == idl.LitString
	case kind == ir.Duration:
		v.Int, ok = lit.Int, lit.Kind == idl.LitDuration
	case kind == ir.EnumKind:
		return c.enumArg(p, v, lit, name)
	case kind.IsInteger():
		low, high := kind.Bounds()
		v.Int, v.Big = lit.Int, lit.Big
		ok = lit.Kind == idl.LitInt && (lit.Big && high == math.MaxUint64 ||
			!lit.Big && low <= lit.Int && (lit.Int < 0 || uint64(lit.Int) <= high)) // fits: not negative
	default: // a float
		v.Float = lit.Float
		if lit.Kind == idl.LitInt {
			v.Float = float64(lit.Int)
		}
		ok = lit.Kind == idl.LitFloat || lit.Kind == idl.LitInt && !lit.Big
	}
	if !ok {
		f := c.report("annotation-argument", lit.Span, "`%s` of `%s` is %s, not `%s`", p.Name, name, diag.Article(typeText(p.Type)), lit.Text)
		if p.Type.Kind == ir.String && lit.Kind == idl.LitIdent {
			f.Fix("quote it", lit.Span, `"`+lit.Text+`"`)
		}
		return nil
	}
	return v
}

// mayMeanConstant reports whether a name is one of something that is declared: else it
// is a text without its quotes.
func (c *checker) mayMeanConstant(ref *idl.Ref) bool {
	return ref.Package != nil || c.current.in.scope[ref.Name.Name] != nil || c.current.in.isBroken(ref.Name.Name)
}

// enumArg is the value of an argument that is one of an enum.
func (c *checker) enumArg(p *ir.Param, v *ir.Const, lit *idl.Lit, name string) *ir.Const {
	var names []string
	for _, value := range c.enums[p.Type.Enum].Values {
		if value.Name.Name == lit.Str && lit.Kind == idl.LitIdent && value.Number != nil {
			v.Int = value.Number.Int
			return v
		}
		names = append(names, value.Name.Name)
	}
	f := c.report("annotation-argument", lit.Span, "`%s` of `%s` is a value of the enum `%s`, not `%s`", p.Name, name, p.Type.Enum.Name, lit.Text)
	if near := idl.Nearest(lit.Str, names); near != "" && lit.Kind == idl.LitIdent {
		f.Help("did you mean `%s`?", near).Fix("change it to `"+near+"`", lit.Span, near).Guess(strings.EqualFold(lit.Str, near))
	} else {
		f.Help("it has %s", strings.Join(names, ", "))
	}
	return nil
}
