package dynamic

import (
	"slices"

	"github.com/gridrpc/gridc/runtime/schema"
)

// message reads the members of a message, whose brace has been read.
func (r *jsonReader) message(shape *schema.Shape) (any, error) {
	s, seen := &Struct{Shape: shape}, make(map[string]bool)
	for r.dec.More() {
		f, err := r.member(shape, seen)
		if err != nil {
			return nil, err
		}
		v, err := r.field(f)
		if err != nil {
			return nil, err
		}
		if isPresent(f, v) {
			s.set(Member(f), v)
		}
	}
	_, err := r.token()
	return s, err
}

// isPresent reports whether a field travels: a raw that is nil is absent on the wire.
func isPresent(f *schema.Field, v any) bool {
	raw, _ := v.(Raw)
	return v != nil && (!IsZero(v) || f.Type.Optional && raw == "")
}

// field reads what stands behind a name: nil for null.
func (r *jsonReader) field(f *schema.Field) (any, error) {
	r.path = append(r.path, "."+f.Name)
	defer func() { r.path = r.path[:len(r.path)-1] }()
	t, err := r.token()
	if err != nil || t == nil {
		return nil, err
	}
	v, err := r.rest(t, &f.Type, limitsOf(f))
	return v, r.discreet(f, err)
}

// discreet is a fault in the value of a field, without what stands there if that is
// secret.
func (r *jsonReader) discreet(f *schema.Field, err error) error {
	if err == nil || !f.Secret {
		return err
	}
	return r.fault("the value does not fit: expected %s", r.expected(&f.Type))
}

// member reads a name, and finds what it is the name of.
func (r *jsonReader) member(shape *schema.Shape, seen map[string]bool) (*schema.Field, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	name := t.(string) // dec sees to it
	i := slices.IndexFunc(shape.Fields, func(f schema.Field) bool { return f.Name == name })
	if i < 0 {
		e := r.fault("%s has no %s %q; it has %s", shape.Name, memberWord(shape), short(name), listed(names(shape)))
		e.Name, e.Known = name, names(shape)
		return nil, e
	}
	if seen[name] {
		return nil, r.fault("%q is there twice", short(name))
	}
	seen[name] = true
	return &shape.Fields[i], nil
}

// memberWord is what a member of a shape is called.
func memberWord(shape *schema.Shape) string {
	if shape.Kind == schema.Union {
		return "variant"
	}
	return "field"
}

// union reads the one member of a union, whose brace has been read.
func (r *jsonReader) union(ty *schema.Type) (any, error) {
	shape := &r.Table.Shapes[ty.Shape]
	if !r.dec.More() {
		return nil, r.fault("a variant is missing: expected %s", r.expected(ty))
	}
	f, err := r.member(shape, make(map[string]bool))
	if err != nil {
		return nil, err
	}
	s := &Struct{Shape: shape}
	v, err := r.below("."+f.Name, &f.Type, limitsOf(f))
	if err != nil {
		return nil, r.discreet(f, err)
	}
	s.set(Member(f), v)
	if r.dec.More() {
		return nil, r.fault("more than one variant: expected %s", r.expected(ty))
	}
	_, err = r.token()
	return s, err
}
