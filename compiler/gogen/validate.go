package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitValidate writes validate_grid.go: for each message, union and error that has rules
// how they are checked. What codecs refuse anyway is checked, too, but for the size of a
// message as a whole: Validate is also for values that are not sent.
func emitValidate(u unit) *jen.File {
	f := u.newFile()
	for _, t := range u.ruled() {
		emitRules(f, u, t)
	}
	return f
}

func emitRules(f *jen.File, u unit, t ruledType) {
	method(f, t.goName, "Validate", "Validate returns a *codec.Violation for the first rule of the schema that v breaks.").
		Params().Error().Block(
		jen.Var().Id("r").Qual(codecPath, "Rules"),
		jen.Id("v").Dot("ValidateGrid").Call(jen.Op("&").Id("r")),
		jen.Return(jen.Id("r").Dot("Broken").Call(u.wireName(t.name))),
	).Line()
	method(f, t.goName, "ValidateGrid", "ValidateGrid checks the rules of v.").
		Params(jen.Id("r").Op("*").Qual(codecPath, "Rules")).BlockFunc(func(g *jen.Group) {
		for _, field := range t.fields {
			u.fieldRules(g, field, t.union)
		}
	}).Line()
}

// rule is the call of a method of the rules.
func rule(method string, args ...jen.Code) *jen.Statement {
	return jen.Id("r").Dot(method).Call(args...)
}

// fieldRules checks a field. What is absent breaks no rule but that it is required.
func (u unit) fieldRules(g *jen.Group, field *ir.Field, variant bool) {
	rules := ir.Rules{}
	if field.Rules != nil {
		rules = *field.Rules
	}
	value := jen.Id("v").Dot(field.GoName)
	pointer := (field.Type.Optional || variant) && !nilable(field.Type.Kind)
	if rules.Required {
		g.Add(rule("Required", jen.Lit(field.Name), isThere(field, value)))
	}
	body := u.rulesOf(field, &rules, value, pointer)
	there := value.Clone().Op("!=").Nil()
	switch {
	case len(body) == 0:
	case pointer && len(body) == 1 && hasParts(field.Type):
		g.If(there.Op("&&").Add(rule("Enter"))).Block(u.part(value, jen.Lit(field.Name))...)
	case pointer, nilable(field.Type.Kind) && field.HasCheck() && (variant || field.Type.Optional):
		g.If(there).Block(body...)
	default: // of nothing every length is short enough
		for _, s := range body {
			g.Add(s)
		}
	}
}

// hasParts reports whether a type is a struct with rules of its own.
func hasParts(t *ir.Type) bool {
	has, _ := t.Validates()
	return has
}

// part checks a struct that was entered.
func (u unit) part(value, name *jen.Statement) []jen.Code {
	return []jen.Code{value.Clone().Dot("ValidateGrid").Call(jen.Id("r")), rule("Leave", name.Clone())}
}

// isThere is the condition for a required field to be there.
func isThere(field *ir.Field, value *jen.Statement) *jen.Statement {
	switch k := field.Type.Kind; {
	case k == ir.Raw:
		return jen.Qual(codecPath, "HasRaw").Call(value.Clone())
	case field.Type.Optional:
		return value.Clone().Op("!=").Nil()
	case k == ir.List, k == ir.Map:
		return jen.Len(value.Clone()).Op(">").Lit(0)
	case k == ir.UnionKind:
		return value.Clone().Dot("Which").Call().Op("!=").Lit(0)
	}
	return isSet(field.Type, value)
}

// rulesOf checks a field that is there.
func (u unit) rulesOf(field *ir.Field, rules *ir.Rules, value *jen.Statement, pointer bool) []jen.Code {
	w := &ruleWriter{u: u, rules: rules}
	plain := value.Clone()
	if pointer && field.Type.Kind != ir.MessageKind && field.Type.Kind != ir.UnionKind {
		plain = jen.Op("*").Add(plain)
	}
	body := w.value(field.Type, jen.Lit(field.Name), plain, limitsOf(field), 0)
	if rules.Check != nil {
		body = append(body, u.checkCall(field, rules.Check, plain, nil))
	}
	for _, m := range field.Marks {
		if m.Annotation.Check != nil {
			body = append(body, u.checkCall(field, m.Annotation.Check, plain, m))
		}
	}
	if field.Secret && len(body) > 0 {
		body = append(append([]jen.Code{rule("Hide")}, body...), rule("Show"))
	}
	return body
}

// checkCall calls the function of a @check with a value, and with the arguments of the
// annotation that has the @check.
func (u unit) checkCall(field *ir.Field, f *ir.GoFunc, value *jen.Statement, m *ir.Mark) *jen.Statement {
	args := []jen.Code{value.Clone()}
	if m != nil {
		given := map[string]*ir.Const{}
		for _, arg := range m.Args {
			given[arg.Name] = arg
		}
		for _, p := range m.Annotation.Params {
			arg := given[p.Name]
			if arg == nil {
				arg = &ir.Const{Type: p.Type} // left out
			}
			args = append(args, constValue(arg))
		}
	}
	return rule("Check", jen.Lit(field.Name), jen.Qual(f.ImportPath, f.Name).Call(args...))
}

// ruleWriter writes the rules of one field, for its value or for what that holds.
type ruleWriter struct {
	u     unit
	rules *ir.Rules
}

// value checks one value. name is what it is called within what was entered last.
func (w *ruleWriter) value(t *ir.Type, name, value *jen.Statement, limit limits, depth int) []jen.Code {
	switch t.Kind {
	case ir.String, ir.Bytes:
		return w.text(t, name, value, limit)
	case ir.MessageKind, ir.UnionKind:
		if !hasParts(t) {
			return nil
		}
		if depth > 0 { // its list or map has entered the element
			return []jen.Code{value.Clone().Dot("ValidateGrid").Call(jen.Id("r"))}
		}
		return []jen.Code{jen.If(rule("Enter")).Block(w.u.part(value, name)...)}
	case ir.List, ir.Map:
		return w.collection(t, name, value, limit, depth)
	}
	return w.number(name, value)
}

func (w *ruleWriter) text(t *ir.Type, name, value *jen.Statement, limit limits) (body []jen.Code) {
	if limit.own > 0 {
		body = append(body, rule("Bytes", name.Clone(), jen.Len(value.Clone()), intValue(limit.own)))
	}
	if w.rules.Pattern != "" && t.Kind == ir.String {
		body = append(body, rule("Match", name.Clone(), value.Clone(), jen.Lit(w.rules.Pattern)))
	}
	return body
}

func (w *ruleWriter) number(name, value *jen.Statement) (body []jen.Code) {
	for _, end := range []struct {
		check string
		bound *ir.Const
	}{{"AtLeast", w.rules.Min}, {"AtMost", w.rules.Max}} {
		if end.bound != nil {
			body = append(body, jen.Qual(codecPath, end.check).Call(jen.Id("r"), name.Clone(), value.Clone(), constValue(end.bound)))
		}
	}
	return body
}

// collection checks a list or map: its length, and what it holds.
func (w *ruleWriter) collection(t *ir.Type, name, value *jen.Statement, limit limits, depth int) (body []jen.Code) {
	if limit.own > 0 {
		body = append(body, rule("Entries", name.Clone(), jen.Len(value.Clone()), intValue(limit.own)))
	}
	self := jen.Lit("")
	if t.Kind == ir.List {
		i := local("i", depth)
		element := value.Clone().Index(jen.Id(i))
		if inner := w.value(t.Elem, self, element, limit.parts(), depth+1); len(inner) > 0 {
			body = append(body, jen.For(jen.Id(i).Op(":=").Range().Add(value.Clone())).Block(
				entered(inner, rule("LeaveElement", name.Clone(), jen.Id(i)))))
		}
		return body
	}
	key, val := local("key", depth), local("val", depth)
	var ofKey []jen.Code
	if limit.key > 0 {
		ofKey = []jen.Code{rule("Bytes", self.Clone(), jen.Len(jen.Id(key)), intValue(limit.key))}
	}
	vars := jen.Id(key)
	inner := w.value(t.Elem, self, jen.Id(val), limit.parts(), depth+1)
	if len(inner) > 0 {
		vars = jen.List(jen.Id(key), jen.Id(val))
	}
	if inner = append(ofKey, inner...); len(inner) > 0 {
		leave := jen.Qual(codecPath, "LeaveEntry").Call(jen.Id("r"), name.Clone(), jen.Id(key))
		body = append(body, jen.For(vars.Op(":=").Range().Add(value.Clone())).Block(entered(inner, leave)))
	}
	return body
}

// entered checks something within a part.
func entered(inner []jen.Code, leave jen.Code) *jen.Statement {
	return jen.If(rule("Enter")).Block(append(inner, leave)...)
}
