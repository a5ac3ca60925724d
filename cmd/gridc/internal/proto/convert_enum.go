package proto

import (
	"fmt"
	"math"
	"slices"
)

// enum writes an enum.
func (c *converter) enum(name string, e *Enum) {
	c.line("")
	c.doc(e.Doc, "")
	c.deprecated(e.Deprecated, "")
	c.line("enum %s int32 {", name)
	taken, byNumber := names{}, map[int]string{}
	words := valueNames(e)
	if !slices.ContainsFunc(e.Values, func(v *Value) bool { return v.Number == 0 }) {
		c.line("    %s = 0%s", taken.pick(free(words)), c.behind("", "the first value was not 0, and every enum has one here"))
	}
	for i, v := range e.Values {
		c.doc(v.Doc, "    ")
		if first, again := byNumber[v.Number]; again {
			c.marks++
			c.line("    // %s%s = %d was another name of %s", mark, words[i], v.Number, first)
			continue
		}
		byNumber[v.Number] = words[i]
		annos := ""
		if v.Deprecated {
			annos = fmt.Sprintf(" @deprecated(%q)", deprecation)
		}
		c.line("    %s = %d%s%s", words[i], v.Number, annos, c.behind(v.Comment))
	}
	c.reservedWithin(e.Reserved, e.Names, taken, math.MinInt32, math.MaxInt32)
	c.lost(e.Lost)
	c.line("}")
}

// free is a name for what means unknown.
func free(words []string) string {
	for _, name := range []string{"unknown", "unset", "none"} {
		if !slices.Contains(words, name) {
			return name
		}
	}
	return "zero"
}
