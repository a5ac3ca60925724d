package check

import (
	"regexp"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/idl"
)

func readRequired(set *annoSet, _ *idl.Lit) bool {
	set.required = true
	return true
}

// readNoRange refuses an argument of @range that does not say which end it is.
func readNoRange(*annoSet, *idl.Lit) bool { return false }

// rangeEnds are the arguments of @range.
var rangeEnds = map[string]func(*annoSet, *idl.Lit) bool{
	"min": func(set *annoSet, lit *idl.Lit) bool { return readQuantity(&set.least, lit) },
	"max": func(set *annoSet, lit *idl.Lit) bool { return readQuantity(&set.most, lit) },
}

func readQuantity(end **idl.Lit, lit *idl.Lit) bool {
	if lit.Kind != idl.LitInt && lit.Kind != idl.LitFloat && lit.Kind != idl.LitDuration {
		return false
	}
	*end = lit
	return true
}

func readPattern(set *annoSet, lit *idl.Lit) bool {
	_, err := regexp.Compile(lit.Str)
	if lit.Kind != idl.LitString || lit.Str == "" || err != nil {
		return false
	}
	set.pattern = lit.Str
	return true
}

// patternFault is why a text is no regular expression.
func patternFault(text string) string {
	if _, err := regexp.Compile(text); err != nil {
		return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	}
	return "an empty one matches everything"
}

func readCheck(set *annoSet, lit *idl.Lit) bool {
	f, why := goTarget(lit)
	if why != "" || !goname.IsExportedIdent(f.Name) {
		return false
	}
	set.check = f
	return true
}
