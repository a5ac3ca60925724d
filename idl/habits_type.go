package idl

import (
	"slices"
	"strings"
)

// The habits about types, and what they need to know of types.

// genericLists, genericMaps and genericOptions are the names of type
// constructors of other languages.
var (
	genericLists   = []string{"list", "array", "vector", "vec", "slice", "set", "repeated", "sequence"}
	genericMaps    = []string{"map", "dict", "hashmap", "record"}
	genericOptions = []string{"optional", "option", "maybe", "nullable"}
)

// habitGenerics takes `list<T>` for `[]T` and `map<K, V>` for `map[K]V`.
func habitGenerics(p *parser, want shape, toks []token) []token {
	first := slices.IndexFunc(toks, func(t token) bool { return t.is("<") }) - 1
	if first < 0 || toks[first].kind != tokIdent || !p.shallow(toks) {
		return toks
	}
	last := len(toks) - 1
	for last > 0 && !toks[last].is(">") {
		last--
	}
	var with []token
	if last > first {
		with = ungeneric(toks[first : last+1])
	}
	if n := typeLen(with); n == 0 || n != len(with) {
		return toks
	}
	if with[len(with)-1].is("?") && last+1 < len(toks) && toks[last+1].is("?") {
		last++ // `optional<T>?` says it twice
	}
	at := p.between(toks[first : last+1])
	d := p.error(CodeGenericType, at, "types have no parameters in angle brackets")
	d.Help = "lists are written `[]T`, maps `map[K]V`"
	text := joinType(with)
	if rest := toks[last+1:]; want.name == "field" && first == 0 && len(rest) > 1 && rest[0].kind == tokIdent && rest[1].is("=") {
		// The type first, as those languages have it, is the same habit.
		at, text = p.between(toks[:last+2]), rest[0].text+" "+text
		d.Help = "lists are written `name []T`, maps `name map[K]V`"
		with = slices.Concat(rest[:1], with)
		last++
	}
	p.edit(d, "write "+quote(text), at, text)
	if slices.ContainsFunc(toks[first:last+1], func(t token) bool { return strings.EqualFold(t.text, "set") }) {
		d.Help = "a list may hold the same twice: a set may be better written `map[T]bool`"
		d.Fixes[0].Guess = true
	}
	return replace(toks, first, last+1, with...)
}

// ungeneric rewrites the innermost angle brackets until there are none, and
// returns nil when that does not work out.
func ungeneric(toks []token) []token {
	for {
		open := lastIndex(toks, "<")
		if open < 1 {
			return toks
		}
		n := slices.IndexFunc(toks[open:], func(t token) bool { return t.is(">") })
		if n < 0 {
			return nil
		}
		inner := toks[open+1 : open+n]
		comma := slices.IndexFunc(inner, func(t token) bool { return t.is(",") })
		at := toks[open-1].pos
		word := strings.ToLower(toks[open-1].text)
		var with []token
		switch {
		case len(inner) == 0 || inner[len(inner)-1].is("?") && !slices.Contains(genericOptions, word):
			return nil // what a list or a map holds is never optional: that is for people to settle
		case slices.Contains(genericLists, word) && comma < 0:
			with = listOf(inner)
		case slices.Contains(genericMaps, word) && comma > 0:
			with = slices.Concat([]token{{kind: tokIdent, text: "map", pos: at}, ghost("[", at)},
				inner[:comma], []token{ghost("]", inner[comma].pos)}, inner[comma+1:])
		case slices.Contains(genericOptions, word) && comma < 0 && (isCollection(inner) || inner[len(inner)-1].is("?")):
			with = inner // it may be empty, or says so already
		case slices.Contains(genericOptions, word) && comma < 0:
			with = append(slices.Clone(inner), ghost("?", toks[open+n].pos))
		default:
			return nil
		}
		toks = replace(toks, open-1, open+n+1, with...)
	}
}

func lastIndex(toks []token, mark string) int {
	i := len(toks) - 1
	for i >= 0 && !toks[i].is(mark) {
		i--
	}
	return i
}

// habitModifier takes `optional string name` and `repeated string name` for
// `name string?` and `name []string`, in both orders of name and type.
func habitModifier(p *parser, want shape, toks []token) []token {
	if want.name != "field" {
		return toks
	}
	for at := range min(2, len(toks)) {
		word := toks[at]
		if !isModifier(word) {
			continue
		}
		name, typ, end := p.modified(toks, at)
		if typ == nil {
			continue
		}
		with := slices.Concat(name, want.modifiedType(word.text, typ))
		text := joinType(with)
		if len(name) > 0 {
			text = name[0].text + " " + joinType(with[1:])
		}
		d := p.error(CodeModifier, p.spanOf(word), "there is no %s before a type", quote(word.text))
		d.Help = "a list is written `name []T`, an optional field `name T?`; fields are never required"
		p.edit(d, "write "+quote(text), p.between(toks[at:end]), text)
		// `repeated` before what is a list may be meant once or twice.
		d.Fixes[0].Guess = word.is("repeated") && (isCollection(typ) || typ[len(typ)-1].is("?"))
		return replace(toks, at, end, with...)
	}
	return toks
}

func isModifier(t token) bool { return t.is("optional") || t.is("repeated") || t.is("required") }

// modifiedType is the type that says what the modifier says.
func (s shape) modifiedType(word string, typ []token) []token {
	first, end := typ[0].pos, typ[len(typ)-1].end()
	switch {
	case word == "repeated":
		return slices.Concat([]token{ghost("[", first), ghost("]", first)}, typ)
	case word == "optional" && s.mayMark(typ):
		return append(slices.Clone(typ), ghost("?", end))
	}
	return typ
}

// modified finds the name, if it stands after the modifier at index at, and
// the type that it belongs to; both end at index end. There is no type when
// the word is a name or a type itself.
func (p *parser) modified(toks []token, at int) (name, typ []token, end int) {
	rest := toks[at+1:]
	n := typeLen(rest)
	equals := func(i int) bool { return i < len(rest) && rest[i].is("=") }
	switch {
	case n == 0:
		return nil, nil, 0
	case at == 1 && equals(n):
		return nil, rest[:n], at + 1 + n
	case at == 1:
		return nil, nil, 0
	case equals(n+1) && rest[n].kind == tokIdent && (n > 1 || p.typeFirst(rest[0], rest[1])):
		return rest[n : n+1], rest[:n], at + n + 2
	}
	if m := typeLen(rest[1:]); rest[0].kind == tokIdent && m > 0 && equals(m+1) {
		return rest[:1], rest[1 : m+1], at + m + 2
	}
	return nil, nil, 0
}

// habitTypeFirst takes `string name = 1` for `name string = 1`.
func habitTypeFirst(p *parser, want shape, toks []token) []token {
	n := typeLen(toks)
	if want.name != "field" || n == 0 || len(toks) < n+2 || toks[n].kind != tokIdent || !toks[n+1].is("=") {
		return toks
	}
	if n == 1 && !p.typeFirst(toks[0], toks[1]) {
		return toks
	}
	at := p.between(toks[:n+1])
	d := p.error(CodeProtoOrder, at, "the name comes before the type")
	typ := p.nativeType(toks[:n])
	text := toks[n].text + " " + joinType(typ)
	p.edit(d, "write "+quote(text), at, text)
	return slices.Concat(toks[n:n+1], typ, toks[n+1:])
}

// scalarHabits are scalar types of proto, Thrift and Cap'n Proto that have one name here
// and another there.
var scalarHabits = map[string]string{
	"sint32": "int32", "sint64": "int64", "fixed32": "uint32", "fixed64": "uint64", "sfixed32": "int32", "sfixed64": "int64", "double": "float64",
	"i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "binary": "bytes",
	"Text": "string", "Data": "bytes", "Bool": "bool", "Int8": "int8", "Int16": "int16", "Int32": "int32", "Int64": "int64",
	"UInt8": "uint8", "UInt16": "uint16", "UInt32": "uint32", "UInt64": "uint64", "Float32": "float32", "Float64": "float64",
}

// nativeType is a type with the scalars of other languages as they are called here,
// unless the file declares one of that name.
func (p *parser) nativeType(toks []token) []token {
	out := slices.Clone(toks)
	for i, t := range out {
		if native := scalarHabits[t.text]; t.kind == tokIdent && native != "" && !p.names[t.text] {
			out[i].text, out[i].until = native, t.end()
		}
	}
	return out
}

// typeFirst reports whether the first of two words is a type and the second
// one is not, as far as this file tells.
func (p *parser) typeFirst(first, second token) bool {
	return p.isType(first.text) && !p.isType(second.text)
}

func (p *parser) isType(name string) bool { return builtins[name] || p.names[name] }

// builtins are the types that every file has; `int` and its like, of other
// languages, are there for the sake of the habits.
var builtins = map[string]bool{
	"bool": true, "int8": true, "int16": true, "int32": true, "int64": true, "uint8": true, "uint16": true,
	"uint32": true, "uint64": true, "float32": true, "float64": true, "string": true, "bytes": true,
	"time": true, "duration": true, "uuid": true, "raw": true, "int": true, "uint": true, "double": true, "float": true,
	"sint32": true, "sint64": true, "fixed32": true, "fixed64": true, "sfixed32": true, "sfixed64": true,
	"i8": true, "i16": true, "i32": true, "i64": true, "boolean": true, "long": true, "short": true, "byte": true, "char": true, "String": true,
}

// typeLen is the number of tokens of the type that toks begin with, or 0.
func typeLen(toks []token) int { return typeLenAt(toks, 0) }

func typeLenAt(toks []token, depth int) int {
	n := 0
	switch {
	case depth > maxNesting:
		return 0
	case len(toks) > 2 && toks[0].is("[") && toks[1].is("]"):
		if n = typeLenAt(toks[2:], depth+1); n > 0 {
			n += 2
		}
	case len(toks) > 3 && toks[0].is("map") && toks[1].is("["):
		k := typeLenAt(toks[2:], depth+1)
		if k == 0 || len(toks) < k+4 || !toks[k+2].is("]") {
			return 0
		}
		if n = typeLenAt(toks[k+3:], depth+1); n > 0 {
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

// joinType is the text of a type.
func joinType(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.text)
	}
	return b.String()
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
