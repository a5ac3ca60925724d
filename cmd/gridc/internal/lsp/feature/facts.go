package feature

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/idl"
)

// facts are what follows from a declaration: on the wire, and in Go.
func (v *View) facts(s *index.Symbol) []string {
	sizes := newSizes(v.Index)
	switch n := s.Node.(type) {
	case *idl.Field:
		f := sizes.field(v.Index.Of(s.File), n)
		return []string{
			"number: " + litText(n.Key), "msgpack: " + f.text(),
			"Go: `" + goName(s) + " " + v.goType(s.File.Name(), v.Index.Of(s.File), n.Type) + "`",
		}
	case *idl.EnumValue:
		return []string{"msgpack: integer " + litText(n.Number), "Go: `" + goName(s.Parent) + goName(s) + "`"}
	case *idl.Handler:
		return v.handlerFacts(s, n)
	case *idl.Const:
		return []string{"Go: `" + goName(s) + "`"}
	case *idl.Service:
		return []string{"Go: `New" + goName(s) + "Client`, `" + goName(s) + "Server`, `Register" + goName(s) + "`"}
	case *idl.Annotation:
		return []string{"not on the wire: tools and generators read it"}
	case *idl.Subroute:
		return []string{"Go: a parameter `" + goName(s) + " string`"}
	case *idl.Extern:
		return []string{"msgpack: " + sizes.declared(s).text()}
	}
	return []string{"msgpack: " + sizes.declared(s).text(), "Go: `" + goName(s) + "`"}
}

func (v *View) handlerFacts(s *index.Symbol, h *idl.Handler) []string {
	facts := []string{"handler id: " + litText(h.ID)}
	timeout, lane := v.scheduling(s)
	if timeout != "" {
		facts = append(facts, "timeout: "+timeout)
	}
	if lane != "" {
		facts = append(facts, "lane: "+lane)
	}
	return append(facts, "Go: `"+v.goMethod(s, h)+"`")
}

// scheduling is the timeout and the lane of a handler, its own or its service's; empty
// where neither says.
func (v *View) scheduling(s *index.Symbol) (timeout, lane string) {
	of := func(name string) string {
		if own := argument(anno(s.Meta, name)); own != "" || s.Parent == nil {
			return own
		}
		return argument(anno(s.Parent.Meta, name))
	}
	return of("timeout"), of("priority")
}

// goMethod is the client's method of a handler.
func (v *View) goMethod(s *index.Symbol, h *idl.Handler) string {
	f, own := v.Index.Of(s.File), s.File.Name()
	args := "ctx context.Context"
	if h.Request != nil {
		name := "req"
		if h.Stream {
			name = "payload"
		}
		args += ", " + name + " " + v.goMessage(own, f, h.Request)
	}
	result := "error"
	switch {
	case h.Stream && h.In != nil && h.Out != nil:
		result = "(*grid.Duplex[" + v.goMessage(own, f, h.In.Type) + ", " + v.goMessage(own, f, h.Out.Type) + "], error)"
	case h.Stream && h.In != nil && h.Response != nil:
		result = "(*grid.AnsweredUpload[" + v.goMessage(own, f, h.In.Type) + ", " + v.goMessage(own, f, h.Response) + "], error)"
	case h.Stream && h.In != nil:
		result = "(*grid.Upload[" + v.goMessage(own, f, h.In.Type) + "], error)"
	case h.Stream && h.Out != nil:
		result = "(*grid.Receiver[" + v.goMessage(own, f, h.Out.Type) + "], error)"
	case h.Response != nil:
		result = "(" + v.goMessage(own, f, h.Response) + ", error)"
	}
	return fmt.Sprintf("func (c *%sClient) %s(%s) %s", goName(s.Parent), goName(s), args, result)
}

// goMessage is the Go type of what a handler takes or gives: a pointer.
func (v *View) goMessage(own string, f *index.File, t *idl.Type) string {
	if t.Ref != nil && t.Ref.Package == nil && t.Ref.Name.Name == "bytes" {
		return "*grid.Bytes"
	}
	return "*" + v.goType(own, f, t)
}

// goType is the Go type of a type as code outside of the generated package writes it,
// but that the package's own types stand alone.
func (v *View) goType(own string, f *index.File, t *idl.Type) string {
	if t == nil {
		return "?"
	}
	var plain string
	switch {
	case t.Key != nil:
		plain = "map[" + v.goType(own, f, t.Key) + "]" + v.goType(own, f, t.Elem)
	case t.Elem != nil:
		plain = "[]" + v.goType(own, f, t.Elem)
	default:
		plain = v.goRef(own, f, t.Ref)
	}
	if t.Optional && !strings.HasPrefix(plain, "[]") && !strings.HasPrefix(plain, "map[") && plain != "msgp.Raw" {
		return "*" + plain
	}
	return plain
}

func (v *View) goRef(own string, f *index.File, ref *idl.Ref) string {
	if ref == nil {
		return "?"
	}
	if ref.Package == nil && builtinForms[ref.Name.Name].what != "" {
		return builtinGo(ref.Name.Name)
	}
	s := v.Index.Resolve(f, ref)
	switch {
	case s == nil:
		return "?"
	case s.Kind == index.Extern:
		target := s.Node.(*idl.Extern).Target
		if target == nil {
			return "?"
		}
		return target.Str[strings.LastIndexByte(target.Str, '/')+1:]
	case s.File.Name() != own:
		return s.File.Name() + "." + goName(s)
	}
	return goName(s)
}

// builtinGo is the Go type of a built-in one.
func builtinGo(name string) string {
	switch name {
	case "bytes":
		return "[]byte"
	case "time":
		return "time.Time"
	case "duration":
		return "time.Duration"
	case "uuid":
		return "grid.UUID"
	case "raw":
		return "msgp.Raw"
	}
	return name
}
