package ir

import (
	"fmt"
	"strings"
)

// HasRule reports whether a field has a rule: a limit, or a strict one.
func (f *Field) HasRule() bool {
	return f.Limit > 0 || f.EachLimit > 0 || f.KeyLimit > 0 || f.HasStrictRule()
}

// HasStrictRule reports whether a field has a rule that its codec does not check.
func (f *Field) HasStrictRule() bool {
	return f.Rules != nil || f.HasCheck()
}

// HasCheck reports whether a Go function checks a field: by a @check of its own, or of an
// annotation that it has.
func (f *Field) HasCheck() bool {
	if f.Rules != nil && f.Rules.Check != nil {
		return true
	}
	for _, m := range f.Marks {
		if m.Annotation.Check != nil {
			return true
		}
	}
	return false
}

// Validates reports whether values of a type have the method Validate, and whether it knows
// rules that codecs do not check.
func (t *Type) Validates() (has, strict bool) {
	switch {
	case t == nil:
	case t.Kind == MessageKind:
		return t.Message.Ruled, t.Message.Strict
	case t.Kind == UnionKind:
		return t.Union.Ruled, t.Union.Strict
	}
	return false, false
}

// RuleTexts are the rules of a field as they are written, without its limits and without
// annotations of the schema's own.
func (f *Field) RuleTexts() (all []string) {
	rules := f.Rules
	if rules == nil {
		return nil
	}
	if rules.Required {
		all = append(all, "@required")
	}
	var ends []string
	if rules.Min != nil {
		ends = append(ends, "min: "+rules.Min.Text)
	}
	if rules.Max != nil {
		ends = append(ends, "max: "+rules.Max.Text)
	}
	if len(ends) > 0 {
		all = append(all, "@range("+strings.Join(ends, ", ")+")")
	}
	if rules.Pattern != "" {
		all = append(all, fmt.Sprintf("@pattern(%q)", rules.Pattern))
	}
	if rules.Check != nil {
		all = append(all, fmt.Sprintf("@check(%q)", rules.Check.ImportPath+"."+rules.Check.Name))
	}
	return all
}
