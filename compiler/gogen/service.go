package gogen

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// service is one service that is being emitted: what its three files share.
type service struct {
	unit
	*ir.Service
	ids    serviceIdents
	schema string // identifier of the package's table
}

// typeRef is the Go type of a request, response or stream message, behind a
// pointer: what implements grid.Message. Nothing is grid.NoPayload.
func (s *service) typeRef(t *ir.Type) *jen.Statement { return jen.Op("*").Add(s.messageType(t)) }

func (s *service) messageType(t *ir.Type) *jen.Statement {
	switch {
	case t == nil:
		return gridID("NoPayload")
	case t.Kind == ir.Bytes:
		return gridID("Bytes")
	default:
		return s.plainType(t)
	}
}

// constructor is a function that makes an empty message of the type.
func (s *service) constructor(t *ir.Type) *jen.Statement {
	switch {
	case t == nil:
		return gridID("NewNoPayload")
	case t.Kind == ir.Bytes:
		return gridID("NewBytes")
	case t.Kind == ir.MessageKind:
		return s.qual(t.Package, "New"+t.Message.GoName)
	case t.Kind == ir.UnionKind:
		return s.qual(t.Package, "New"+t.Union.GoName)
	default:
		return jen.Func().Params().Add(s.typeRef(t)).
			Custom(jen.Options{Open: "{", Close: "}"}, jen.Return(jen.New(s.messageType(t))))
	}
}

func gridID(name string) *jen.Statement { return jen.Qual(gridPath, name) }

func contextParam() *jen.Statement { return jen.Id("ctx").Qual("context", "Context") }

// subrouteParams are the parameters of a constructor or registration, and
// subrouteArgs what is passed on for them and for fixed texts, in order.
func (s *service) subrouteParams() []jen.Code {
	var params []jen.Code
	for i, sub := range s.Subroutes {
		if sub.Param != "" {
			params = append(params, jen.Id(s.ids.params[i]))
		}
	}
	if len(params) == 0 {
		return nil
	}
	return []jen.Code{jen.List(params...).String()}
}

func (s *service) subrouteArgs() []jen.Code {
	var args []jen.Code
	for i, sub := range s.Subroutes {
		if sub.Param != "" {
			args = append(args, jen.Id(s.ids.params[i]))
		} else {
			args = append(args, jen.Lit(sub.Fixed))
		}
	}
	return args
}

// forOne says in a doc comment what the subroutes select: ", for one disk".
func (s *service) forOne() string {
	var params []string
	for _, sub := range s.Subroutes {
		if sub.Param != "" {
			params = append(params, sub.Param)
		}
	}
	if len(params) == 0 {
		return ""
	}
	return ", for one " + listing(params)
}

// listing joins words as a sentence does: a, b and c.
func listing(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// proseWidth is how long the lines of generated sentences get, without "// ".
const proseWidth = 77

// prose breaks generated sentences into lines.
func prose(text string) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > proseWidth {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// about begins a declaration that belongs to the service: what it is, then what
// the schema says about the service.
func (s *service) about(text string) *jen.Statement {
	lines := prose(text)
	if doc := emit.DocLines(s.Doc); len(doc) > 0 {
		lines = append(append(lines, ""), doc...)
	}
	return comment(withDeprecation(lines, s.Deprecated)...)
}

// brief is about without what the schema says, for all but the types.
func (s *service) brief(text string) *jen.Statement {
	return comment(withDeprecation(prose(text), s.Deprecated)...)
}

// handlerDoc begins the method of a handler: what the schema says about it, what
// else is to be said, and the errors it declares.
func (s *service) handlerDoc(h *ir.Handler, more ...string) *jen.Statement {
	lines := emit.DocLines(h.Doc)
	if len(lines) == 0 {
		lines = []string{h.GoName + " is handler " + strconv.Itoa(int(h.ID)) + " of the " + s.Name + " service."}
	}
	lines = withParagraph(lines, more)
	if len(h.Errors) > 0 {
		lines = withParagraph(lines, prose("Declared errors: "+s.errorNames(h)+"."))
	}
	return comment(withDeprecation(lines, h.Deprecated)...)
}

// withParagraph is a comment with another paragraph behind it.
func withParagraph(lines, paragraph []string) []string {
	if len(paragraph) == 0 {
		return lines
	}
	return slices.Concat(lines, []string{""}, paragraph)
}

func (s *service) errorNames(h *ir.Handler) string {
	var names []string
	for _, e := range h.Errors {
		name := e.GoName
		if e.Package != s.Pkg {
			name = goname.PackageName(e.Package.Name) + "." + name
		}
		names = append(names, "["+name+"]")
	}
	return strings.Join(names, ", ")
}

// durationUnits are the units a duration is written in, largest first.
var durationUnits = []struct {
	unit time.Duration
	name string
}{
	{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"},
	{time.Millisecond, "Millisecond"}, {time.Microsecond, "Microsecond"},
}

// durationExpr writes a duration as a person would: 10 * time.Second.
func durationExpr(d time.Duration) *jen.Statement {
	for _, u := range durationUnits {
		if d%u.unit == 0 {
			return number(int64(d/u.unit)).Op("*").Qual("time", u.name)
		}
	}
	return number(int64(d)).Op("*").Qual("time", "Nanosecond")
}

// number writes a number without a type, as jen.Lit does for an int: that does not
// hold it where gridc runs on 32 bits.
func number(n int64) *jen.Statement { return jen.Op(strconv.FormatInt(n, 10)) }
