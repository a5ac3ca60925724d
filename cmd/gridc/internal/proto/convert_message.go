package proto

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxNumber is the largest number of a field in a .grid file.
const maxNumber = 65535

// message writes a message, the types that stand in it, and its oneofs.
func (c *converter) message(scope string, m *Message) {
	inner := join(scope, m.Name)
	sym := c.set.symbols[inner]
	for _, d := range m.Decls {
		if e, ok := d.(*Enum); ok {
			c.enum(c.set.symbols[join(inner, e.Name)].name, e)
		}
	}
	body := c.body(inner, m)
	if sym.union {
		c.union(inner, sym.name, append(slices.Clone(m.Doc), m.Oneofs[0].Doc...), m, m.Oneofs[0], m)
	} else {
		c.line("")
		c.doc(m.Doc, "")
		c.deprecated(m.Deprecated, "")
		c.line("message %s {\n%s}", sym.name, body)
		for _, o := range m.Oneofs {
			if c.isOneof(m, o) {
				c.union(inner, c.oneofName(sym.name, o), o.Doc, m, o, nil)
			}
		}
	}
	for _, d := range m.Decls {
		if nested, ok := d.(*Message); ok {
			c.message(inner, nested)
		}
	}
}

func (c *converter) deprecated(is bool, indent string) {
	if is {
		c.line("%s@deprecated(%q)", indent, deprecation)
	}
}

// deprecation is the reason that is known.
const deprecation = "deprecated in the .proto file"

// oneofName is the name of the union that a oneof becomes.
func (c *converter) oneofName(message string, o *Oneof) string {
	name := message + typeName(o.Name)
	for _, sym := range c.set.symbols {
		if sym.name == name && c.isOwn(sym.file) {
			return name + "Oneof"
		}
	}
	return name
}

// isOneof reports whether a oneof has fields at all.
func (c *converter) isOneof(m *Message, o *Oneof) bool {
	return slices.ContainsFunc(m.Fields, func(f *Field) bool { return f.Oneof == o })
}

// body is what stands between the braces of a message.
func (c *converter) body(scope string, m *Message) string {
	if c.set.symbols[scope].union {
		return ""
	}
	outer := c.b
	c.b = &strings.Builder{}
	taken, numbers := names{}, c.numbers(m)
	written := map[*Oneof]bool{}
	for _, f := range m.Fields {
		switch {
		case f.Oneof == nil:
			c.field(scope, f, taken.pick(memberName(f.Name)), numbers)
		case !written[f.Oneof]:
			written[f.Oneof] = true
			c.line("    %s %s = %d", taken.pick(memberName(f.Oneof.Name)), c.oneofName(c.set.symbols[scope].name, f.Oneof), c.oneofNumber(m, f.Oneof, numbers))
		}
	}
	c.reserved(m.Reserved, m.Names, taken)
	c.lost(m.Lost)
	text := c.b.String()
	c.b = outer
	return text
}

// numbers says what number each field has: its own, where a .grid file has such numbers.
func (c *converter) numbers(m *Message) map[*Field]int {
	found, taken := map[*Field]int{}, map[int]bool{}
	for _, f := range m.Fields {
		if f.Number >= 1 && f.Number <= maxNumber {
			found[f], taken[f.Number] = f.Number, true
		}
	}
	next := 1
	for _, f := range m.Fields {
		if found[f] != 0 {
			continue
		}
		for taken[next] || inRanges(m.Reserved, next) {
			next++
		}
		found[f], taken[next] = next, true
	}
	return found
}

func inRanges(ranges []Range, n int) bool {
	return slices.ContainsFunc(ranges, func(r Range) bool { return r.From <= n && n <= r.To })
}

// oneofNumber is the least number of the fields of a oneof: they are the union's now.
func (c *converter) oneofNumber(m *Message, o *Oneof, numbers map[*Field]int) int {
	least := maxNumber
	for _, f := range m.Fields {
		if f.Oneof == o {
			least = min(least, numbers[f])
		}
	}
	return least
}

// field writes one field of a message.
func (c *converter) field(scope string, f *Field, name string, numbers map[*Field]int) {
	typ, isMessage, note := c.typeText(scope, f.Type)
	known := wellKnown[googleType(f.Type)]
	switch {
	case f.Key != "":
		key := builtins[f.Key]
		if key == "bool" {
			key, note = "string", "keys were bool"
		}
		typ = fmt.Sprintf("map[%s]%s", cmp.Or(key, "string"), typ)
	case f.Repeated:
		typ = "[]" + typ
	case strings.HasPrefix(typ, "[]") || strings.HasPrefix(typ, "map["):
	case f.Optional || known.optional || isMessage && !f.Required:
		typ += "?"
	}
	c.doc(f.Doc, "    ")
	c.member(f, name+" "+typ, numbers[f], note)
}

// member writes a field or a variant with its number, and what else is to be said of it.
func (c *converter) member(f *Field, head string, number int, notes ...string) {
	annos := ""
	if f.Deprecated {
		annos = fmt.Sprintf(" @deprecated(%q)", deprecation)
	}
	if number != f.Number {
		notes = append(notes, fmt.Sprintf("its number was %d", f.Number))
	}
	for _, x := range f.Lost {
		if c.isNews(x) {
			notes = append(notes, x)
		}
	}
	c.line("    %s = %d%s%s", head, number, annos, c.behind(f.Comment, notes...))
}

// union writes what a oneof becomes; whole is the message that is nothing else.
func (c *converter) union(scope, name string, doc []string, m *Message, o *Oneof, whole *Message) {
	c.line("")
	c.doc(doc, "")
	c.deprecated(whole != nil && whole.Deprecated, "")
	c.line("union %s {", name)
	taken, numbers := names{}, c.numbers(m)
	for _, f := range m.Fields {
		if f.Oneof != o {
			continue
		}
		c.doc(f.Doc, "    ")
		variant := taken.pick(memberName(f.Name))
		if isEmpty(f.Type) {
			c.member(f, variant, numbers[f])
			continue
		}
		typ, _, note := c.typeText(scope, f.Type)
		c.member(f, variant+" "+typ, numbers[f], note)
	}
	if whole != nil {
		c.reserved(whole.Reserved, whole.Names, taken)
		c.lost(whole.Lost)
	}
	c.line("}")
}

// reserved writes what must not be used again.
func (c *converter) reserved(ranges []Range, words []string, taken names) {
	c.reservedWithin(ranges, words, taken, 1, maxNumber)
}

func (c *converter) reservedWithin(ranges []Range, words []string, taken names, least, most int) {
	for _, r := range merged(ranges) {
		from, to := max(r.From, least), min(r.To, most)
		switch {
		case from > to: // there are no such numbers
		case from == to:
			c.line("    reserved %d", from)
		default:
			c.line("    reserved %d..%d", from, to)
		}
	}
	seen := map[string]bool{}
	for _, w := range words {
		name := memberName(w)
		if !seen[name] && name != "" {
			seen[name] = true
			c.line("    reserved %q", name)
		}
	}
}

// merged are ranges that do not overlap.
func merged(ranges []Range) []Range {
	sorted := slices.SortedFunc(slices.Values(ranges), func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	var out []Range
	for _, r := range sorted {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// lost marks what has no place in a block.
func (c *converter) lost(list []lost) {
	for _, x := range list {
		if c.isNews(x.text) {
			c.marks++
			c.line("    // %s%s", mark, oneLine(x.text))
		}
	}
}
