package check

import "slices"

// Annotation describes one of the closed set of annotations, for tools.
type Annotation struct {
	Name     string
	Usage    string   // how it is written, in Markdown
	Argument bool     // it takes one
	Where    string   // what it is for, in words: "messages, fields and variants"
	Places   []string // the same as kinds: "message", "field", "rpc" …
	Meaning  string   // what it does: "how long …"
}

// Annotations are all annotations that there are.
func Annotations() []Annotation {
	all := make([]Annotation, len(annotations))
	for i, a := range annotations {
		all[i] = Annotation{Name: a.name, Usage: a.usage, Argument: !a.none, Where: a.places.describe(), Meaning: a.meaning}
		for _, k := range siteKinds {
			if a.places&k.site != 0 {
				all[i].Places = append(all[i].Places, k.kind)
			}
		}
	}
	return all
}

var siteKinds = []struct {
	site site
	kind string
}{
	{onConst, "const"}, {onEnum, "enum"}, {onValue, "value"}, {onMessage, "message"}, {onField, "field"}, {onUnion, "union"},
	{onVariant, "variant"}, {onError, "error"}, {onExtern, "extern"}, {onAnnotation, "annotation"}, {onService, "service"}, {onRPC, "rpc"}, {onStream, "stream"},
}

// BuiltinTypes are the names of the built-in types, the likelier ones first.
func BuiltinTypes() []string { return slices.Clone(builtinNames) }
