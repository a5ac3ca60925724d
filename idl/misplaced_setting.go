package idl

import "slices"

// settings are the annotations of handlers that people write as a line of a
// block, with an argument for those who forgot theirs.
var settings = map[string]string{"timeout": "(2s)", "priority": "(high)", "idempotent": "", "deprecated": "(\"why\")"}

// settingLine reports `timeout 2s` as a line of a service or of a handler's
// block, and whether the line is of that sort.
func (p *parser) settingLine(in, it *item) bool {
	word := it.toks[0]
	args, known := settings[word.text]
	if !known || word.kind != tokIdent || !in.toks[0].is("service") && in.kind != rowHandler {
		return false
	}
	value, own := settingValue(it.toks[1:])
	switch {
	case own && args == "" && word.is("idempotent"):
		own = value == "(true)" // which needs no word; nor does what is not so
	case own:
		args = value
	}
	d := p.error(CodeUnknownKeyword, p.spanOf(word), "%s does not begin a line of %s", quote(word.text), in.label())
	anno := "@" + word.text + args
	d.Help = "write " + quote(anno) + " above " + in.label()
	if word.is("idempotent") && !own && len(it.toks) > 1 && !bareSetting(it.toks) {
		d.Help = "leave it out, or " + d.Help + ", without a value"
	}
	if has(in.meta.Annos, word.text) {
		d.Help = "take it out, or put it in the place of the " + quote("@"+word.text) + " that is above " + in.label()
	} else if own || word.is("idempotent") && bareSetting(it.toks) {
		start := in.toks[0].pos
		d.Fixes = []Fix{{Message: d.Help, Edits: []Edit{
			{Span: p.span(start, start), New: anno + "\n" + indentOf(in)},
			{Span: p.between(it.toks)},
		}}}
	}
	return true
}

// has reports whether one of the annotations has a name.
func has(annos []*Anno, name string) bool {
	return slices.ContainsFunc(annos, func(a *Anno) bool { return a.Name != nil && a.Name.Name == name })
}

// bareSetting reports whether a line holds nothing but the word.
func bareSetting(toks []token) bool {
	return len(toks) == 1 || len(toks) == 2 && toks[1].is(";")
}

// settingValue is the argument in `2s`, `= 2s`, `: 2s` or `(2s)`, in parentheses.
func settingValue(toks []token) (string, bool) {
	if len(toks) > 0 && (toks[0].is("=") || toks[0].is(":")) {
		toks = toks[1:]
	}
	if n := len(toks); n > 0 && toks[n-1].is(";") {
		toks = toks[:n-1]
	}
	if n := len(toks); n > 2 && toks[0].is("(") && toks[n-1].is(")") {
		toks = toks[1 : n-1]
	}
	if len(toks) == 2 && unitApart(toks) && units[toks[1].text] != "" {
		return "(" + toks[0].text + units[toks[1].text] + ")", true
	}
	if len(toks) != 1 || toks[0].kind != tokString && toks[0].kind != tokNumber && toks[0].kind != tokIdent {
		return "", false
	}
	return "(" + toks[0].text + ")", true
}
