package feature

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/idl"
)

// places are the kinds of thing that an annotation at the cursor would stand at; at the
// start of a line it stands before what comes next.
func (c *completion) places() []string {
	onLine := len(c.before) > 1 && !c.before[0].Is("@")
	switch c.block {
	case "":
		return []string{"const", "enum", "message", "union", "error", "extern", "service"}
	case "message", "error":
		return only(onLine, "field")
	case "union":
		return only(onLine, "variant")
	case "enum":
		return only(onLine, "value")
	case "service":
		return only(!onLine, "rpc", "stream")
	}
	return nil
}

func only(fits bool, places ...string) []string {
	if fits {
		return places
	}
	return nil
}

// annotations offers those that can stand at the cursor, after `@`.
func (c *completion) annotations() {
	given := map[string]bool{}
	for i, t := range c.before {
		if i > 0 && c.before[i-1].Is("@") {
			given[t.Text] = true
		}
	}
	places := c.places()
	for _, a := range check.Annotations() {
		if given[a.Name] || !slices.ContainsFunc(a.Places, func(p string) bool { return slices.Contains(places, p) }) {
			continue
		}
		text := a.Name
		if a.Argument && c.snippets {
			text += snippetOf(a)
		}
		doc := markdown(annotationText(a))
		c.add(proto.CompletionItem{Label: "@" + a.Name, Kind: proto.ItemKeyword, Detail: "for " + a.Where, FilterText: a.Name, Documentation: &doc}, text)
	}
}

// annotationsAt offers them with their mark, where there is none yet.
func (c *completion) annotationsAt() {
	if c.word != "" {
		return
	}
	c.annotations()
	for i := range c.items {
		c.items[i].TextEdit.NewText = "@" + c.items[i].TextEdit.NewText
		c.items[i].FilterText = c.items[i].Label
	}
}

var usageArgument = regexp.MustCompile("`(?:@\\w+)?\\(([^`]*)\\)`")

// argumentsOf are the examples that the usage of an annotation shows.
func argumentsOf(a check.Annotation) []string {
	var examples []string
	for _, m := range usageArgument.FindAllStringSubmatch(a.Usage, -1) {
		examples = append(examples, m[1])
	}
	return examples
}

// snippetOf is the argument of an annotation with a placeholder.
func snippetOf(a check.Annotation) string {
	examples := argumentsOf(a)
	if len(examples) == 0 {
		return "($1)"
	}
	if len(examples) > 1 && !strings.ContainsAny(strings.Join(examples, ""), "0123456789") {
		return "(${1|" + strings.Join(examples, ",") + "|})"
	}
	before, value, quoted := strings.Cut(examples[0], `"`)
	if !quoted {
		return "(${1:" + examples[0] + "})"
	}
	return "(" + before + `"${1:` + strings.TrimSuffix(value, `"`) + `}")`
}

// argument offers what an annotation takes.
func (c *completion) argument(name string) {
	for _, a := range check.Annotations() {
		if a.Name != name || c.last(0).Kind == idl.TokenString {
			continue
		}
		for _, example := range argumentsOf(a) {
			c.add(proto.CompletionItem{Label: example, Kind: proto.ItemValue, Detail: "@" + a.Name}, example)
		}
	}
}
