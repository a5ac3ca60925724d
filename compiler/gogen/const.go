package gogen

import (
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitConsts writes the typed constants of a package.
func emitConsts(f *jen.File, u unit) {
	for _, c := range u.Pkg.Consts {
		s := docComment(&c.Info).Const().Id(c.GoName).Add(u.plainType(c.Type)).Op("=").Add(constValue(c))
		f.Add(trailingComment(s, c.Comment))
		f.Line()
	}
}

// constValue writes the value of a constant as a person would.
func constValue(c *ir.Const) *jen.Statement {
	switch c.Type.Kind {
	case ir.Bool:
		return jen.Lit(c.Bool)
	case ir.Float32, ir.Float64:
		return jen.Lit(c.Float)
	case ir.String:
		return jen.Lit(c.Str)
	case ir.Duration:
		return durationValue(time.Duration(c.Int))
	}
	if c.Big {
		return jen.Op(uintText(uint64(c.Int)))
	}
	return intValue(c.Int)
}

// intValue writes an integer; whole multiples of KiB, MiB and GiB as shifts.
func intValue(n int64) *jen.Statement {
	for _, shift := range []int{30, 20, 10} {
		if unit := int64(1) << shift; n >= unit && n%unit == 0 {
			return jen.Op(intText(n >> shift)).Op("<<").Op(intText(int64(shift)))
		}
	}
	return jen.Op(intText(n))
}

// durationValue writes a duration in the largest unit that divides it.
func durationValue(d time.Duration) *jen.Statement {
	for _, x := range durationUnits {
		if d == x.unit {
			return jen.Qual("time", x.name)
		}
		if d != 0 && d%x.unit == 0 {
			return jen.Op(intText(int64(d/x.unit))).Op("*").Qual("time", x.name)
		}
	}
	return jen.Op(intText(int64(d)))
}
