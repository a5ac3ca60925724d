package idl

import (
	"reflect"
	"testing"
)

// TestPositions checks columns and offsets where bytes, characters and cells
// differ.
func TestPositions(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		want      Pos // of the name of the first declaration
	}{
		{"plain", "package p\nmessage M {}\n", Pos{Offset: 18, Line: 2, Col: 9}},
		{"tab", "package p\n\tmessage M {}\n", Pos{Offset: 19, Line: 2, Col: 10}},
		{"line ends of Windows", "package p\r\nmessage M {}\r\n", Pos{Offset: 19, Line: 2, Col: 9}},
		{"byte order mark", "\ufeffpackage p\nmessage M {}\n", Pos{Offset: 21, Line: 2, Col: 9}},
		{"characters of two bytes", "package p\n@go(name: \"öö\") message M {}\n", Pos{Offset: 36, Line: 2, Col: 27}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := sound(t, tt.src)
			if got := f.Decls[0].DeclName().Span.Start; got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestSpansShowTheirText walks whole trees: the span of a name or a literal is
// the stretch of source that spells it, and each part lies inside its whole.
func TestSpansShowTheirText(t *testing.T) {
	for _, name := range []string{"storage.grid", "common.grid"} {
		src := design(t, name)
		f, _ := Parse(name, src)
		n := 0
		walkTree(reflect.ValueOf(f), Span{File: name, End: endOf(src)}, func(v any, outer Span) {
			text, span := spelling(v)
			if span.IsZero() {
				t.Errorf("%T without a span", v)
				return
			}
			n++
			checkSpan(t, span, src)
			if got := string(src[span.Start.Offset:span.End.Offset]); text != "" && got != text {
				t.Errorf("%T %q has the span of %q", v, text, got)
			}
			if span.Start.Offset < outer.Start.Offset || span.End.Offset > outer.End.Offset || span.File != name {
				t.Errorf("%T %q at %+v lies outside of %+v", v, text, span, outer)
			}
		})
		if n < 10 {
			t.Errorf("only %d spans in %s", n, name)
		}
	}
}

// spelling returns the span of a part of a tree, and its text if it has one.
func spelling(v any) (string, Span) {
	switch v := v.(type) {
	case *Ident:
		return v.Name, v.Span
	case *Lit:
		return v.Text, v.Span
	default:
		return "", reflect.ValueOf(v).Elem().FieldByName("Span").Interface().(Span)
	}
}

// walkTree calls visit for every part of a tree that has a span.
func walkTree(v reflect.Value, outer Span, visit func(v any, outer Span)) {
	switch v.Kind() {
	case reflect.Interface:
		walkTree(v.Elem(), outer, visit)
	case reflect.Slice:
		for i := range v.Len() {
			walkTree(v.Index(i), outer, visit)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Elem().FieldByName("Span").IsValid() {
			visit(v.Interface(), outer)
			outer = v.Elem().FieldByName("Span").Interface().(Span)
		}
		walkTree(v.Elem(), outer, visit)
	case reflect.Struct:
		for i := range v.NumField() {
			walkTree(v.Field(i), outer, visit)
		}
	}
}
