package feature

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/idl"
)

// Hover says what is at an offset: the declaration, its documentation, what it is on
// the wire and in Go. What is wrong there is explained below.
func Hover(v *View, offset int) *proto.Hover {
	var parts []string
	at := v.span(offset, offset)
	if s, o := v.symbolAt(offset); s != nil {
		parts, at = v.aboutSymbol(s), o.At
	} else if text, span := v.aboutAnnotation(offset); text != "" {
		parts, at = []string{text}, span
	} else if text, span := v.aboutBuiltin(offset); text != "" {
		parts, at = []string{text}, span
	}
	for _, d := range v.Unit.Diagnostics(v.Path) {
		if d.Span.Start.Offset <= offset && offset <= d.Span.End.Offset {
			if code, _, ok := diag.Explain(d.ID); ok {
				parts = append(parts, "**"+d.ID+"**: "+code.Summary)
			}
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return &proto.Hover{Contents: markdown(strings.Join(parts, "\n\n---\n\n")), Range: v.Range(at)}
}

func markdown(text string) proto.Markup { return proto.Markup{Kind: "markdown", Value: text} }

// aboutSymbol is the sections of a symbol's hover.
func (v *View) aboutSymbol(s *index.Symbol) []string {
	if to := v.Index.Target(s); to != nil {
		return about("package "+to.Package(), strings.Join(to.PackageSymbol().Meta.Doc, "\n"), "`"+to.Path[strings.LastIndexByte(to.Path, '/')+1:]+"`; in Go package `"+to.Name()+"`")
	}
	facts := v.facts(s)
	if reason, is := deprecated(s); is {
		facts = append([]string{"**Deprecated**: " + reason}, facts...)
	}
	return about(v.declaration(s), docOf(s), strings.Join(facts, "  \n"))
}

// about makes sections of those that are not empty.
func about(code, doc, facts string) []string {
	parts := []string{"```grid\n" + code + "\n```"}
	for _, p := range []string{doc, facts} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// maxShown is how many members of a declaration a hover shows.
const maxShown = 30

// declaration is a declaration with its members, each as it is written; one without any is
// its signature.
func (v *View) declaration(s *index.Symbol) string {
	signature := v.Signature(s)
	head, _, ok := strings.Cut(signature, "{")
	t := v.Unit.Text(s.File.Path)
	if !ok || len(s.Members) == 0 || t == nil {
		return signature
	}
	var b strings.Builder
	b.WriteString(head + "{\n")
	last := t.Position(s.At.Start.Offset).Line
	for i, m := range s.Members {
		line := t.Position(m.At.Start.Offset).Line
		if line == last { // all on one line: it cannot be read member by member
			return signature
		}
		if last = line; i == maxShown {
			fmt.Fprintf(&b, "    // and %d more\n", len(s.Members)-i)
			break
		}
		b.WriteString("    " + strings.TrimRight(strings.TrimSpace(t.Line(line)), " {") + "\n")
	}
	return b.String() + "}"
}

// Signature is a declaration in short: its line, or its head with what it holds.
func (v *View) Signature(s *index.Symbol) string {
	switch n := s.Node.(type) {
	case *idl.Field:
		return fmt.Sprintf("%s %s = %s", s.FullName(), v.typeText(n.Type), litText(n.Key))
	case *idl.EnumValue:
		return fmt.Sprintf("%s = %s", s.FullName(), litText(n.Number))
	case *idl.Const:
		return fmt.Sprintf("const %s %s = %s", s.FullName(), v.typeText(n.Type), litText(n.Value))
	case *idl.Enum:
		return fmt.Sprintf("enum %s %s {%s}", s.FullName(), identText(n.Base), count(len(s.Members), "value"))
	case *idl.Extern:
		return fmt.Sprintf("extern %s = %s", s.FullName(), litText(n.Target))
	case *idl.Error:
		return fmt.Sprintf("error %s = %s {%s}", s.FullName(), litText(n.Code), count(len(s.Members), "field"))
	case *idl.Handler:
		return v.handlerText(s, n)
	case *idl.Subroute:
		return "subroute " + s.Name
	case *idl.Annotation:
		return v.source(n.Span)
	}
	return fmt.Sprintf("%s %s {%s}", s.Kind, s.FullName(), count(len(s.Members), membersName[s.Kind]))
}

var membersName = map[index.Kind]string{index.Message: "field", index.Union: "variant", index.Service: "member"}

func count(n int, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " 1 " + what + " "
	}
	return fmt.Sprintf(" %d %ss ", n, what)
}

// handlerText is a handler with all that it takes and gives.
func (v *View) handlerText(s *index.Symbol, h *idl.Handler) string {
	text := fmt.Sprintf("%s %s(%s)", s.Kind, s.FullName(), v.typeText(h.Request))
	if h.Response != nil {
		text += " " + v.typeText(h.Response)
	}
	text += " = " + litText(h.ID)
	for word, flow := range flowsOf(h) {
		text += "\n    " + word + "(" + capacityText(flow) + ") " + v.typeText(flow.Type)
	}
	if len(h.Errors) > 0 {
		names := make([]string, len(h.Errors))
		for i, ref := range h.Errors {
			names[i] = v.source(ref.Span)
		}
		text += "\n    errors " + strings.Join(names, ", ")
	}
	return text
}

// flowsOf yields the directions of a stream that are there, `in` first.
func flowsOf(h *idl.Handler) func(yield func(string, *idl.Flow) bool) {
	return func(yield func(string, *idl.Flow) bool) {
		if h.In != nil && !yield("in", h.In) {
			return
		}
		if h.Out != nil {
			yield("out", h.Out)
		}
	}
}

// defaultCapacity is that of an in or out that gives none.
const defaultCapacity = "16"

func capacityText(f *idl.Flow) string {
	if f.Capacity == nil {
		return defaultCapacity
	}
	return f.Capacity.Text
}

func (v *View) typeText(t *idl.Type) string {
	if t == nil {
		return ""
	}
	return v.source(t.Span)
}

func litText(l *idl.Lit) string {
	if l == nil {
		return "?"
	}
	return l.Text
}

func identText(i *idl.Ident) string {
	if i == nil {
		return "?"
	}
	return i.Name
}

// aboutAnnotation describes the annotation whose name is at an offset.
func (v *View) aboutAnnotation(offset int) (string, idl.Span) {
	for _, s := range v.File.Around(offset) {
		for _, a := range s.Meta.Annos {
			if a.Span.Start.Offset > offset || offset > a.Name.Span.End.Offset {
				continue
			}
			for _, known := range check.Annotations() {
				if known.Name == a.Name.Name {
					return annotationText(known), a.Span
				}
			}
		}
	}
	return "", idl.Span{}
}

func annotationText(a check.Annotation) string {
	return "**@" + a.Name + "**, for " + a.Where + ": " + a.Meaning + "\n\nwritten " + a.Usage
}

// aboutBuiltin describes the built-in type at an offset.
func (v *View) aboutBuiltin(offset int) (string, idl.Span) {
	for _, t := range v.Index.Types(v.File) {
		if t.Ref == nil || t.Ref.Package != nil || t.Ref.Span.Start.Offset > offset || offset > t.Ref.Span.End.Offset {
			continue
		}
		if f, ok := builtinForms[t.Ref.Name.Name]; ok {
			return "```grid\n" + t.Ref.Name.Name + "\n```\nmsgpack: " + f.text() + "  \nGo: `" + builtinGo(t.Ref.Name.Name) + "`", t.Ref.Span
		}
	}
	return "", idl.Span{}
}
