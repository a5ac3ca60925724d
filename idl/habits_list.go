package idl

// habitSuffixList takes `T[]` for `[]T`. A length in the brackets has no place in
// a type: it is for people to say whether it is a limit.
func habitSuffixList(p *parser, want shape, toks []token) []token {
	switch want.name {
	case "field", "const", "rpc", "stream", "flow":
	default:
		return toks
	}
	for i := 1; i+1 < len(toks); i++ {
		from := suffixedType(toks, i)
		if from < 0 {
			continue
		}
		elem := toks[from:i]
		if toks[i+1].kind == tokNumber && i+2 < len(toks) && toks[i+2].is("]") {
			d := p.error(CodeExpectedType, p.between(toks[i:i+3]), "a list has no fixed length")
			d.Help = "write `[]" + joinType(elem) + "`, and `@limit(" + toks[i+1].text + ")` after the field"
			toks = replace(toks, from, i+3, listOf(elem)...)
			continue
		}
		if elem[len(elem)-1].is("?") {
			d := p.error(CodeExpectedType, p.between(toks[from:i+2]), "a list is written `[]T`, and what it holds is never optional")
			d.Help = "write `[]" + joinType(elem[:len(elem)-1]) + "`, or a list of messages with an optional field"
			toks = replace(toks, from, i+2, listOf(elem[:len(elem)-1])...)
			continue
		}
		with, end := listOf(elem), i+2
		d := p.error(CodeExpectedType, p.between(toks[from:end]), "a list is written `[]T`")
		if end < len(toks) && toks[end].is("?") {
			d.Message += ", and is never optional: it may be empty"
			end++
		}
		p.edit(d, "write "+quote(joinType(with)), p.between(toks[from:end]), joinType(with))
		toks = replace(toks, from, end, with...)
		i = from // it may be a list of lists
	}
	return toks
}

// listOf is a list of what the tokens of a type say.
func listOf(elem []token) []token {
	at := elem[0].pos
	return append([]token{ghost("[", at), ghost("]", at)}, elem...)
}

// suffixedType is the index of the type that the brackets at index i belong to, or
// -1 when they begin a type of their own. `a []T` and `T[] a` differ by their white
// space alone.
func suffixedType(toks []token, i int) int {
	if !toks[i].is("[") || toks[i].kind != tokPunct || toks[i].pos != toks[i-1].end() {
		return -1
	}
	end := i + 1
	if toks[end].kind == tokNumber && end+1 < len(toks) {
		end++
	}
	if !toks[end].is("]") {
		return -1
	}
	if next := end + 1; next < len(toks) && toks[next].pos == toks[end].end() && (toks[next].kind == tokIdent || toks[next].is("[") && !closesNext(toks, next)) {
		return -1
	}
	for from := range i {
		if typeLen(toks[from:i]) == i-from {
			return from
		}
	}
	return -1
}

// closesNext reports whether the bracket at index i holds nothing and a type does
// not follow: `T[][]`.
func closesNext(toks []token, i int) bool {
	return i+1 < len(toks) && toks[i+1].is("]") && (i+2 >= len(toks) || toks[i+2].kind != tokIdent || toks[i+2].pos != toks[i+1].end())
}
