package evolution

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An edit changes a model and returns the one rule that the review has to name
// for it: "" for none, and impossible where the model has nothing to edit.
type edit struct {
	name  string
	apply func(g *maker) (rule string)
}

const impossible = "impossible"

// toRaw is the edit that makes anything a raw.
const toRaw = "to raw"

// ofSort calls an edit with a random message of one of the sorts.
func ofSort(change func(g *maker, x *message) string, sorts ...string) func(*maker) string {
	return func(g *maker) string {
		fitting := slices.DeleteFunc(slices.Clone(g.m.messages), func(x *message) bool { return !slices.Contains(sorts, x.sort) })
		return change(g, pick(g.Rand, fitting))
	}
}

// ofFields calls an edit with a random field that fits.
func ofFields(fits func(*field) bool, change func(g *maker, x *message, f *field) string, sorts ...string) func(*maker) string {
	return ofSort(func(g *maker, x *message) string {
		fields := slices.DeleteFunc(slices.Clone(x.fields), func(f *field) bool { return fits != nil && !fits(f) })
		if len(fields) == 0 {
			return impossible
		}
		return change(g, x, pick(g.Rand, fields))
	}, sorts...)
}

func oneOf(types ...string) func(*field) bool {
	return func(f *field) bool { return slices.Contains(types, f.typ) }
}

func (x *message) drop(f *field) {
	x.fields = slices.DeleteFunc(x.fields, func(g *field) bool { return g == f })
}

// retype gives a field another type, and the limit that goes with none.
func retype(f *field, typ string) { f.typ, f.limit, f.each = typ, 0, 0 }

// named is the part of a rule's name that says field or variant.
func named(x *message, rule string) string {
	if x.sort == "union" {
		return strings.Replace(rule, "field", "variant", 1)
	}
	return rule
}

var bodies = []string{"message", "error", "union"}

var fieldEdits = []edit{
	{"rename a field", ofFields(nil, func(g *maker, x *message, f *field) string {
		f.name = g.m.fresh("r")
		return named(x, "source/field-renamed")
	}, bodies...)},
	{"reorder fields", ofSort(func(g *maker, x *message) string {
		g.Shuffle(len(x.fields), func(i, j int) { x.fields[i], x.fields[j] = x.fields[j], x.fields[i] })
		return ""
	}, bodies...)},
	{"add a field", ofSort(func(g *maker, x *message) string {
		x.fields = append(x.fields, g.field(x, x.next(30)))
		return ""
	}, "message", "error")},
	{"add a variant", ofSort(func(g *maker, x *message) string {
		x.fields = append(x.fields, g.field(x, 30))
		return "rollout/variant-added"
	}, "union")},
	{"delete a field and reserve it", ofFields(nil, func(_ *maker, x *message, f *field) string {
		x.drop(f)
		x.reserved = append(x.reserved, f.number)
		return named(x, "source/field-deleted")
	}, bodies...)},
	{"delete a field", ofFields(nil, func(_ *maker, x *message, f *field) string {
		x.drop(f)
		return named(x, "wire/field-deleted")
	}, bodies...)},
	{"renumber a field", ofFields(nil, func(_ *maker, x *message, f *field) string {
		f.number = x.number(31)
		return named(x, "wire/field-number-changed")
	}, bodies...)},
	{"renumber a field and reserve its number", ofFields(nil, func(_ *maker, x *message, f *field) string {
		x.reserved = append(x.reserved, f.number)
		f.number = x.number(31)
		return named(x, "wire/field-number-changed")
	}, bodies...)},
	{"swap two fields of one type", ofSort(func(g *maker, x *message) string {
		a := pick(g.Rand, x.fields)
		for _, b := range x.fields {
			if a != b && a.typ == b.typ && a.opt == b.opt && a.limit == b.limit && a.each == b.each {
				a.number, b.number = b.number, a.number
				return named(x, "wire/field-number-changed")
			}
		}
		return impossible
	}, bodies...)},
	{"take a reserved number", ofSort(func(g *maker, x *message) string {
		x.fields = append(x.fields, g.field(x, 50))
		x.reserved = nil
		return "wire/field-number-reused"
	}, bodies...)},
	{"reserve no longer", ofSort(func(_ *maker, x *message) string {
		x.reserved = nil
		return "wire/reserved-removed"
	}, bodies...)},
	{"a tuple or a map", ofSort(func(_ *maker, x *message) string {
		x.tuple = !x.tuple
		return "wire/message-tuple-changed"
	}, "message")},
	{"keep what is not known, or not", ofSort(func(_ *maker, x *message) string {
		x.keep = !x.keep
		return ""
	}, "message")},
	{"keep a secret", ofFields(nil, func(_ *maker, _ *message, f *field) string {
		f.annos = " @secret"
		return "behavior/secret-changed"
	}, bodies...)},
	{"a rule for a value", ofFields(oneOf("string"), func(g *maker, x *message, f *field) string {
		if g.m.holds(x.name) {
			return "" // part of a request perhaps: then the verdict is rollout/rule-tightened
		}
		f.annos = ` @pattern("^.*$")`
		return ""
	}, "error")},
	{"sort a map", ofFields(func(f *field) bool { return strings.HasPrefix(f.typ, "map[") }, func(_ *maker, _ *message, f *field) string {
		f.annos = " @sorted"
		return ""
	}, bodies...)},
	{"name a field in JSON", ofFields(nil, func(g *maker, _ *message, f *field) string {
		f.annos = fmt.Sprintf(" @json(name: %q)", g.m.fresh("j"))
		return "behavior/json-changed"
	}, bodies...)},
	{"rename a type", ofSort(func(g *maker, x *message) string {
		g.m.rename(x.name, g.m.fresh("R"))
		return "source/type-renamed"
	}, "error")},
	{"limit the size of a message", ofSort(func(_ *maker, x *message) string {
		x.limit = 8
		return "rollout/limit-tightened"
	}, "message")},
}

// holds reports whether a type is a request, response or message of a stream, or the type of
// a field.
func (m *model) holds(name string) bool {
	word := regexp.MustCompile(`\b` + name + `\b`)
	for _, x := range m.messages {
		if slices.ContainsFunc(x.fields, func(f *field) bool { return word.MatchString(f.typ) }) {
			return true
		}
	}
	return slices.ContainsFunc(m.handlers, func(h *handler) bool {
		return word.MatchString(strings.Join([]string{h.request, h.response, h.in, h.out}, " "))
	})
}

// rename gives a declaration another name, wherever that stands.
func (m *model) rename(was, is string) {
	word := regexp.MustCompile(`\b` + was + `\b`)
	rename := func(slots ...*string) {
		for _, slot := range slots {
			*slot = word.ReplaceAllString(*slot, is)
		}
	}
	for _, x := range m.messages {
		rename(&x.name)
		for _, f := range x.fields {
			rename(&f.typ)
		}
	}
	for i := range m.errors {
		rename(&m.errors[i])
	}
	for _, h := range m.handlers {
		rename(&h.request, &h.response, &h.in, &h.out)
		for i := range h.errors {
			rename(&h.errors[i])
		}
	}
}

var typeEdits = []edit{
	{"make optional or not", ofFields(func(f *field) bool { return !isCollection(f.typ) }, func(_ *maker, _ *message, f *field) string {
		f.opt = !f.opt
		return "rollout/optional-changed"
	}, "message", "error")},
	{"widen an integer", ofFields(oneOf("int8", "int16", "int32", "uint8", "uint16", "uint32"), func(_ *maker, _ *message, f *field) string {
		f.typ = map[string]string{"int8": "int16", "int16": "int32", "int32": "int64", "uint8": "int16", "uint16": "uint32", "uint32": "uint64"}[f.typ]
		return "rollout/int-widened"
	}, bodies...)},
	{"narrow an integer", ofFields(oneOf("int16", "int32", "int64", "uint16", "uint32", "uint64"), func(_ *maker, x *message, f *field) string {
		f.typ = map[string]string{"int16": "uint8", "int32": "int16", "int64": "int32", "uint16": "uint8", "uint32": "uint16", "uint64": "uint32"}[f.typ]
		return named(x, "wire/field-type-changed")
	}, bodies...)},
	{"change a sign", ofFields(oneOf("int8", "int16", "int32", "int64"), func(_ *maker, x *message, f *field) string {
		f.typ = "u" + f.typ
		return named(x, "wire/field-type-changed")
	}, bodies...)},
	{"widen a float", ofFields(oneOf("float32"), func(_ *maker, _ *message, f *field) string {
		f.typ = "float64"
		return "rollout/float-widened"
	}, bodies...)},
	{"narrow a float", ofFields(oneOf("float64"), func(_ *maker, x *message, f *field) string {
		f.typ = "float32"
		return named(x, "wire/field-type-changed")
	}, bodies...)},
	{"another type of the same wire", ofFields(oneOf("int64", "duration"), func(_ *maker, x *message, f *field) string {
		f.typ = map[string]string{"int64": "duration", "duration": "int64"}[f.typ]
		return named(x, "source/field-type-changed")
	}, bodies...)},
	{"another scalar", ofFields(func(f *field) bool { return slices.Contains(scalars, f.typ) && f.typ != "raw" }, func(g *maker, x *message, f *field) string {
		to := pick(g.Rand, scalars[:17])
		if family(to) == family(f.typ) {
			return impossible
		}
		retype(f, to)
		return named(x, "wire/field-type-changed")
	}, bodies...)},
	{toRaw, ofFields(func(f *field) bool { return f.typ != "raw" }, func(_ *maker, x *message, f *field) string {
		retype(f, "raw")
		return named(x, "source/field-type-changed")
	}, bodies...)},
	{"from raw", ofFields(oneOf("raw"), func(_ *maker, x *message, f *field) string {
		f.typ = "string"
		return named(x, "wire/field-type-changed")
	}, bodies...)},
	{"take the value of a variant", ofFields(func(f *field) bool { return slices.Contains(scalars, f.typ) && f.typ != "raw" }, func(_ *maker, x *message, f *field) string {
		retype(f, "")
		return "wire/variant-type-changed"
	}, "union")},
	{"give a variant a scalar", ofFields(oneOf(""), func(_ *maker, _ *message, f *field) string {
		f.typ = "string"
		return "wire/variant-type-changed"
	}, "union")},
	{"give a variant an empty message", ofFields(oneOf(""), func(g *maker, in *message, f *field) string {
		x := &message{place: in.place, sort: "message", name: g.m.fresh("M")}
		g.m.messages = append([]*message{x}, g.m.messages...)
		f.typ = x.name
		return "source/variant-type-changed"
	}, "union")},
	{"one to many", ofFields(func(f *field) bool { return f.typ != "" && !f.opt && !isCollection(f.typ) && f.typ != "raw" }, func(_ *maker, _ *message, f *field) string {
		retype(f, "[]"+f.typ)
		return "wire/field-cardinality-changed"
	}, bodies...)},
	{"another key", ofFields(func(f *field) bool { return strings.HasPrefix(f.typ, "map[string]") }, func(_ *maker, x *message, f *field) string {
		f.typ = strings.Replace(f.typ, "map[string]", "map[int32]", 1)
		return named(x, "wire/field-type-changed")
	}, bodies...)},
	{"tighten a limit", ofFields(func(f *field) bool { return isSized(f) && f.limit == 0 }, func(_ *maker, _ *message, f *field) string {
		f.limit = 1
		return "rollout/limit-tightened"
	}, bodies...)},
	{"tighten the limit of each part", ofFields(func(f *field) bool { return holdsTexts(f) && f.each == 0 }, func(_ *maker, _ *message, f *field) string {
		f.each = 1
		return "rollout/limit-tightened"
	}, bodies...)},
	{"loosen the limit of each part", ofFields(func(f *field) bool { return holdsTexts(f) && f.each > 0 }, func(_ *maker, _ *message, f *field) string {
		f.each = 8
		return "rollout/limit-loosened"
	}, bodies...)},
	{"loosen a limit", ofFields(func(f *field) bool { return isSized(f) && f.limit > 0 }, func(_ *maker, _ *message, f *field) string {
		f.limit = 8
		return "rollout/limit-loosened"
	}, bodies...)},
}

// holdsTexts reports whether what a list or map holds has a size of its own.
func holdsTexts(f *field) bool {
	return isCollection(f.typ) && (strings.HasSuffix(f.typ, "string") || strings.HasSuffix(f.typ, "bytes"))
}

func isSized(f *field) bool { return f.typ == "string" || f.typ == "bytes" || isCollection(f.typ) }

// family is what scalars have in common that can be read as one another.
func family(typ string) string {
	switch {
	case strings.Contains(typ, "int") || typ == "duration":
		return "int"
	case strings.HasPrefix(typ, "float"):
		return "float"
	default:
		return typ
	}
}

// ofEnum calls an edit with a random enum.
func ofEnum(change func(g *maker, e *enum) string) func(*maker) string {
	return func(g *maker) string {
		e := pick(g.Rand, g.m.enums)
		if len(e.values) < 3 {
			return impossible // edits before have left too little
		}
		return change(g, e)
	}
}

var enumEdits = []edit{
	{"add a value", ofEnum(func(g *maker, e *enum) string {
		e.values = append(e.values, &value{g.m.uid(), 60, g.m.fresh("v")})
		return "rollout/enum-value-added"
	})},
	{"rename a value", ofEnum(func(g *maker, e *enum) string {
		pick(g.Rand, e.values).name = g.m.fresh("r")
		return "source/enum-value-renamed"
	})},
	{"delete a value", ofEnum(func(_ *maker, e *enum) string {
		e.values = e.values[:len(e.values)-1]
		return "wire/enum-value-deleted"
	})},
	{"delete a value and reserve it", ofEnum(func(_ *maker, e *enum) string {
		last := len(e.values) - 1
		e.reserved = append(e.reserved, e.values[last].number)
		e.values = e.values[:last]
		return "source/enum-value-deleted"
	})},
	{"renumber a value", ofEnum(func(g *maker, e *enum) string {
		pick(g.Rand, e.values[1:]).number = 61
		return "wire/enum-number-changed"
	})},
	{"swap two values", ofEnum(func(_ *maker, e *enum) string {
		e.values[1].number, e.values[2].number = e.values[2].number, e.values[1].number
		return "wire/enum-number-changed"
	})},
	{"widen the base", ofEnum(func(_ *maker, e *enum) string {
		if e.base == "int32" {
			return impossible
		}
		e.base = "int32"
		return "rollout/int-widened"
	})},
	{"narrow the base", ofEnum(func(_ *maker, e *enum) string {
		if e.base == "uint8" {
			return impossible
		}
		e.base = "uint8"
		return "wire/enum-base-narrowed"
	})},
}

var edits = slices.Concat(fieldEdits, typeEdits, enumEdits, handlerEdits, moveEdits)

// edited is a model after n random edits, with the rules that they call for. The first
// one is given, if it fits the model.
func edited(r *rand.Rand, old *model, n int, first *edit) (new *model, rules, names []string) {
	new = old.clone()
	for tries := 0; len(names) < n; tries++ {
		e, try := pick(r, edits), new.clone()
		if len(names) == 0 && tries < 40 {
			e = *first
		}
		switch rule := e.apply(&maker{r, try}); rule {
		case impossible:
			continue
		case "":
		default:
			rules = append(rules, rule)
		}
		new, names = try, append(names, e.name)
	}
	new.forget(old)
	return new, rules, names
}

// forget gives a uid of its own to what has lost both its name and its number:
// that is one thing deleted and another one added, and nobody can tell more.
func (m *model) forget(old *model) {
	name, number := map[int]string{}, map[int]string{}
	for _, x := range old.messages {
		for _, f := range x.fields {
			name[f.uid], number[f.uid] = f.name, f.number
		}
	}
	for _, e := range old.enums {
		for _, v := range e.values {
			name[v.uid], number[v.uid] = v.name, strconv.Itoa(v.number)
		}
	}
	for _, x := range m.messages {
		for _, f := range x.fields {
			if name[f.uid] != f.name && number[f.uid] != f.number {
				f.uid = m.uid()
			}
		}
	}
	for _, e := range m.enums {
		for _, v := range e.values {
			if name[v.uid] != v.name && number[v.uid] != strconv.Itoa(v.number) {
				v.uid = m.uid()
			}
		}
	}
}
