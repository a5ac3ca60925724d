package gogen

import (
	"strconv"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

const schemaPath = gridPath + "/schema"

// emitSchema writes the table of a package's handlers as a Go literal, and what
// the files of its services share.
func (u unit) emitSchema(ids packageIdents) goFile {
	f := u.newFile()
	f.ImportName(schemaPath, "schema")
	f.Add(comment("The build fails here when the runtime is too old for this code.").
		Const().Id("_").Op("=").Add(gridID("IsAtLeastGenerated1")))
	f.Line()
	doc := comment(ids.schema+" is what the handlers of this package look like on the wire. Two",
		"nodes compare theirs when they connect.")
	f.Add(doc.Var().Id(ids.schema).Op("=").Op("&").Qual(schemaPath, "Table").Values())
	return goFile{f, tableLiteral(ir.Lower(u.Pkg))}
}

// schemaID refers to a name of the package of schemas. The file of the table
// imports no other package of that name.
func schemaID(name string) string { return "schema." + name }

// fieldList collects the fields of a struct literal that are not zero.
type fieldList []entry

func (m *fieldList) add(name string, value literal) {
	*m = append(*m, entry{key: name, value: value})
}

func (m *fieldList) simple(name, value string) { m.add(name, simple(value)) }

func (m *fieldList) text(name, value string) {
	if value != "" {
		m.simple(name, strconv.Quote(value))
	}
}

func (m *fieldList) number(name string, value int64) {
	if value != 0 {
		m.simple(name, strconv.FormatInt(value, 10))
	}
}

func (m *fieldList) truth(name string, value bool) {
	if value {
		m.simple(name, "true")
	}
}

func (m *fieldList) typ(name string, t *schema.Type) {
	if t != nil {
		m.add(name, typeLiteral("&", t))
	}
}

func (m *fieldList) texts(name string, values []string) {
	if len(values) > 0 {
		m.add(name, inline("[]string", elements(values, func(s *string) literal { return simple(strconv.Quote(*s)) })))
	}
}

func (m *fieldList) ranges(values []schema.Range) {
	if len(values) > 0 {
		m.add("Reserved", inline("[]"+schemaID("Range"), elements(values, rangeLiteral)))
	}
}

// addSlice adds a slice of schema.elem with an element a line.
func addSlice[T any](m *fieldList, name, elem string, values []T, literal func(*T) literal) {
	if len(values) > 0 {
		m.add(name, multiline("[]"+schemaID(elem), elements(values, literal)))
	}
}

// elements are the entries of a slice.
func elements[T any](values []T, literal func(*T) literal) []entry {
	elems := make([]entry, len(values))
	for i := range values {
		elems[i].value = literal(&values[i])
	}
	return elems
}

// tableLiteral is the value of the table, without its type.
func tableLiteral(t *schema.Table) literal {
	var m fieldList
	if len(t.Shapes) > 0 {
		shapes := elements(t.Shapes, shapeLiteral)
		for i := range shapes {
			shapes[i].comment = "Shape " + strconv.Itoa(i)
		}
		m.add("Shapes", multiline("[]"+schemaID("Shape"), shapes))
	}
	addSlice(&m, "Handlers", "Handler", t.Handlers, handlerLiteral)
	m.ranges(t.Reserved)
	return multiline("", m)
}

func shapeLiteral(s *schema.Shape) literal {
	var m fieldList
	m.simple("Kind", kindName(s.Kind))
	m.text("Name", s.Name)
	if s.Kind == schema.Enum {
		m.simple("Base", kindName(s.Base))
	}
	addSlice(&m, "Values", "Value", s.Values, valueLiteral)
	addSlice(&m, "Fields", "Field", s.Fields, fieldLiteral)
	m.number("Limit", s.Limit)
	m.truth("Tuple", s.Tuple)
	m.ranges(s.Reserved)
	m.texts("Keys", s.Keys)
	if len(m) <= 2 {
		return inline("", m)
	}
	return multiline("", m)
}

func rangeLiteral(r *schema.Range) literal {
	var m fieldList
	m.simple("From", strconv.FormatInt(r.From, 10))
	m.simple("To", strconv.FormatInt(r.To, 10))
	return inline("", m)
}

func valueLiteral(v *schema.Value) literal {
	var m fieldList
	m.simple("Name", strconv.Quote(v.Name))
	m.simple("Number", strconv.FormatInt(v.Number, 10))
	return inline("", m)
}

func fieldLiteral(f *schema.Field) literal {
	var m fieldList
	m.text("Name", f.Name)
	m.number("Number", int64(f.Number))
	m.text("Key", f.Key)
	m.add("Type", typeLiteral("", &f.Type))
	m.number("Limit", f.Limit)
	m.number("Each", f.Each)
	m.number("KeyLimit", f.KeyLimit)
	m.truth("Secret", f.Secret)
	return inline("", m)
}

func handlerLiteral(h *schema.Handler) literal {
	var m fieldList
	m.number("ID", int64(h.ID))
	m.text("Name", h.Name)
	m.truth("Stream", h.Stream)
	m.texts("Subroutes", h.Subroutes)
	m.typ("Request", h.Request)
	m.typ("Response", h.Response)
	m.typ("In", h.In)
	m.typ("Out", h.Out)
	m.number("InCapacity", int64(h.InCapacity))
	m.number("OutCapacity", int64(h.OutCapacity))
	addSlice(&m, "Errors", "Error", h.Errors, errorLiteral)
	return multiline("", m)
}

func errorLiteral(e *schema.Error) literal {
	var m fieldList
	m.simple("Code", strconv.Quote(e.Code))
	m.simple("Shape", strconv.Itoa(e.Shape))
	return inline("", m)
}

// typeLiteral is a type, behind what makes it a pointer.
func typeLiteral(prefix string, t *schema.Type) literal {
	var m fieldList
	m.simple("Kind", kindName(t.Kind))
	m.truth("Optional", t.Optional)
	switch t.Kind {
	case schema.Enum, schema.Message, schema.Union, schema.Extern:
		m.simple("Shape", strconv.Itoa(t.Shape))
	}
	m.typ("Key", t.Key)
	m.typ("Elem", t.Elem)
	return inline(prefix+schemaID("Type"), m)
}

func kindName(k schema.Kind) string {
	return schemaID(goname.ExportedName(k.String()))
}
