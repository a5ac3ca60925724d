package tsgen

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/emit"
)

// module is a module that is being written: what it imports and what it declares.
type module struct {
	sources string
	about   []string // the documentation of the package
	imports []importLine
	items   []item
}

// importLine is `import * as name from path`. A path within the generated code has no
// ending yet.
type importLine struct {
	name, path string
	own        bool
}

// item is one declaration. Its code is what a .ts file says, with its types marked by
// typed; of what is a type alone the code is all such. The declaration is what a .d.ts
// file says in its place.
type item struct {
	doc         string // with its line end; empty for none
	code        string
	declaration string // empty for what is not exported
}

// The marks of a part that JavaScript does not have. No text of a schema holds them: a
// comment has no control characters, and a string writes them as escapes.
const (
	typeBegins = "\x01"
	typeEnds   = "\x02"
)

// typed marks a part of a text that is erased for JavaScript.
func typed(text string) string { return typeBegins + text + typeEnds }

// withTypes is a text with all that is typed, withoutTypes without it.
func withTypes(text string) string {
	return strings.NewReplacer(typeBegins, "", typeEnds, "").Replace(text)
}

func withoutTypes(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, typeBegins)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		depth := 1
		i := 0
		for ; depth > 0; i++ {
			switch rest[i : i+1] {
			case typeBegins:
				depth++
			case typeEnds:
				depth--
			}
		}
		text = rest[i:]
	}
}

func (m *module) add(i item) { m.items = append(m.items, i) }

// typeScript is the module as a .ts file.
func (m *module) typeScript() string {
	b := m.head(".ts")
	for _, i := range m.items {
		b.WriteString("\n" + i.doc + withTypes(i.code) + "\n")
	}
	return b.String()
}

// javaScript is the module as a .js file. What is documented is in its declarations.
func (m *module) javaScript() string {
	b := m.head(".js")
	for _, i := range m.items {
		if code := withoutTypes(i.code); code != "" {
			b.WriteString("\n" + code + "\n")
		}
	}
	return b.String()
}

// declarations is what the .js file exports, as a .d.ts file.
func (m *module) declarations() string {
	b := m.head(".js")
	for _, i := range m.items {
		if i.declaration != "" {
			b.WriteString("\n" + i.doc + withTypes(i.declaration) + "\n")
		}
	}
	return b.String()
}

// head begins a file: what tells that it is generated, and the imports.
func (m *module) head(ending string) *strings.Builder {
	b := &strings.Builder{}
	b.WriteString(emit.HeaderLine + "\n// Source: " + emit.CleanComment(m.sources) + "\n/* eslint-disable */\n")
	if len(m.about) > 0 {
		b.WriteString("\n" + docComment("", append(m.about, "", "@module")))
	}
	b.WriteString("\n")
	for _, i := range m.imports {
		path := i.path
		if i.own {
			path += ending
		}
		b.WriteString("import * as " + i.name + " from " + quoted(path) + ";\n")
	}
	return b
}
