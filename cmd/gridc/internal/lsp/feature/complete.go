package feature

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/idl"
)

// completion gathers what can be written at a place.
type completion struct {
	*View
	cursor
	snippets bool // the editor fills in placeholders
	items    []proto.CompletionItem
	group    int // the items of a group stand together, earlier ones first
}

// Complete is what can be written at an offset.
func Complete(v *View, offset int, snippets bool) proto.CompletionList {
	c := &completion{View: v, cursor: lookBefore(v.Text.Bytes(), offset), snippets: snippets}
	switch {
	case c.inText:
	case c.quoted != nil:
		c.files()
	case c.last(0).Is("@"):
		c.annotations()
	default:
		c.byPlace()
	}
	if c.items == nil || c.isWritten() {
		return proto.CompletionList{Items: []proto.CompletionItem{}}
	}
	return proto.CompletionList{Items: c.items, IsIncomplete: c.items[0].Kind == proto.ItemValue}
}

// isWritten reports whether all that could be offered stands there already. Numbers are
// asked for again as they are typed, so that no list stays behind the last digit.
func (c *completion) isWritten() bool {
	return len(c.items) == 1 && c.items[0].TextEdit.NewText == string(c.Text.Bytes()[c.start:c.offset])
}

// byPlace completes by the block and what the line has so far.
func (c *completion) byPlace() {
	if name, ok := c.annotation(); ok {
		c.argument(name)
		return
	}
	switch c.block {
	case "":
		c.atTop()
	case "message", "union", "error":
		c.inFields()
	case "enum":
		c.inEnum()
	case "service":
		c.inService()
	case "rpc", "stream":
		c.inHandler()
	}
}

// add offers one item, which replaces the word.
func (c *completion) add(item proto.CompletionItem, text string) {
	item.TextEdit = &proto.TextEdit{Range: c.Range(c.span(c.start, c.offset)), NewText: text}
	item.SortText = fmt.Sprintf("%d%04d", c.group, len(c.items))
	if strings.ContainsAny(text, "$") {
		item.InsertTextFormat = 2
	}
	c.items = append(c.items, item)
}

// next begins another group.
func (c *completion) next() { c.group++ }

// keyword offers a word, with a snippet of its line where the editor takes one.
func (c *completion) keyword(word, snippet, detail string) {
	text := word
	if c.snippets && snippet != "" {
		text = snippet
	}
	c.add(proto.CompletionItem{Label: word, Kind: proto.ItemKeyword, Detail: detail}, text)
}

func (c *completion) atTop() {
	switch first := c.first(); {
	case len(c.before) == 0:
		if c.File.Tree.Package == nil {
			c.keyword("package", "package ${1:"+c.File.Name()+"}", "the name of the file's package")
			return
		}
		c.topLevel()
	case first == "const" && len(c.before) == 2:
		c.builtins(func(name string) bool { return name != "raw" && name != "uuid" && name != "time" })
	case first == "enum" && len(c.before) == 2:
		c.builtins(func(name string) bool { return strings.Contains(name, "int") })
	case first == "error" && c.last(0).Is("="):
		c.add(proto.CompletionItem{Label: `"` + c.errorCode() + `"`, Kind: proto.ItemValue, Detail: "a code that says the package"}, `"`+c.errorCode()+`"`)
	case first == "import" && len(c.before) == 1 && c.word == "":
		c.files()
	}
}

func (c *completion) topLevel() {
	for _, k := range []struct{ word, snippet, detail string }{
		{"message", "message ${1:Name} {\n    ${2:field} ${3:string} = 1\n}", "a struct"},
		{"service", "service ${1:Name} {\n    // ${2:Do does something.}\n    rpc ${3:Do}(${4:Request}) ${5:Response} = " + c.nextID(nil, c.offset) + "\n}", "handlers"},
		{"enum", "enum ${1:Name} uint8 {\n    unknown = 0\n    ${2:value} = 1\n}", "named numbers"},
		{"union", "union ${1:Name} {\n    ${2:variant} ${3:Message} = 1\n}", "one of several"},
		{"error", "error ${1:Name} = \"" + c.File.Package() + ".${2:code}\"", "a typed error"},
		{"const", "const ${1:Name} ${2:uint32} = ${3:1}", "a constant"},
		{"import", "import \"${1:other.grid}\"", "another file"},
		{"annotation", "annotation ${1:name}(${2:arg} ${3:string}) on ${4:field}", "an annotation of your own"},
		{"extern", "extern ${1:Name} = \"${2:import/path.Type}\"", "a Go type with methods of msgp"},
	} {
		c.keyword(k.word, k.snippet, k.detail)
	}
}

// errorCode is a code for the error on the line.
func (c *completion) errorCode() string {
	return c.File.Package() + "." + snake(c.last(1).Text)
}

func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// declaration is the symbol whose block the cursor is in, or nil.
func (c *completion) declaration() *index.Symbol { return c.File.Declared(c.owner) }

func (c *completion) inFields() {
	switch n := len(c.before); {
	case c.first() == "reserved" && n > 0 && c.isReservedLine():
	case n == 0:
		c.keyword("reserved", "", "numbers and names that are never used again")
	case c.last(0).Is("="):
		c.number()
	case c.last(0).Is("."):
		c.qualified(index.Kind.IsType)
	case c.has("="):
		if c.last(0).Kind == idl.TokenNumber || c.last(0).Kind == idl.TokenString || c.last(0).Is(")") {
			c.annotationsAt()
		}
	case c.last(0).Is("[") && c.last(1).Is("map"):
		c.builtins(func(name string) bool { return name == "string" || strings.Contains(name, "int") })
	case n == 1 || c.last(0).Is("]"):
		c.types(true)
	case n > 1:
		c.add(proto.CompletionItem{Label: "= " + c.nextNumber(), Kind: proto.ItemValue, Detail: "the next free number"}, "= "+c.nextNumber())
	}
}

// isReservedLine tells a line of reserved numbers from a field of that name.
func (c *completion) isReservedLine() bool {
	return len(c.before) < 2 || c.before[1].Kind != idl.TokenIdent
}

func (c *completion) nextNumber() string {
	s := c.declaration()
	if s == nil {
		return "1"
	}
	return numbersOf(s, c.offset).next()
}

// number offers the next free number, or a key where the fields have keys.
func (c *completion) number() {
	if s := c.declaration(); s != nil && len(s.Members) > 0 {
		if f, ok := s.Members[0].Node.(*idl.Field); ok && f.Key != nil && f.Key.Kind == idl.LitString {
			key := `"` + c.first() + `"`
			c.add(proto.CompletionItem{Label: key, Kind: proto.ItemValue, Detail: "a key, as the other fields have"}, key)
			return
		}
	}
	if next := c.nextNumber(); next != "" {
		c.add(proto.CompletionItem{Label: next, Kind: proto.ItemValue, Detail: "the next free number", Preselect: true}, next)
	}
}

func (c *completion) inEnum() {
	switch {
	case len(c.before) == 0:
		c.keyword("reserved", "", "numbers and names that are never used again")
	case c.last(0).Is("="):
		if next := c.nextNumberFrom(0); next != "" {
			c.add(proto.CompletionItem{Label: next, Kind: proto.ItemValue, Detail: "the next free number", Preselect: true}, next)
		}
	case c.has("=") && c.last(0).Kind == idl.TokenNumber:
		c.annotationsAt()
	}
}

func (c *completion) nextNumberFrom(first int) string {
	if s := c.declaration(); s != nil {
		return numbersOf(s, c.offset).next()
	}
	return fmt.Sprint(first)
}

func (c *completion) inService() {
	switch first := c.first(); {
	case len(c.before) == 0:
		id := c.nextID(c.declaration(), c.offset)
		c.keyword("rpc", "rpc ${1:Name}(${2:Request}) ${3:Response} = "+id, "one request, one response")
		c.keyword("stream", "stream ${1:Name}(${2:Payload}) = "+id+" {\n    out(16) ${3:Message}\n}", "messages either way")
		c.keyword("subroute", "", "one registration for each value")
		c.keyword("reserved", "", "handler ids that are never used again")
	case first != "rpc" && first != "stream":
	case c.last(0).Is("."):
		c.qualified(index.Kind.IsType)
	case c.last(0).Is("("):
		c.payloads()
	case c.last(0).Is("="):
		if id := c.nextID(c.declaration(), c.offset); id != "" {
			c.add(proto.CompletionItem{Label: id, Kind: proto.ItemValue, Detail: "the next free handler id", Preselect: true}, id)
		}
	case c.last(0).Is(")"):
		c.payloads()
		c.next()
		if id := c.nextID(c.declaration(), c.offset); id != "" && c.word == "" {
			c.add(proto.CompletionItem{Label: "= " + id, Kind: proto.ItemValue, Detail: "the next free handler id"}, "= "+id)
		}
	}
}

func (c *completion) inHandler() {
	switch {
	case len(c.before) == 0:
		if c.block == "stream" {
			c.keyword("in", "in(${1:16}) ${2:Message}", "what the caller sends")
			c.keyword("out", "out(${1:16}) ${2:Message}", "what the handler sends")
		}
		c.keyword("errors", "", "the typed errors that it may answer")
	case c.first() == "errors" && c.last(0).Is("."):
		c.qualified(func(k index.Kind) bool { return k == index.Error })
	case c.first() == "errors":
		c.errors()
	case c.last(0).Is("."):
		c.qualified(index.Kind.IsType)
	case slices.Contains([]string{"in", "out"}, c.first()) && (len(c.before) == 1 || c.last(0).Is(")")):
		c.payloads()
	}
}
