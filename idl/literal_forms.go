package idl

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// The numbers that are written otherwise than in decimal digits and a unit.

var (
	basedForm       = regexp.MustCompile(`^-?0[xXbBoO]`)
	exponentialForm = regexp.MustCompile(`^(-?[0-9][0-9_]*(?:\.[0-9][0-9_]*)?)[eE]([+-]?[0-9]{1,9})$`)
)

// isBased reports whether a number is written to another base than ten.
func isBased(text string) bool { return basedForm.MatchString(text) }

// isExponential reports whether a number has an exponent.
func isExponential(text string) bool { return exponentialForm.MatchString(text) }

// hasUnit reports whether a number is a size or a duration.
func hasUnit(text string) bool {
	_, unit := splitUnit(text)
	return unit != "" && !isBased(text) && !isExponential(text)
}

// based fills in a number such as 0xFF, 0b101 or 0o17.
func (p *parser) based(t token, lit *Lit) {
	n, ok := new(big.Int).SetString(t.text, 0)
	if !ok {
		p.badNumber(t, t.text)
		return
	}
	p.bigInteger(t.text, n, lit)
}

// bigInteger fills in an integer that may be too large.
func (p *parser) bigInteger(text string, n *big.Int, lit *Lit) {
	switch {
	case n.IsInt64():
		lit.Int = n.Int64()
	case n.IsUint64():
		lit.Int, lit.Big = int64(n.Uint64()), true // fits: Big says that these are the bits of a uint64
	default:
		p.error(CodeNumberOverflow, lit.Span, "%s does not fit in 64 bits", quote(text))
	}
}

// exponential fills in a number such as 1e9, which is an integer where it is whole and
// fits in 64 bits.
func (p *parser) exponential(t token, lit *Lit) {
	parts := exponentialForm.FindStringSubmatch(t.text)
	f, err := strconv.ParseFloat(strings.ReplaceAll(t.text, "_", ""), 64)
	switch {
	case !wellFormed(parts[1]):
		p.badNumber(t, parts[1])
		return
	case err != nil:
		p.error(CodeNumberOverflow, lit.Span, "%s does not fit in a float64", quote(t.text))
		return
	}
	lit.Kind, lit.Float = LitFloat, f
	if math.Abs(f) > math.MaxUint64 || f != math.Trunc(f) || len(t.text) > 64 || strings.HasPrefix(parts[2], "-") {
		return // only what is small is worth an exact look
	}
	if exact, ok := new(big.Rat).SetString(strings.ReplaceAll(t.text, "_", "")); ok && exact.IsInt() && (exact.Num().IsInt64() || exact.Num().IsUint64()) {
		lit.Kind, lit.Float = LitInt, 0
		p.bigInteger(t.text, exact.Num(), lit)
	}
}

// maxShift is how far a number may be shifted.
const maxShift = 63

// shifted is one number shifted by another: `1 << 3`.
func (p *parser) shifted(n, by *Lit) *Lit {
	lit := &Lit{Kind: LitInt, Text: n.Text + " << " + by.Text, Span: p.span(n.Span.Start, by.Span.End)}
	switch {
	case n.Kind != LitInt || by.Kind != LitInt:
	case by.Big || by.Int < 0 || by.Int > maxShift:
		p.error(CodeExpectedNumber, by.Span, "a number is shifted by 0 to %d", maxShift)
	default:
		value := big.NewInt(n.Int)
		if n.Big {
			value.SetUint64(uint64(n.Int))
		}
		p.bigInteger(lit.Text, value.Lsh(value, uint(by.Int)), lit) // fits: compared
	}
	return lit
}
