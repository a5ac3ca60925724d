package check

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// standardCodes are the codes that the runtime itself gives to errors.
var standardCodes = []string{
	"canceled", "deadline_exceeded", "disconnected", "unknown_handler", "incompatible", "already_registered",
	"invalid_argument", "not_found", "permission_denied", "unauthenticated", "resource_exhausted", "too_large",
	"unavailable", "unimplemented", "internal",
}

var codeForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// maxCode is the length of the longest error code in bytes.
const maxCode = 128

// errorCode is the checked code of an error, unique over everything compiled.
func (c *checker) errorCode(d *idl.Error) string {
	lit := d.Code
	if lit == nil {
		return ""
	}
	code := lit.Str
	switch {
	case lit.Kind != idl.LitString:
		c.report("error-code-format", lit.Span, "the code of an error is a quoted string")
	case slices.Contains(standardCodes, code):
		c.report("error-code-reserved", lit.Span, "`%s` is a standard code", code).
			Help("put the package before it: `%s.%s`", c.current.in.Package(), code).
			Fix("put the package before it", lit.Span, load.Quoted(codeText(c.current.in.Package())+"."+code))
	case !codeForm.MatchString(code) || len(code) > maxCode:
		c.badCode(lit)
	case c.current.rejected:
		return code // declared twice, which its name tells already
	case c.claim(code, lit.Span):
		return code
	default:
		c.report("error-code-duplicate", lit.Span, "the code `%s` is already taken", code).
			Label("used again here").Also(c.codes[code].Span, "first used here")
	}
	return ""
}

// claim gives a code to an error, unless another one has it.
func (c *checker) claim(code string, at idl.Span) bool {
	here := c.current.in.pkg
	first, isTaken := c.codeTaken(code, here)
	c.claims = append(c.claims, codeClaim{code, at, first, isTaken})
	if !isTaken {
		c.codes[code] = errorAt{at, here}
	}
	return !isTaken
}

// codeTaken is the error that has a code, and whether another one in a package cannot have
// it: one of another package with the same name belongs to another product, which has its
// own.
func (c *checker) codeTaken(code string, here *ir.Package) (first errorAt, isTaken bool) {
	first, known := c.codes[code]
	return first, known && (first.pkg == here || first.pkg.Name != here.Name)
}

func (c *checker) badCode(lit *idl.Lit) {
	f := c.report("error-code-format", lit.Span,
		"`%s` is not an error code", lit.Str).
		Help("a code is two or more words joined by `.`, of lower-case letters, digits and `_`")
	better := codeText(lit.Str)
	if !strings.Contains(better, ".") {
		better = codeText(c.current.in.Package()) + "." + better
	}
	if codeForm.MatchString(better) && len(better) <= maxCode {
		f.Fix("write `"+better+"`", lit.Span, load.Quoted(better))
	}
}

// codeText is the nearest thing to text that a part of a code may hold.
func codeText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r == '-' || r == ' ':
			return '_'
		case r == '/' || r == ':':
			return '.'
		}
		return r
	}, text)
}
