package idl

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// sizeUnits are the units of a size.
var sizeUnits = map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// unitHabits are units, in lower case, that people write when they mean one of
// sizeUnits. A lone `m` is missing: it is a minute.
var unitHabits = map[string]string{
	"k": "KiB", "kb": "KiB", "kib": "KiB", "ki": "KiB",
	"mb": "MiB", "mib": "MiB", "mi": "MiB",
	"g": "GiB", "gb": "GiB", "gib": "GiB", "gi": "GiB",
}

// literal turns a token into a literal. It never returns nil: a wrong literal
// is reported and stands in the tree as the best guess.
func (p *parser) literal(t token) *Lit {
	lit := &Lit{Text: t.text, Span: p.span(t.pos, t.end())}
	switch t.kind {
	case tokString:
		lit.Kind = LitString
		text, err := strconv.Unquote(t.text)
		if err != nil {
			p.badEscape(t)
			text = strings.Trim(t.text, `"`)
		}
		lit.Str = text
	case tokNumber:
		p.number(t, lit)
	default:
		lit.Kind, lit.Str = LitIdent, t.text
	}
	return lit
}

// number fills in a numeric literal.
func (p *parser) number(t token, lit *Lit) {
	lit.Kind = LitInt
	switch {
	case isBased(t.text):
		p.based(t, lit)
		return
	case isExponential(t.text):
		p.exponential(t, lit)
		return
	}
	digits, unit := splitUnit(t.text)
	if want := misspeltUnit(unit); want != "" {
		p.unitHabit(t, unit, want)
		unit = want
	}
	plain := strings.ReplaceAll(digits, "_", "")
	switch {
	case !wellFormed(digits):
		p.badNumber(t, digits)
	case unit != "" && sizeUnits[unit] == 0:
		lit.Kind = LitDuration
		p.duration(t, strings.ReplaceAll(t.text, "_", ""), lit)
	case strings.Contains(digits, "."):
		p.float(t, plain, unit, lit)
	default:
		p.integer(t, plain, max(sizeUnits[unit], 1), lit)
	}
}

// splitUnit parts a number from the letters after it; the unit of a duration
// with several parts is everything from its first letter on.
func splitUnit(text string) (digits, unit string) {
	for i := range len(text) {
		if c := text[i]; isLetter(c) && c != '_' || c == '_' && i+1 < len(text) && isLetter(text[i+1]) && text[i+1] != '_' {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// misspeltUnit returns the size unit that was meant, or "".
func misspeltUnit(unit string) string {
	if sizeUnits[unit] != 0 {
		return ""
	}
	if unit == "M" {
		return "MiB"
	}
	return unitHabits[strings.ToLower(unit)]
}

// wellFormed checks digits, underscores, the sign and the point: an underscore
// stands between digits, and there is no leading zero.
func wellFormed(digits string) bool {
	whole, frac, point := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	if len(whole) > 1 && whole[0] == '0' || point && !digitGroups(frac) {
		return false
	}
	return digitGroups(whole)
}

// digitGroups reports whether text is groups of digits joined by underscores.
func digitGroups(text string) bool {
	for group := range strings.SplitSeq(text, "_") {
		if group == "" || strings.Trim(group, "0123456789") != "" {
			return false
		}
	}
	return true
}

// integer fills in a whole number, multiplied by its unit.
func (p *parser) integer(t token, plain string, unit int64, lit *Lit) {
	n, err := strconv.ParseInt(plain, 10, 64)
	if err == nil && n <= math.MaxInt64/unit && n >= math.MinInt64/unit {
		lit.Int = n * unit
		return
	}
	u, err := strconv.ParseUint(plain, 10, 64)
	if err != nil || u > math.MaxUint64/uint64(unit) {
		p.error(CodeNumberOverflow, lit.Span, "%s does not fit in 64 bits", quote(t.text))
		return
	}
	lit.Int, lit.Big = int64(u*uint64(unit)), true // fits: Big says that these are the bits of a uint64
}

// float fills in a number with a point, which has no unit.
func (p *parser) float(t token, plain, unit string, lit *Lit) {
	f, err := strconv.ParseFloat(plain, 64)
	if err != nil || unit != "" {
		p.badNumber(t, plain)
		return
	}
	lit.Kind, lit.Float = LitFloat, f
}

// duration fills in a duration.
func (p *parser) duration(t token, plain string, lit *Lit) {
	d, err := time.ParseDuration(plain)
	if err != nil {
		lit.Kind = LitInt
		p.badNumber(t, plain)
		return
	}
	lit.Int = int64(d)
}

// badNumber reports a number of a form that the language does not have.
func (p *parser) badNumber(t token, digits string) {
	d := p.error(CodeBadNumber, p.span(t.pos, t.end()), "%s is not a number", quote(t.text))
	d.Help = "numbers look like `10_000`, `-1`, `0xFF`, `0.5`, `1e9`, `64KiB` or `1m30s`"
	if text := largeSize(t.text); text != "" {
		d.Message = quote(t.text) + " has a unit that sizes have not"
		d.Help = "sizes are counted in `KiB`, `MiB` and `GiB`, powers of 1024"
		p.fix(d, "write "+quote(text), t, text)
		return
	}
	bare := strings.TrimLeft(digits, "0")
	if digits == t.text && bare != digits && bare != "" && digitGroups(bare) {
		d.Message = quote(t.text) + " begins with a zero"
		octal, err := strconv.ParseUint(bare, 8, 64)
		if err == nil && strconv.FormatUint(octal, 10) != bare {
			d.Help = "numbers are decimal: in C and Go this is " + quote(strconv.FormatUint(octal, 10))
			p.fix(d, "write "+quote(strconv.FormatUint(octal, 10)), t, strconv.FormatUint(octal, 10))
			d.Fixes[0].Guess = true
		}
		p.fix(d, "drop the leading zero", t, bare)
		d.Fixes[len(d.Fixes)-1].Guess = len(d.Fixes) > 1
	}
	if want := oneUnit(t.text); want != "" {
		p.fix(d, "write "+quote(want), t, want)
	}
}

// largeSize is a size in a unit beyond those that there are, in GiB; or "".
func largeSize(text string) string {
	digits, unit := splitUnit(text)
	factor := map[string]uint64{"TiB": 1 << 10, "PiB": 1 << 20}[unit]
	n, err := strconv.ParseUint(strings.ReplaceAll(digits, "_", ""), 10, 64)
	if factor == 0 || err != nil || n > math.MaxInt64>>30/factor {
		return ""
	}
	return strconv.FormatUint(n*factor, 10) + "GiB"
}

// oneUnit is a number with the word for a unit as the language writes it, or "":
// `5s` for `5sec`.
func oneUnit(text string) string {
	digits, word := splitUnit(text)
	if unit := units[word]; unit != "" && unit != word && wellFormed(digits) {
		return digits + unit
	}
	return ""
}

// unitHabit reports a unit that is nearly one.
func (p *parser) unitHabit(t token, unit, want string) {
	span := p.span(shift(t.end(), -len(unit)), t.end())
	d := p.error(CodeSizeUnit, span, "%s is not a unit of size", quote(unit))
	d.Help = "sizes are counted in `KiB`, `MiB` and `GiB`, powers of 1024"
	// `KB` is 1000 to some and 1024 to others; what ends in `i` is not.
	sure := strings.HasSuffix(strings.ToLower(strings.TrimRight(unit, "Bb")), "i")
	d.Fixes = []Fix{{Message: "write " + quote(want), Guess: !sure, Edits: []Edit{{Span: span, New: want}}}}
	digits := strings.TrimSuffix(t.text, unit)
	if zeros := thousands[want]; !sure && strings.Trim(digits, "0123456789_") == "" {
		decimal := digits + zeros
		d.Fixes = append(d.Fixes, Fix{Message: "write " + quote(decimal), Guess: true, Edits: []Edit{{Span: p.spanOf(t), New: decimal}}})
		d.Help = "write " + quote(digits+want) + ", or " + quote(decimal) + " where it counts in thousands"
	}
}

// thousands is what the unit that sounds like one of sizeUnits stands for in powers
// of 1000.
var thousands = map[string]string{"KiB": "_000", "MiB": "_000_000", "GiB": "_000_000_000"}

// badEscape reports an escape sequence that is none, at its backslash.
func (p *parser) badEscape(t token) {
	at := t.pos
	for rest := t.text[1 : len(t.text)-1]; rest != ""; {
		_, _, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			at = shift(t.pos, len(t.text)-1-len(rest))
			break
		}
		rest = tail
	}
	d := p.error(CodeBadEscape, p.span(at, shift(at, min(2, t.end().Offset-at.Offset))), "unknown escape sequence in a string")
	d.Help = "the escapes of Go are allowed: `\\n`, `\\t`, `\\\"`, `\\\\`, `\\x00`, `\\u0000`"
}
