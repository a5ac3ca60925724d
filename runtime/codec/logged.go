package codec

import (
	"fmt"
	"log/slog"
	"reflect"
	"time"
)

// What of a message goes to a log.
const (
	loggedText    = 1 << 10 // bytes of the text of one field, give or take the value that reaches it
	loggedFields  = 32
	loggedEntries = 8 // of a list or map
)

// Logged is a message or union for a log: a group of its fields, and a value that
// does not change any more. It leaves out what Text leaves out, and secrets. It
// is shorter than Text: for bytes it has only their number, for a list or map the
// first 8 entries and the number of entries. A field has at most some KiB, and
// there are at most 32 fields. For a message that gridc did not generate it has
// only the type, because nobody has said which parts are secret.
func Logged(v any) slog.Value {
	at := reflect.ValueOf(v)
	for at.Kind() == reflect.Pointer && !at.IsNil() {
		at = at.Elem()
	}
	if _, ok := v.(generated); !ok || at.Kind() != reflect.Struct {
		return slog.StringValue(fmt.Sprintf("%T", v))
	}
	var attrs []slog.Attr
	for i := range at.NumField() {
		field := at.Type().Field(i)
		if !field.IsExported() || at.Field(i).IsZero() {
			continue
		}
		if len(attrs) == loggedFields {
			attrs = append(attrs, slog.Bool("…", true))
			break
		}
		if field.Tag.Get("grid") == "secret" {
			attrs = append(attrs, slog.String(field.Name, "(secret)"))
		} else {
			attrs = append(attrs, slog.Attr{Key: field.Name, Value: loggedValue(at.Field(i))})
		}
	}
	return slog.GroupValue(attrs...)
}

// loggedValue is the value of one field.
func loggedValue(v reflect.Value) slog.Value {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch known := v.Interface().(type) {
	case time.Time:
		return slog.TimeValue(known.Round(0))
	case time.Duration:
		return slog.DurationValue(known)
	case fmt.Stringer: // the name of a value of an enum, below
	default:
		switch {
		case v.Kind() == reflect.Bool:
			return slog.BoolValue(v.Bool())
		case v.CanInt():
			return slog.Int64Value(v.Int())
		case v.CanUint():
			return slog.Uint64Value(v.Uint())
		case v.CanFloat():
			return slog.Float64Value(v.Float())
		case v.Kind() == reflect.String:
			return slog.StringValue(cutString(v.String()))
		}
	}
	t := text{most: loggedText, few: loggedEntries}
	t.value(v, 1)
	return slog.StringValue(string(t.b))
}

// cutString is a string as Text shows it, without the quotes.
func cutString(s string) string {
	shown := shownOf(s)
	if shown == len(s) {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", s[:shown], len(s))
}
