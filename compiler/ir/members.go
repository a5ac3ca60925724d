package ir

// Add appends a declaration to the list of its kind.
func (p *Package) Add(target any) {
	switch t := target.(type) {
	case *Const:
		p.Consts = append(p.Consts, t)
	case *Enum:
		p.Enums = append(p.Enums, t)
	case *Message:
		p.Messages = append(p.Messages, t)
	case *Union:
		p.Unions = append(p.Unions, t)
	case *Error:
		p.Errors = append(p.Errors, t)
	case *Extern:
		p.Externs = append(p.Externs, t)
	case *Annotation:
		p.Annotations = append(p.Annotations, t)
	case *Service:
		p.Services = append(p.Services, t)
	}
}

// FieldsOf are the fields of a message or error, or the variants of a union, else none.
func FieldsOf(node any) []*Field {
	switch n := node.(type) {
	case *Message:
		return n.Fields
	case *Union:
		return n.Variants
	case *Error:
		return n.Body.Fields
	}
	return nil
}

// KindName is the Go name of the constant that says that a variant is set: the names of
// union and variant, with `Kind` between them where another name of the union's, or the
// type that the variant holds, is called so. `union Link { event LinkEvent = 1 }` has
// LinkKindEvent, whatever else the package declares.
func (u *Union) KindName(v *Field) string {
	name := u.GoName + v.GoName
	switch v.GoName {
	case "Kind", "Unset", "Unknown":
		return u.GoName + "Kind" + v.GoName
	}
	held := v.Type
	for held != nil && held.Elem != nil {
		held = held.Elem
	}
	if held != nil && held.Package == u.Package && held.Declared() != nil && NewDeclaration(held.Package, held.Declared()).Info.GoName == name {
		return u.GoName + "Kind" + v.GoName
	}
	return name
}

// Places are the fields of a tuple in the order of its array; nil for one that is
// reserved.
func (m *Message) Places() []*Field {
	size := 0
	for _, f := range m.Fields {
		size = max(size, f.Number)
	}
	places := make([]*Field, size)
	for _, f := range m.Fields {
		places[f.Number-1] = f
	}
	return places
}

// HasInto reports whether the client of a handler has a method that decodes into
// a response of the caller's: where the schema says @reuse and there is a response.
func (h *Handler) HasInto() bool { return h.Reuse && !h.Stream && h.Response != nil }

// Answers reports whether a handler is a stream that ends with a response.
func (h *Handler) Answers() bool { return h.Stream && h.Response != nil }

// Sends is the type of what a handler sends: its response, or the messages of out. It is
// nil where it sends nothing.
func (h *Handler) Sends() *Type {
	if h.Response != nil {
		return h.Response
	}
	return FlowType(h.Out)
}

// IntoName is what that method is called.
func (h *Handler) IntoName() string { return h.GoName + "Into" }

// FlowType is the type of a direction of a stream, nil for one that is not there.
func FlowType(f *Flow) *Type {
	if f == nil {
		return nil
	}
	return f.Type
}
