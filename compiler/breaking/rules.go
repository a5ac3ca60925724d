package breaking

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// loosened reports whether all that differs are ends of ranges, each further away.
func loosened(old, new *ir.Rules, gone, added []string) bool {
	isRange := func(rule string) bool { return strings.HasPrefix(rule, "`@range(") }
	if old == nil || new == nil || !slices.ContainsFunc(gone, isRange) || slices.ContainsFunc(added, func(rule string) bool { return !isRange(rule) }) {
		return false
	}
	lower := new.Min == nil || old.Min != nil && number(new.Min) <= number(old.Min)
	higher := new.Max == nil || old.Max != nil && number(new.Max) >= number(old.Max)
	return lower && higher
}

// number is the value of an end of a range, about.
func number(c *ir.Const) float64 {
	switch {
	case c.Type.Kind == ir.Float32 || c.Type.Kind == ir.Float64:
		return c.Float
	case c.Big:
		return float64(uint64(c.Int))
	}
	return float64(c.Int)
}

func ruleList(rules []string) string {
	if len(rules) == 0 {
		return "no rule"
	}
	return strings.Join(rules, " and ")
}

// quoteAll marks each text as code.
func quoteAll(texts []string) (all []string) {
	for _, text := range texts {
		all = append(all, "`"+text+"`")
	}
	return all
}
