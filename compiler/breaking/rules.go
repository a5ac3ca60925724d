package breaking

import (
	"fmt"
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

// ownRules are the rules of a field as they are written, without its limits and without
// annotations of the schema's own.
func ownRules(f *ir.Field) (all []string) {
	if rules := f.Rules; rules != nil {
		if rules.Required {
			all = append(all, "`@required`")
		}
		var ends []string
		if rules.Min != nil {
			ends = append(ends, "min: "+rules.Min.Text)
		}
		if rules.Max != nil {
			ends = append(ends, "max: "+rules.Max.Text)
		}
		if len(ends) > 0 {
			all = append(all, "`@range("+strings.Join(ends, ", ")+")`")
		}
		if rules.Pattern != "" {
			all = append(all, fmt.Sprintf("`@pattern(%q)`", rules.Pattern))
		}
		if rules.Check != nil {
			all = append(all, fmt.Sprintf("`@check(%q)`", rules.Check.ImportPath+"."+rules.Check.Name))
		}
	}
	return all
}

func ruleList(rules []string) string {
	if len(rules) == 0 {
		return "no rule"
	}
	return strings.Join(rules, " and ")
}
