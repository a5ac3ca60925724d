package compiler

import (
	"cmp"
	"fmt"

	"github.com/gridrpc/gridc/idl"
)

// members compares what two declarations hold.
func (s *sourceReview) members(old, new *declarationOf) {
	if old.kind != new.kind {
		if !s.blamed[old.name()] && !s.usesExtern(old, new) {
			what := old.kind + " became " + new.kind
			s.report("source/type-changed", old.name(), what, new.info.Span, "`"+old.name()+"`: "+what)
		}
		return
	}
	switch t := old.target.(type) {
	case *Const:
		s.constant(old, t, new.target.(*Const))
	case *Enum:
		s.values(old.name(), t, new.target.(*Enum))
	case *Message:
		s.fields(fieldIDs, old.name(), new.info.Span, t.Fields, new.target.(*Message).Fields)
	case *Union:
		s.fields(variantIDs, old.name(), new.info.Span, t.Variants, new.target.(*Union).Variants)
	case *Error:
		s.fields(fieldIDs, old.name(), new.info.Span, t.Body.Fields, new.target.(*Error).Body.Fields)
	}
}

// usesExtern reports whether one of the declarations is an extern that something
// on the wire holds: there the change is reported.
func (s *sourceReview) usesExtern(old, new *declarationOf) bool {
	return s.old.holdsExtern(old.target) || s.new.holdsExtern(new.target)
}

func (s *sourceReview) constant(d *declarationOf, old, new *Const) {
	was, is := old.goValue(), new.goValue()
	if old.GoName != new.GoName {
		s.renamedTo("source/const-renamed", d.name(), "const `"+d.name()+"`", &old.Info, &new.Info)
	}
	if was != is {
		what := "`" + was + "` became `" + is + "`"
		s.report("source/const-changed", d.name(), what, new.Span, "const `"+d.name()+"`: "+what)
	}
}

// goValue is the type and the value of a constant.
func (c *Const) goValue() string {
	kind := c.Type.Kind.name()
	switch {
	case c.Type.Kind == EnumKind:
		return fmt.Sprintf("%s %d", c.Type.Enum.Name, c.Int)
	case c.Type.Kind == String:
		return fmt.Sprintf("%s %q", kind, c.Str)
	case c.Type.Kind == Bool:
		return fmt.Sprintf("%s %t", kind, c.Bool)
	case c.Type.Kind == Float32 || c.Type.Kind == Float64:
		return fmt.Sprintf("%s %v", kind, c.Float)
	case c.Big:
		return fmt.Sprintf("%s %d", kind, uint64(c.Int))
	default:
		return fmt.Sprintf("%s %d", kind, c.Int)
	}
}

func (s *sourceReview) values(name string, old, new *Enum) {
	byNumber := map[int64]*EnumValue{}
	for _, v := range new.Values {
		byNumber[v.Number] = v
	}
	for _, v := range old.Values {
		subject := fmt.Sprintf("%s.%d", name, v.Number)
		now, what := byNumber[v.Number], "value `"+name+"."+v.Name+"`"
		switch {
		case s.blamed[subject]:
		case now == nil:
			s.report("source/enum-value-deleted", subject, "was deleted", new.Span, what+" was deleted")
		case now.GoName != v.GoName:
			s.renamedTo("source/enum-value-renamed", subject, what, &v.Info, &now.Info)
		}
	}
}

// memberIDs are the ids of changes of one sort of member.
type memberIDs struct{ sort, renamed, deleted, changed string }

var (
	fieldIDs   = memberIDs{"field", "source/field-renamed", "source/field-deleted", "source/field-type-changed"}
	variantIDs = memberIDs{"variant", "source/variant-renamed", "source/variant-deleted", "source/variant-type-changed"}
)

// fields compares the fields of a message or error, or the variants of a union.
func (s *sourceReview) fields(ids memberIDs, name string, header idl.Span, old, new []*Field) {
	id := (*Field).member
	if len(old) > 0 && len(new) > 0 && (old[0].Key == "") != (new[0].Key == "") {
		id = func(f *Field) string { return f.Name } // no number of one is a key of the other
	}
	byMember := map[string]*Field{}
	for _, f := range new {
		byMember[id(f)] = f
	}
	for _, f := range old {
		subject := name + "." + f.member()
		now, what := byMember[id(f)], ids.sort+" `"+name+"."+f.Name+"`"
		if s.blamed[subject] {
			continue
		}
		if now == nil {
			s.report(ids.deleted, subject, "was deleted", header, what+" was deleted")
			continue
		}
		if now.GoName != f.GoName {
			s.renamedTo(ids.renamed, subject, what, &f.Info, &now.Info)
		}
		if was, is := s.goType(f.Type, s.moved), s.goType(now.Type, nil); was != is {
			what := "`" + s.goType(f.Type, nil) + "` became `" + is + "`"
			s.report(ids.changed, subject, what, s.places.fieldType(now),
				ids.sort+" `"+name+"."+f.Name+"`: "+what).help("the wire is the same, the Go type is not")
		}
	}
}

// member is the number or key of a field as the judge spells it.
func (f *Field) member() string {
	if f.Key != "" {
		return "`" + f.Key + "`"
	}
	return fmt.Sprint(f.Number)
}

// goType spells a type; types that were renamed are called by their new name.
func (s *sourceReview) goType(t *Type, moved map[string]string) string {
	if t == nil {
		return "nothing"
	}
	var text string
	switch t.Kind {
	case List:
		text = "[]" + s.goType(t.Elem, moved)
	case Map:
		text = "map[" + s.goType(t.Key, moved) + "]" + s.goType(t.Elem, moved)
	case EnumKind, MessageKind, UnionKind, ExternKind:
		text = t.Package.Name + "." + t.declName()
		text = cmp.Or(moved[text], text)
	default:
		text = t.Kind.name()
	}
	if t.Optional {
		text += "?"
	}
	return text
}

// declName is the name of the declaration of a named type.
func (t *Type) declName() string {
	switch t.Kind {
	case EnumKind:
		return t.Enum.Name
	case MessageKind:
		return t.Message.Name
	case UnionKind:
		return t.Union.Name
	default:
		return t.Extern.Name
	}
}
