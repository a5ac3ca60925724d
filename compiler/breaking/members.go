package breaking

import (
	"cmp"
	"fmt"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// members compares what two declarations hold.
func (s *sourceReview) members(old, new *ir.Declaration) {
	if old.Kind != new.Kind {
		if !s.blamed[old.FullName()] && !s.usesExtern(old, new) {
			what := old.Kind + " became " + new.Kind
			s.report("source/type-changed", old.FullName(), what, new.Info.Span, "`"+old.FullName()+"`: "+what)
		}
		return
	}
	switch t := old.Target.(type) {
	case *ir.Const:
		s.constant(old, t, new.Target.(*ir.Const))
	case *ir.Annotation:
		s.params(old.FullName(), t, new.Target.(*ir.Annotation))
	case *ir.Enum:
		s.values(old.FullName(), t, new.Target.(*ir.Enum))
	case *ir.Message:
		s.fields(fieldIDs, old.FullName(), new.Info.Span, t.Fields, new.Target.(*ir.Message).Fields)
	case *ir.Union:
		s.fields(variantIDs, old.FullName(), new.Info.Span, t.Variants, new.Target.(*ir.Union).Variants)
	case *ir.Error:
		s.fields(fieldIDs, old.FullName(), new.Info.Span, t.Body.Fields, new.Target.(*ir.Error).Body.Fields)
	}
}

// usesExtern reports whether one of the declarations is an extern that something
// on the wire holds: there the change is reported.
func (s *sourceReview) usesExtern(old, new *ir.Declaration) bool {
	return s.holdsExtern(old.Target) || s.holdsExtern(new.Target)
}

func (s *sourceReview) constant(d *ir.Declaration, old, new *ir.Const) {
	was, is := goValue(old), goValue(new)
	if old.GoName != new.GoName {
		s.renamedTo("source/const-renamed", d.FullName(), "const `"+d.FullName()+"`", &old.Info, &new.Info)
	}
	if was != is {
		what := "`" + was + "` became `" + is + "`"
		s.report("source/const-changed", d.FullName(), what, new.Span, "const `"+d.FullName()+"`: "+what)
	}
}

func (s *sourceReview) values(name string, old, new *ir.Enum) {
	byNumber := map[int64]*ir.EnumValue{}
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
func (s *sourceReview) fields(ids memberIDs, name string, header idl.Span, old, new []*ir.Field) {
	id := memberOf
	if len(old) > 0 && len(new) > 0 && (old[0].Key == "") != (new[0].Key == "") {
		id = func(f *ir.Field) string { return f.Name } // no number of one is a key of the other
	}
	byMember := map[string]*ir.Field{}
	for _, f := range new {
		byMember[id(f)] = f
	}
	for _, f := range old {
		subject := name + "." + memberOf(f)
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
		s.shown(subject, what, f, now)
		if was, is := s.goType(f.Type, s.moved), s.goType(now.Type, nil); was != is {
			what := "`" + s.goType(f.Type, nil) + "` became `" + is + "`"
			s.report(ids.changed, subject, what, now.Type.Span,
				ids.sort+" `"+name+"."+f.Name+"`: "+what).Help("the wire is the same, the Go type is not")
		}
	}
}

// shown compares what shows a field, which is neither on the wire nor in the way of Go
// code: but who reads logs and JSON sees it appear, or vanish.
func (s *sourceReview) shown(subject, what string, old, new *ir.Field) {
	if old.Secret != new.Secret {
		change := switchText("secret", old.Secret) + " became " + switchText("secret", new.Secret)
		s.report("behavior/secret-changed", subject, change, new.Span, what+": "+change).
			Help("String, logs and encoding/json of programs with the new files leave out what is secret, and nothing else")
	}
	if old.JSON != new.JSON {
		change := jsonText(old) + " became " + jsonText(new)
		s.report("behavior/json-changed", subject, change, new.Span, what+": "+change).
			Help("encoding/json of programs with the old files and with the new ones does not read what the other has written")
	}
}

func jsonText(f *ir.Field) string {
	if f.JSON == "" {
		return "no name in JSON"
	}
	return "`" + f.JSON + "` in JSON"
}

// goType spells a type; types that were renamed are called by their new name.
func (s *sourceReview) goType(t *ir.Type, moved map[string]string) string {
	if t == nil {
		return "nothing"
	}
	var text string
	switch t.Kind {
	case ir.None:
		return "nothing"
	case ir.List:
		text = "[]" + s.goType(t.Elem, moved)
	case ir.Map:
		text = "map[" + s.goType(t.Key, moved) + "]" + s.goType(t.Elem, moved)
	case ir.EnumKind, ir.MessageKind, ir.UnionKind, ir.ExternKind:
		text = t.Package.ID() + "." + t.DeclName()
		text = cmp.Or(moved[text], text)
	default:
		text = t.Kind.String()
	}
	if t.Optional {
		text += "?"
	}
	return text
}

// goValue is the type and the value of a constant.
func goValue(c *ir.Const) string {
	kind := c.Type.Kind.String()
	switch {
	case c.Type.Kind == ir.EnumKind:
		return fmt.Sprintf("%s %d", c.Type.Enum.Name, c.Int)
	case c.Type.Kind == ir.String:
		return fmt.Sprintf("%s %q", kind, c.Str)
	case c.Type.Kind == ir.Bool:
		return fmt.Sprintf("%s %t", kind, c.Bool)
	case c.Type.Kind == ir.Float32 || c.Type.Kind == ir.Float64:
		return fmt.Sprintf("%s %v", kind, c.Float)
	case c.Big:
		return fmt.Sprintf("%s %d", kind, uint64(c.Int))
	default:
		return fmt.Sprintf("%s %d", kind, c.Int)
	}
}
