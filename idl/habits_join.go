package idl

import "strings"

// The habits of writing as two words, or as one with a hyphen, what is one.

// habitHyphens takes `my-pkg` for a name. A package becomes one word, as packages
// of Go are; other names are joined as Go joins words.
func habitHyphens(p *parser, want shape, toks []token) []token {
	if want.name == "reserved" || want.name == "anno" {
		return toks
	}
	for i := 0; i < len(toks); i++ {
		n := hyphenated(toks[i:])
		if n == 0 {
			continue
		}
		parts := toks[i : i+n]
		lower := want.name == "package" || want.name == "spec" || i+n < len(toks) && toks[i+n].is(".")
		name := joinHyphens(parts, lower)
		d := p.error(CodeExpectedName, p.between(parts), "a name cannot contain `-`")
		d.Help = "a name is letters, digits and `_`: it becomes a name of Go"
		p.edit(d, "write "+quote(name), p.between(parts), name)
		toks = replace(toks, i, i+n, token{kind: tokIdent, text: name, pos: toks[i].pos})
	}
	return toks
}

// habitPublic takes the word from `import public "x.proto"`, where it would be read
// as a name for the import.
func habitPublic(p *parser, want shape, toks []token) []token {
	if want.name != "spec" || len(toks) < 2 || !toks[0].is("public") && !toks[0].is("weak") || !strings.HasSuffix(toks[1].text, `.proto"`) {
		return toks
	}
	// With another path alone the word would be a name of the import.
	d := p.error(CodeUnexpectedToken, p.between(toks[:2]), "there is no %s import", toks[0].text)
	d.Help = "an import is for its own file only: each file imports what it uses"
	return toks[1:]
}

// hyphenated is the number of tokens of the name with hyphens, and nothing else in
// between, that toks begin with; 0 when it has none.
func hyphenated(toks []token) int {
	if toks[0].kind != tokIdent {
		return 0
	}
	n := 1
	for n < len(toks) && toks[n].pos == toks[n-1].end() {
		switch t := toks[n]; {
		case t.kind == tokNumber && t.text[0] == '-' && strings.IndexByte(t.text, '.') < 0:
			n++ // `-2` is one token
		case t.kind == tokIllegal && t.text == "-" && n+1 < len(toks) && toks[n+1].kind == tokIdent && toks[n+1].pos == t.end():
			n += 2
		default:
			return atLeastTwo(n)
		}
	}
	return atLeastTwo(n)
}

func atLeastTwo(n int) int {
	if n < 2 {
		return 0
	}
	return n
}

// joinHyphens is a name without its hyphens.
func joinHyphens(parts []token, lower bool) string {
	var b strings.Builder
	for i, t := range parts {
		word := strings.TrimLeft(t.text, "-")
		switch {
		case word == "":
		case lower:
			b.WriteString(strings.ToLower(word))
		case i > 0:
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		default:
			b.WriteString(word)
		}
	}
	return b.String()
}

// units are what may stand after a number, and the words that mean one of them.
var units = map[string]string{
	"ns": "ns", "us": "us", "ms": "ms", "s": "s", "m": "m", "h": "h", "KiB": "KiB", "MiB": "MiB", "GiB": "GiB",
	"nanoseconds": "ns", "microseconds": "us", "millis": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
	"sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
	"hr": "h", "hrs": "h", "hour": "h", "hours": "h",
}

// habitUnits takes `5 s` for `5s`, where a number may have a unit.
func habitUnits(p *parser, want shape, toks []token) []token {
	if want.name != "const" && want.name != "anno" {
		return toks
	}
	for i := 1; i < len(toks); i++ {
		if !unitApart(toks[i-1:]) {
			continue
		}
		unit := units[toks[i].text]
		if unit == "" {
			unit = toks[i].text // a size, which may be a habit of its own
		}
		text := toks[i-1].text + unit
		d := p.error(CodeBadNumber, p.between(toks[i-1:i+1]), "a number and its unit are one word")
		p.edit(d, "write "+quote(text), p.between(toks[i-1:i+1]), text)
		toks = replace(toks, i-1, i+1, token{kind: tokNumber, text: text, pos: toks[i-1].pos})
	}
	return toks
}

// unitApart reports whether toks begin with a number and, with white space in
// between, its unit.
func unitApart(toks []token) bool {
	if len(toks) < 2 || toks[0].kind != tokNumber || toks[1].kind != tokIdent || toks[1].pos.Line != toks[0].pos.Line {
		return false
	}
	_, own := splitUnit(toks[0].text)
	unit := toks[1].text
	return own == "" && (units[unit] != "" || misspeltUnit(unit) != "")
}
