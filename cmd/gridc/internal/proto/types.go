package proto

import (
	"path"
	"strings"
)

// A Set is the files of one import, with what their types are called.
type Set struct {
	files   map[string]*File // by path
	symbols map[string]*symbol
	ids     int // the handler ids given so far
}

// symbol is a message or an enum of a set.
type symbol struct {
	file   *File
	name   string // in the .grid file
	isEnum bool
	union  bool // a message that is one oneof and nothing else
}

// NewSet returns a set of files. Handlers are numbered from firstID on.
func NewSet(files []*File, firstID int) *Set {
	s := &Set{files: map[string]*File{}, symbols: map[string]*symbol{}, ids: firstID - 1}
	taken := map[string]names{} // by folder and package
	for _, f := range files {
		s.files[f.Name] = f
		key := path.Dir(f.Name) + " " + f.Package
		if taken[key] == nil {
			taken[key] = names{}
		}
		s.enter(f, taken[key], f.Package, "", f.Decls)
	}
	return s
}

// enter names the types of a scope; outer is what their names begin with.
func (s *Set) enter(f *File, taken names, scope, outer string, decls []any) {
	for _, d := range decls {
		switch d := d.(type) {
		case *Enum:
			s.symbols[join(scope, d.Name)] = &symbol{file: f, name: taken.pick(nestedName(outer, d.Name)), isEnum: true}
		case *Message:
			name := taken.pick(nestedName(outer, d.Name))
			s.symbols[join(scope, d.Name)] = &symbol{file: f, name: name, union: d.isUnion()}
			s.enter(f, taken, join(scope, d.Name), name, d.Decls)
		}
	}
}

// nestedName is the name of a type that stands in another: what that one is called comes
// first, unless it does already.
func nestedName(outer, name string) string {
	if inner := typeName(name); strings.HasPrefix(inner, outer) && inner != outer {
		return inner
	}
	return outer + typeName(name)
}

func join(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

// isUnion reports whether a message holds one oneof and nothing else.
func (m *Message) isUnion() bool {
	if len(m.Oneofs) != 1 || len(m.Fields) == 0 {
		return false
	}
	for _, f := range m.Fields {
		if f.Oneof == nil {
			return false
		}
	}
	return true
}

// find is the type that a name means within a scope, or nil.
func (s *Set) find(scope, name string) *symbol {
	if full, absolute := strings.CutPrefix(name, "."); absolute {
		return s.symbols[full]
	}
	for {
		if found := s.symbols[join(scope, name)]; found != nil {
			return found
		}
		if scope == "" {
			return nil
		}
		scope = scope[:max(strings.LastIndexByte(scope, '.'), 0)]
	}
}

// builtins are the scalar types of proto.
var builtins = map[string]string{
	"double": "float64", "float": "float32", "int32": "int32", "int64": "int64", "uint32": "uint32", "uint64": "uint64",
	"sint32": "int32", "sint64": "int64", "fixed32": "uint32", "fixed64": "uint64", "sfixed32": "int32", "sfixed64": "int64",
	"bool": "bool", "string": "string", "bytes": "bytes",
}

// wellKnown are the types of google/protobuf that are built in here; a mark says what is
// not quite the same.
var wellKnown = map[string]struct {
	typ      string
	optional bool
	mark     string
}{
	"Timestamp": {typ: "time"}, "Duration": {typ: "duration"},
	"Any":         {typ: "raw", mark: "was google.protobuf.Any: a union says which messages there can be"},
	"Struct":      {typ: "map[string]raw", mark: "was google.protobuf.Struct"},
	"Value":       {typ: "raw", mark: "was google.protobuf.Value"},
	"ListValue":   {typ: "[]raw", mark: "was google.protobuf.ListValue"},
	"FieldMask":   {typ: "[]string", mark: "was google.protobuf.FieldMask"},
	"DoubleValue": {typ: "float64", optional: true}, "FloatValue": {typ: "float32", optional: true},
	"Int64Value": {typ: "int64", optional: true}, "UInt64Value": {typ: "uint64", optional: true},
	"Int32Value": {typ: "int32", optional: true}, "UInt32Value": {typ: "uint32", optional: true},
	"BoolValue": {typ: "bool", optional: true}, "StringValue": {typ: "string", optional: true}, "BytesValue": {typ: "bytes", optional: true},
}

// googleType is the name of a type of google/protobuf, or "".
func googleType(name string) string {
	base, found := strings.CutPrefix(strings.TrimPrefix(name, "."), "google.protobuf.")
	if !found {
		return ""
	}
	return base
}

func isEmpty(name string) bool { return googleType(name) == "Empty" }
