package codec

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	textLimit = 8 << 10 // bytes of a text, give or take the value that reaches it
	textDepth = 32      // how deeply values are nested in a text
	textShort = 256     // bytes of one string that are shown
)

// Text is a message or a union as text for people: the result of its String. v
// points to it. Zero fields are left out, pointers are followed, and map entries
// are sorted. A field with the tag `grid:"secret"` is "(secret)". Long parts are
// cut, and the text says so: a string or bytes after 256 bytes, what is nested
// deeper than 32, and the whole after 8 KiB, so a value that contains itself
// ends, too. Two values with the same text need not be equal.
func Text(v any) string {
	at := reflect.ValueOf(v).Elem()
	t := text{most: textLimit, b: append(make([]byte, 0, 128), at.Type().Name()...)}
	t.fields(at, 0)
	return string(t.b)
}

// Format writes [Text] for every verb, for a type that cannot have a String.
func Format(s fmt.State, v any) {
	_, _ = io.WriteString(s, Text(v)) // as fmt itself does
}

// VariantName is the name of a kind of a union: "unset" for 0, "unknown" for 1,
// and then the names of the variants.
func VariantName(kind uint8, variants ...string) string {
	switch {
	case kind == 0:
		return "unset"
	case kind == 1:
		return "unknown"
	case int(kind)-2 < len(variants):
		return variants[kind-2]
	}
	return "kind(" + strconv.Itoa(int(kind)) + ")"
}

// text is a text under construction.
type text struct {
	b   []byte
	cut bool // it ends here

	most int // bytes, see textLimit
	few  int // entries of a list or map that are shown, and bytes are counted alone; 0: all
}

var unknownType = reflect.TypeFor[Unknown]()

// full reports whether nothing more is written, and says so once in the text.
func (t *text) full() bool {
	if len(t.b) < t.most {
		return false
	}
	if !t.cut {
		t.cut = true
		t.b = append(t.b, "…"...)
	}
	return true
}

// put writes a mark of the text unless it was cut.
func (t *text) put(mark string) {
	if !t.cut {
		t.b = append(t.b, mark...)
	}
}

// fields writes a struct. This is the one place that shows a field, and of a secret one
// no more than that it is there.
func (t *text) fields(v reflect.Value, depth int) {
	sep := "{"
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		variant := field.Name == "unknown" && value.Kind() == reflect.Int // of a union
		kept := field.Type == unknownType && value.Field(0).Int() > 0
		if !field.IsExported() && !variant && !kept || value.IsZero() {
			continue
		}
		if t.full() {
			break
		}
		t.put(sep + field.Name + ": ")
		switch {
		case field.Tag.Get("grid") == "secret":
			t.put("(secret)")
		case kept:
			t.b = fmt.Appendf(t.b, "%d kept", value.Field(0).Int())
		default:
			t.value(value, depth+1)
		}
		sep = ", "
	}
	if sep == "{" {
		t.put("{")
	}
	t.put("}")
}

func (t *text) value(v reflect.Value, depth int) {
	switch {
	case t.full():
		return
	case depth > textDepth:
		t.put("…")
		return
	case t.itself(v, depth):
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			t.put("nil")
			return
		}
		t.value(v.Elem(), depth+1)
	case reflect.Struct:
		t.fields(v, depth)
	case reflect.Map:
		t.entries(v, depth)
	case reflect.Slice, reflect.Array:
		t.list(v, depth)
	case reflect.String:
		t.quoted(v.String())
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		t.put(v.Type().String())
	default: // a number or a bool
		t.b = fmt.Append(t.b, v)
	}
}

// itself writes a value that knows its own text. A generated message does, too,
// but not how deeply it is nested.
func (t *text) itself(v reflect.Value, depth int) bool {
	if !v.CanInterface() {
		return false
	}
	own := v.Interface()
	if v.CanAddr() {
		own = v.Addr().Interface()
	}
	switch known := own.(type) {
	case generated:
		if v.Kind() != reflect.Struct {
			return false // a pointer to one: followed
		}
		t.fields(v, depth)
	case *time.Time:
		t.b = known.AppendFormat(t.b, time.RFC3339Nano)
	case fmt.Formatter, fmt.Stringer, error:
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return false
		}
		text := fmt.Sprint(own) // which survives a method that panics
		t.put(text[:min(len(text), t.most)])
	default:
		return false
	}
	return true
}

// generated is what every message, union and error of generated code is.
type generated interface {
	EncodeGrid(*Encoder)
	DecodeGrid(*Decoder)
}

func (t *text) list(v reflect.Value, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice && v.Type().Elem().PkgPath() == "" {
		if t.few > 0 {
			t.b = fmt.Appendf(t.b, "%d bytes", v.Len())
			return
		}
		t.quoted(string(v.Bytes()[:min(v.Len(), textShort)]))
		t.rest(v.Len())
		return
	}
	t.put("[")
	for i := range v.Len() {
		if i > 0 {
			t.put(", ")
		}
		if t.enough(i, v.Len()) {
			break
		}
		if t.full() {
			break
		}
		t.value(v.Index(i), depth+1)
	}
	t.put("]")
}

func (t *text) entries(v reflect.Value, depth int) {
	keys := v.MapKeys()
	slices.SortFunc(keys, compareKeys)
	t.put("{")
	for i, key := range keys {
		if i > 0 {
			t.put(", ")
		}
		if t.enough(i, len(keys)) {
			break
		}
		if t.full() {
			break
		}
		t.value(key, depth+1)
		t.put(": ")
		entry := reflect.New(v.Type().Elem()).Elem() // which has an address, as methods may want
		entry.Set(v.MapIndex(key))
		t.value(entry, depth+1)
	}
	t.put("}")
}

// enough reports whether no more entries are shown, and says how many there are.
func (t *text) enough(shown, of int) bool {
	if t.few == 0 || shown < t.few {
		return false
	}
	t.put(fmt.Sprintf("… (%d entries)", of))
	return true
}

// compareKeys orders the kinds that keys of a map may have.
func compareKeys(a, b reflect.Value) int {
	switch {
	case a.Kind() != b.Kind():
		return cmp.Compare(a.Kind(), b.Kind())
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	}
	return cmp.Compare(a.String(), b.String())
}

func (t *text) quoted(s string) {
	t.b = strconv.AppendQuote(t.b, s[:shownOf(s)])
	t.rest(len(s))
}

// shownOf is how many bytes of a string are shown.
func shownOf(s string) int {
	shown := len(s)
	if shown > textShort {
		shown = textShort
		for shown > 0 && !utf8.RuneStart(s[shown]) {
			shown-- // out of the middle of a character
		}
	}
	return shown
}

// rest says how long a string is that was not shown as a whole.
func (t *text) rest(size int) {
	if size > textShort {
		t.b = fmt.Appendf(t.b, "… (%d bytes)", size)
	}
}
