package check

import (
	"math"
	"strconv"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

func (c *checker) constBody(s *source, d *idl.Const, k *ir.Const) {
	k.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onConst))
	k.Type = c.typ(s, d.Type, constantIsThere)
	if k.Type == nil || d.Value == nil {
		return
	}
	k.Text = d.Value.Text
	switch t := k.Type.Kind; {
	case t.IsInteger():
		c.constInteger(d, k)
	case t == ir.Float32 || t == ir.Float64:
		c.constFloat(d, k)
	case t == ir.Duration:
		k.Int = d.Value.Int
		c.constKind(d, k, d.Value.Kind == idl.LitDuration, "a duration such as `30s`")
	case t == ir.String:
		k.Str = d.Value.Str
		c.constKind(d, k, d.Value.Kind == idl.LitString, "a quoted string")
	case t == ir.Bool:
		k.Bool = d.Value.Str == "true"
		ok := d.Value.Kind == idl.LitIdent && (k.Bool || d.Value.Str == "false")
		c.constKind(d, k, ok, "`true` or `false`")
	default:
		c.report("const-type", d.Type.Span, "a constant cannot be %s", k.Type.Describe()).
			Help("constants are integers, floats, strings, durations and bools")
	}
}

// constKind reports a literal of the wrong kind.
func (c *checker) constKind(d *idl.Const, k *ir.Const, ok bool, want string) bool {
	if ok {
		return true
	}
	f := c.report("const-value", d.Value.Span, "%s constant needs %s, not `%s`",
		diag.Article(k.Type.Kind.String()), want, d.Value.Text)
	switch {
	case k.Type.Kind != ir.String || d.Value.Kind == idl.LitString:
	case c.current.in.scope[d.Value.Text] != nil:
		f.Help("a constant is not made of another: write the value of `%s`", d.Value.Text)
	default:
		f.Fix("quote it", d.Value.Span, strconv.Quote(d.Value.Text))
	}
	return false
}

func (c *checker) constInteger(d *idl.Const, k *ir.Const) {
	v := d.Value
	if !c.constKind(d, k, v.Kind == idl.LitInt, "an integer") {
		return
	}
	k.Int, k.Big = v.Int, v.Big
	low, high := integerRange(k.Type.Kind)
	fits := !v.Big && low <= v.Int && v.Int <= high
	if high < 0 {
		fits = v.Big || v.Int >= 0
	}
	if !fits {
		c.report("const-range", v.Span, "%s does not fit `%s`, which holds %s",
			v.Text, k.Type.Kind.String(), rangeText(low, high))
	}
}

func (c *checker) constFloat(d *idl.Const, k *ir.Const) {
	v := d.Value
	switch {
	case v.Kind == idl.LitFloat:
		k.Float = v.Float
	case v.Kind == idl.LitInt && v.Big:
		k.Float = float64(uint64(v.Int))
	case v.Kind == idl.LitInt:
		k.Float = float64(v.Int)
	default:
		c.constKind(d, k, false, "a number")
		return
	}
	limit := math.MaxFloat64
	if k.Type.Kind == ir.Float32 {
		limit = math.MaxFloat32
	}
	if math.IsInf(k.Float, 0) || math.IsNaN(k.Float) || math.Abs(k.Float) > limit {
		c.report("const-range", v.Span, "%s does not fit `%s`", v.Text, k.Type.Kind.String())
	}
}
