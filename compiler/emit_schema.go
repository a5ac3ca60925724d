package compiler

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/runtime/schema"
)

const schemaPath = gridPath + "/schema"

// emitSchema writes the table of a package's handlers as a Go literal, and what
// the files of its services share.
func (u unit) emitSchema(ids packageIdents) *jen.File {
	f := u.newFile()
	f.ImportName(schemaPath, "schema")
	f.Add(comment("The build fails here when the runtime is too old for this code.").
		Const().Id("_").Op("=").Add(gridID("IsAtLeastGenerated1")))
	f.Line()
	doc := comment(ids.schema+" is what the handlers of this package look like on the wire. Two",
		"nodes compare theirs when they connect.")
	f.Add(doc.Var().Id(ids.schema).Op("=").Op("&").Add(tableLiteral(Lower(u.pkg))))
	return f
}

func schemaID(name string) *jen.Statement { return jen.Qual(schemaPath, name) }

// multiline is a composite literal's body with an element a line.
func multiline(elems []jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elems...)
}

// entry is `Name: value` of a struct literal.
func entry(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }

// fieldList collects the fields of a struct literal that are not zero.
type fieldList []jen.Code

func (m *fieldList) add(name string, value jen.Code) { *m = append(*m, entry(name, value)) }

func (m *fieldList) text(name, value string) {
	if value != "" {
		m.add(name, jen.Lit(value))
	}
}

func (m *fieldList) number(name string, value int64) {
	if value != 0 {
		m.add(name, jen.Op(strconv.FormatInt(value, 10)))
	}
}

func (m *fieldList) truth(name string, value bool) {
	if value {
		m.add(name, jen.True())
	}
}

func (m *fieldList) typ(name string, t *schema.Type) {
	if t != nil {
		m.add(name, jen.Op("&").Add(typeLiteral(t)))
	}
}

func (m *fieldList) texts(name string, values []string) {
	if len(values) > 0 {
		var elems []jen.Code
		for _, v := range values {
			elems = append(elems, jen.Lit(v))
		}
		m.add(name, jen.Index().String().Values(elems...))
	}
}

func (m *fieldList) ranges(values []schema.Range) {
	if len(values) > 0 {
		var elems []jen.Code
		for _, r := range values {
			var e fieldList
			e.add("From", jen.Op(strconv.FormatInt(r.From, 10)))
			e.add("To", jen.Op(strconv.FormatInt(r.To, 10)))
			elems = append(elems, jen.Values(e...))
		}
		m.add("Reserved", jen.Index().Add(schemaID("Range")).Values(elems...))
	}
}

// addSlice adds a slice of schema.elem with an element a line.
func addSlice[T any](m *fieldList, name, elem string, values []T, literal func(*T) jen.Code) {
	if len(values) == 0 {
		return
	}
	var elems []jen.Code
	for i := range values {
		elems = append(elems, literal(&values[i]))
	}
	m.add(name, jen.Index().Add(schemaID(elem)).Add(multiline(elems)))
}

func tableLiteral(t *schema.Table) *jen.Statement {
	var m fieldList
	n := -1
	addSlice(&m, "Shapes", "Shape", t.Shapes, func(s *schema.Shape) jen.Code {
		n++
		return comment("Shape " + strconv.Itoa(n)).Add(shapeLiteral(s))
	})
	addSlice(&m, "Handlers", "Handler", t.Handlers, handlerLiteral)
	m.ranges(t.Reserved)
	return schemaID("Table").Add(multiline(m))
}

func shapeLiteral(s *schema.Shape) jen.Code {
	var m fieldList
	m.add("Kind", kindLiteral(s.Kind))
	m.text("Name", s.Name)
	if s.Kind == schema.Enum {
		m.add("Base", kindLiteral(s.Base))
	}
	addSlice(&m, "Values", "Value", s.Values, valueLiteral)
	addSlice(&m, "Fields", "Field", s.Fields, fieldLiteral)
	m.number("Limit", s.Limit)
	m.ranges(s.Reserved)
	m.texts("Keys", s.Keys)
	if len(m) <= 2 {
		return jen.Values(m...)
	}
	return multiline(m)
}

func valueLiteral(v *schema.Value) jen.Code {
	return jen.Values(entry("Name", jen.Lit(v.Name)), entry("Number", jen.Op(strconv.FormatInt(v.Number, 10))))
}

func fieldLiteral(f *schema.Field) jen.Code {
	var m fieldList
	m.text("Name", f.Name)
	m.number("Number", int64(f.Number))
	m.text("Key", f.Key)
	m.add("Type", typeLiteral(&f.Type))
	m.number("Limit", f.Limit)
	return jen.Values(m...)
}

func handlerLiteral(h *schema.Handler) jen.Code {
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
	addSlice(&m, "Errors", "Error", h.Errors, func(e *schema.Error) jen.Code {
		return jen.Values(entry("Code", jen.Lit(e.Code)), entry("Shape", jen.Lit(e.Shape)))
	})
	return multiline(m)
}

func typeLiteral(t *schema.Type) *jen.Statement {
	var m fieldList
	m.add("Kind", kindLiteral(t.Kind))
	m.truth("Optional", t.Optional)
	switch t.Kind {
	case schema.Enum, schema.Message, schema.Union, schema.Extern:
		m.add("Shape", jen.Lit(t.Shape))
	}
	m.typ("Key", t.Key)
	m.typ("Elem", t.Elem)
	return schemaID("Type").Values(m...)
}

// wireKindNames are the Go names of the wire's kinds.
var wireKindNames = map[schema.Kind]string{
	schema.Bool: "Bool", schema.Int8: "Int8", schema.Int16: "Int16", schema.Int32: "Int32", schema.Int64: "Int64",
	schema.Uint8: "Uint8", schema.Uint16: "Uint16", schema.Uint32: "Uint32", schema.Uint64: "Uint64",
	schema.Float32: "Float32", schema.Float64: "Float64", schema.String: "String", schema.Bytes: "Bytes",
	schema.Time: "Time", schema.Duration: "Duration", schema.UUID: "UUID", schema.Raw: "Raw",
	schema.List: "List", schema.Map: "Map", schema.Enum: "Enum", schema.Message: "Message",
	schema.Union: "Union", schema.Extern: "Extern",
}

func kindLiteral(k schema.Kind) *jen.Statement { return schemaID(wireKindNames[k]) }
