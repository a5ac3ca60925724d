package tsgen

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// camel is a name of the schema as TypeScript writes members: disk_id and DiskId are
// diskId, HTTPStatus is httpStatus.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		switch {
		case word == "":
		case b.Len() == 0:
			b.WriteString(goname.LowerFirst(word))
		default:
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	if text := b.String(); text != "" && (text[0] < '0' || text[0] > '9') {
		return text
	}
	return name // _1
}

// memberNames are the names of members in camelCase. Two that would be the same stay
// as they are written, and what is reserved has `Value` behind it.
func memberNames(names []string, reserved ...string) []string {
	count := map[string]int{}
	for _, word := range reserved {
		count[word] = 2
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = camel(name)
		if slices.Contains(reserved, out[i]) {
			out[i] += "Value"
		}
		count[out[i]]++
	}
	for i, name := range names {
		if count[out[i]] > 1 {
			out[i] = name
		}
		for slices.Contains(reserved, out[i]) || out[i] != name && slices.Contains(names, out[i]) {
			out[i] += "Value"
		}
	}
	return out
}

// fieldNames are the names of fields, or variants, by field.
func fieldNames(fields []*ir.Field, reserved ...string) map[*ir.Field]string {
	written := make([]string, len(fields))
	for i, f := range fields {
		written[i] = f.Name
	}
	names := map[*ir.Field]string{}
	for i, name := range memberNames(written, slices.Concat(objectMembers, reserved)...) {
		names[fields[i]] = name
	}
	return names
}

// objectMembers are what every object has, whether or not it has such a property of its
// own.
var objectMembers = []string{
	"__proto__", "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
}

// variantReserved are the names that a union has itself.
var variantReserved = []string{"kind", "unknown", "unset"}

// reservedWords cannot be the name of a variable, or are names that generated code gives
// its own.
var reservedWords = words(`
	arguments await break case catch class const continue debugger default delete do else enum eval export extends
	false finally for function if implements import in instanceof interface let new null package private protected
	public return static super switch this throw true try typeof undefined var void while with yield async of
	codec grid e v d n at item key value number caller request payload input options context fields text
`)

// globalTypes are types of the language that generated code uses: a declaration with such
// a name has another.
var globalTypes = words(`AsyncIterable Object Promise ReadonlyMap Uint8Array`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// typeName is what a declaration is called: as in Go, but for the names that TypeScript has.
func typeName(info *ir.Info) string {
	if globalTypes[info.GoName] {
		return info.GoName + "_"
	}
	return info.GoName
}

// table picks names that differ.
type table map[string]bool

func (t table) pick(name string) string {
	for t[name] || reservedWords[name] {
		name += "_"
	}
	t[name] = true
	return name
}
