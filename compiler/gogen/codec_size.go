package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// Worst cases of what stands in front of a value.
const (
	lengthSize    = 5  // of a string, bytes, list or map
	recursiveSize = 64 // guessed, for a part that may contain its container
)

// maxTerms is the longest sum that is written as one expression. Longer ones go
// on in the next statement: gofmt takes time in the square of their length, one
// second for 10,000 fields.
const maxTerms = 100

// emitMessageSize writes the method that measures a message before it is
// encoded.
func emitMessageSize(f *jen.File, m *ir.Message) {
	s := sizer{recursive: m.Recursive}
	switch n := len(m.Fields); {
	case m.Tuple:
		s.fixed = lengthSize + len(m.Places()) // a nil for each that may be absent
	case n > 15 || m.Keep:
		s.fixed = 3
	default:
		s.fixed = 1
	}
	for _, field := range m.Fields {
		if !m.Tuple {
			s.fixed += keySize(field)
		}
		s.field(field, field.Type.Optional)
	}
	s.kept(m.Keep)
	s.emit(f, m.GoName)
}

// kept adds what a message or union keeps, if it does.
func (s *sizer) kept(keep bool) {
	if keep {
		s.sum = append(s.sum, keptOf("Size"))
	}
}

func emitUnionSize(f *jen.File, x *ir.Union) {
	s := sizer{recursive: x.Recursive, fixed: 1}
	s.kept(x.Keep)
	for _, v := range x.Variants {
		s.fixed += keySize(v)
		s.field(v, true)
	}
	s.emit(f, x.GoName)
}

func keySize(field *ir.Field) int {
	switch {
	case field.Key != "":
		return lengthSize + len(field.Key)
	case field.Number < 0x80:
		return 1
	default:
		return 3
	}
}

// sizer adds up the size of a value: what is the same for every value in fixed,
// the rest as code.
type sizer struct {
	recursive bool // the type contains itself
	fixed     int
	sum       []jen.Code // expressions
	rest      []jen.Code // statements
}

func (s *sizer) emit(f *jen.File, goName string) {
	doc := []string{"Msgsize returns how many bytes v takes at most when it is encoded."}
	if s.recursive {
		doc = []string{"Msgsize returns about how many bytes v takes when it is encoded. It does not look",
			"into the parts of v that may contain v again."}
	}
	total := jen.Lit(s.fixed)
	for len(s.sum) > maxTerms {
		last := len(s.sum) - maxTerms
		s.rest = append(addTo(0, s.sum[last:], nil), s.rest...)
		s.sum = s.sum[:last]
	}
	for _, x := range s.sum {
		total.Op("+").Add(x)
	}
	size := f.Add(comment(doc...)).Func().Params(jen.Id("v").Op("*").Id(goName)).Id("Msgsize").Params().Int()
	if len(s.rest) == 0 {
		size.Add(oneLine(jen.Return(total))).Line()
		return
	}
	size.BlockFunc(func(g *jen.Group) {
		g.Id("n").Op(":=").Add(total)
		for _, x := range s.rest {
			g.Add(x)
		}
		g.Return(jen.Id("n"))
	}).Line()
}

// field adds what one field takes behind its key. What may be nil takes its
// fixed size anyway, but is only looked into when it is there.
func (s *sizer) field(field *ir.Field, pointer bool) {
	t, value := field.Type, jen.Id("v").Dot(field.GoName)
	if pointer && nilable(t.Kind) {
		pointer = false
	}
	fixed, sum, rest := s.value(t, value, pointer, 0)
	s.fixed += fixed
	if !pointer {
		s.sum = append(s.sum, sum...)
		s.rest = append(s.rest, rest...)
		return
	}
	for _, x := range sum {
		rest = append([]jen.Code{jen.Id("n").Op("+=").Add(x)}, rest...)
	}
	if len(rest) > 0 {
		s.rest = append(s.rest, jen.If(value.Clone().Op("!=").Nil()).Block(rest...))
	}
}

// value returns the size of one value: its fixed part, terms to be added to it,
// and statements that add more to n.
func (s *sizer) value(t *ir.Type, value *jen.Statement, pointer bool, depth int) (fixed int, sum, rest []jen.Code) {
	if x, ok := scalarOf(t); ok {
		return x.size, nil, nil
	}
	switch t.Kind {
	case ir.None:
		return 1, nil, nil
	case ir.String:
		text := value.Clone()
		if pointer {
			text = jen.Op("*").Add(text)
		}
		return lengthSize, []jen.Code{jen.Len(text)}, nil
	case ir.Bytes:
		return lengthSize, []jen.Code{jen.Len(value.Clone())}, nil
	case ir.Raw: // nil in a list when it is empty
		return 1, []jen.Code{jen.Len(value.Clone())}, nil
	case ir.List:
		return lengthSize, nil, s.list(t, value, depth)
	case ir.Map:
		return lengthSize, nil, s.entries(t, value, depth)
	}
	if s.recursive && isRecursive(t) {
		return recursiveSize, nil, nil
	}
	return 0, []jen.Code{value.Clone().Dot("Msgsize").Call()}, nil
}

func isRecursive(t *ir.Type) bool {
	return t.Kind == ir.MessageKind && t.Message.Recursive || t.Kind == ir.UnionKind && t.Union.Recursive
}

// list returns the statements that add the elements of a list.
func (s *sizer) list(t *ir.Type, value *jen.Statement, depth int) []jen.Code {
	i := local("i", depth)
	fixed, sum, rest := s.value(t.Elem, value.Clone().Index(jen.Id(i)), false, depth+1)
	if len(sum) == 0 && len(rest) == 0 {
		return []jen.Code{jen.Id("n").Op("+=").Len(value.Clone()).Op("*").Lit(fixed)}
	}
	return []jen.Code{jen.For(jen.Id(i).Op(":=").Range().Add(value.Clone())).Block(addTo(fixed, sum, rest)...)}
}

// entries returns the statements that add the entries of a map.
func (s *sizer) entries(t *ir.Type, value *jen.Statement, depth int) []jen.Code {
	key, val := local("key", depth), local("val", depth)
	keyFixed, keySum, _ := s.value(t.Key, jen.Id(key), false, depth+1)
	fixed, sum, rest := s.value(t.Elem, jen.Id(val), false, depth+1)
	if len(keySum)+len(sum)+len(rest) == 0 {
		return []jen.Code{jen.Id("n").Op("+=").Len(value.Clone()).Op("*").Lit(keyFixed + fixed)}
	}
	vars := jen.List(jen.Id(key), jen.Id(val))
	switch {
	case len(keySum) == 0:
		vars = jen.List(jen.Id("_"), jen.Id(val))
	case len(sum)+len(rest) == 0:
		vars = jen.Id(key)
	}
	body := addTo(keyFixed+fixed, append(keySum, sum...), rest)
	return []jen.Code{jen.For(vars.Op(":=").Range().Add(value.Clone())).Block(body...)}
}

// addTo returns the statement that adds a fixed size and terms to n, and rest.
func addTo(fixed int, sum, rest []jen.Code) []jen.Code {
	var terms []jen.Code
	if fixed > 0 {
		terms = append(terms, jen.Lit(fixed))
	}
	terms = append(terms, sum...)
	add := jen.Id("n").Op("+=")
	for i, term := range terms {
		if i > 0 {
			add.Op("+")
		}
		add.Add(term)
	}
	return append([]jen.Code{add}, rest...)
}
