package compiler

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gridrpc/gridc/idl"
)

// irReader rebuilds a schema: first every declaration by its name, then what is
// in them, so that they can refer to each other. The first error is kept.
type irReader struct {
	packages map[string]*Package
	decls    map[string]any // *Enum, *Message, *Union, *Error, *Extern by "package.Name"
	file     string
	err      error
}

func (r *irReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %s", r.file, fmt.Sprintf(format, args...))
	}
}

func readPackages(docs []irPackage) (*Schema, error) {
	r := &irReader{packages: map[string]*Package{}, decls: map[string]any{}}
	s := &Schema{}
	for _, doc := range docs {
		r.file = doc.Path
		p := &Package{Name: doc.Name, Path: doc.Path, Root: doc.Root, Doc: doc.Doc}
		if r.packages[p.Name] != nil {
			r.fail("package %q twice", p.Name)
		}
		r.packages[p.Name] = p
		s.Packages = append(s.Packages, p)
		r.declare(p, &doc)
	}
	for i, doc := range docs {
		r.file = doc.Path
		r.fill(s.Packages[i], &doc)
	}
	return s, r.err
}

// declare makes the declarations of a package, still empty.
func (r *irReader) declare(p *Package, doc *irPackage) {
	add := func(name string, target any) {
		full := p.Name + "." + name
		if r.decls[full] != nil {
			r.fail("%s twice", full)
		}
		r.decls[full] = target
		p.add(target)
	}
	for _, d := range doc.Enums {
		add(d.Name, &Enum{})
	}
	for _, d := range doc.Messages {
		add(d.Name, &Message{Package: p})
	}
	for _, d := range doc.Unions {
		add(d.Name, &Union{Package: p})
	}
	for _, d := range doc.Errors {
		add(d.Name, &Error{Package: p, Body: &Message{Package: p}})
	}
	for _, d := range doc.Externs {
		add(d.Name, &Extern{})
	}
}

// fill sets what is in the declarations of a package.
func (r *irReader) fill(p *Package, doc *irPackage) {
	for _, name := range doc.Imports {
		if r.packages[name] == nil {
			r.fail("there is no package %q to import", name)
		}
		p.Imports = append(p.Imports, r.packages[name])
	}
	for _, d := range doc.Consts {
		p.Consts = append(p.Consts, r.constant(&d))
	}
	for i, d := range doc.Enums {
		r.enum(p.Enums[i], &d)
	}
	for i, d := range doc.Messages {
		r.message(p.Messages[i], &d)
	}
	for i, d := range doc.Unions {
		u := p.Unions[i]
		u.Info, u.Variants, u.Recursive = r.info(&d.irInfo), r.fields(d.Variants), d.Recursive
		u.Reserved = readReserved(d.Reserved)
	}
	for i, d := range doc.Errors {
		e := p.Errors[i]
		e.Info, e.Code = r.info(&d.irInfo), d.Code
		r.message(e.Body, &d.irMessage)
	}
	for i, d := range doc.Externs {
		*p.Externs[i] = Extern{r.info(&d.irInfo), d.ImportPath, d.TypeName}
	}
	for _, d := range doc.Services {
		p.Services = append(p.Services, r.service(p, &d))
	}
}

func (r *irReader) info(d *irInfo) Info {
	at := idl.Span{File: r.file, Start: d.At.Start.read(), End: d.At.End.read()}
	return Info{d.Name, d.Go, d.Doc, d.Comment, d.Deprecated, at}
}

// irKinds are the kinds by their names in JSON.
var irKinds = func() map[string]Kind {
	kinds := map[string]Kind{}
	for kind, name := range kindNames {
		kinds[name] = kind
	}
	return kinds
}()

func (r *irReader) typ(d *irType) *Type {
	if d == nil {
		return nil
	}
	t := &Type{Kind: irKinds[d.Kind], Optional: d.Optional, Key: r.typ(d.Key), Elem: r.typ(d.Elem)}
	var known bool
	switch t.Kind {
	case List:
		known = t.Elem != nil
	case Map:
		known = t.Elem != nil && t.Key != nil
	case EnumKind:
		t.Enum, known = r.decls[d.Ref].(*Enum)
	case MessageKind:
		t.Message, known = r.decls[d.Ref].(*Message)
	case UnionKind:
		t.Union, known = r.decls[d.Ref].(*Union)
	case ExternKind:
		t.Extern, known = r.decls[d.Ref].(*Extern)
	default:
		known = t.Kind != 0
	}
	if !known {
		r.fail("there is no %s %q", d.Kind, d.Ref)
	}
	if d.Ref != "" {
		t.Package = r.packages[firstPart(d.Ref)]
	}
	return t
}

func readReserved(d *irReserved) Reserved {
	var r Reserved
	if d == nil {
		return r
	}
	for _, x := range d.Ranges {
		r.Ranges = append(r.Ranges, Range{x[0], x[1]})
	}
	r.Names = d.Names
	return r
}

func (r *irReader) constant(d *irConst) *Const {
	c := &Const{Info: r.info(&d.irInfo), Type: r.typ(&d.Type), Text: d.Text}
	var err error
	switch c.Type.Kind {
	case String:
		c.Str = d.Value
	case Bool:
		c.Bool, err = strconv.ParseBool(d.Value)
	case Float32, Float64:
		c.Float, err = strconv.ParseFloat(d.Value, 64)
	default:
		c.Int, c.Big, err = parseInteger(d.Value)
	}
	if err != nil {
		r.fail("const %s: %v", d.Name, err)
	}
	return c
}

// parseInteger reads an integer; big ones fit uint64 only.
func parseInteger(text string) (n int64, big bool, err error) {
	if n, err = strconv.ParseInt(text, 10, 64); err == nil {
		return n, false, nil
	}
	u, err := strconv.ParseUint(text, 10, 64)
	return int64(u), true, err
}

func (r *irReader) enum(e *Enum, d *irEnum) {
	e.Info, e.Base, e.Reserved = r.info(&d.irInfo), irKinds[d.Base], readReserved(d.Reserved)
	if !e.Base.isInteger() {
		r.fail("enum %s of %q", d.Name, d.Base)
	}
	for _, v := range d.Values {
		n, _, err := parseInteger(v.Number.String())
		if err != nil {
			r.fail("value %s.%s: %v", d.Name, v.Name, err)
		}
		e.Values = append(e.Values, &EnumValue{r.info(&v.irInfo), n})
	}
}

func (r *irReader) fields(docs []irField) []*Field {
	var fields []*Field
	for _, d := range docs {
		fields = append(fields, &Field{r.info(&d.irInfo), r.typ(&d.Type), d.Number, d.Key, d.Limit})
	}
	return fields
}

func (r *irReader) message(m *Message, d *irMessage) {
	m.Info, m.StringKeys, m.Fields = r.info(&d.irInfo), d.StringKeys, r.fields(d.Fields)
	m.Reserved, m.SizeLimit, m.Recursive = readReserved(d.Reserved), d.Limit, d.Recursive
}

func (r *irReader) service(p *Package, d *irService) *Service {
	svc := &Service{Info: r.info(&d.irInfo), Package: p, Reserved: readReserved(d.Reserved)}
	for _, s := range d.Subroutes {
		svc.Subroutes = append(svc.Subroutes, Subroute{s.Param, s.Go, s.Fixed})
	}
	for _, h := range d.Handlers {
		svc.Handlers = append(svc.Handlers, r.handler(&h))
	}
	return svc
}

func (r *irReader) handler(d *irHandler) *Handler {
	h := &Handler{
		Info: r.info(&d.irInfo), ID: d.ID, Stream: d.Stream,
		Request: r.typ(d.Request), Response: r.typ(d.Response), In: r.flow(d.In), Out: r.flow(d.Out),
		Timeout: time.Duration(d.TimeoutNS), Idempotent: d.Idempotent, Reuse: d.Reuse,
	}
	for _, name := range d.Errors {
		e, ok := r.decls[name].(*Error)
		if !ok {
			r.fail("there is no error %q", name)
			continue
		}
		h.Errors = append(h.Errors, e)
	}
	switch d.Priority {
	case "":
	case "high":
		h.Priority = High
	case "low":
		h.Priority = Low
	default:
		r.fail("handler %s: priority %q", d.Name, d.Priority)
	}
	return h
}

func (r *irReader) flow(d *irFlow) *Flow {
	if d == nil {
		return nil
	}
	return &Flow{d.Capacity, d.Explicit, r.typ(&d.Type)}
}
