package dynamic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// ParseJSON reads exactly one JSON value as a value of a type, in the form that
// [Codec.AppendJSON] writes. It also accepts numbers of 64 bits without quotes,
// bytes in any form of base64, durations as Go writes them, and enums as numbers;
// null is a field that is absent. Nothing is rounded, cut or skipped. A value that
// does not fit is a [*JSONError], and so is a member that the type does not have or
// that occurs twice.
func (c Codec) ParseJSON(ty *schema.Type, text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, &JSONError{Reason: "the JSON is not valid UTF-8"}
	}
	r := &jsonReader{Codec: c, text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	r.dec.UseNumber()
	v, err := r.value(ty, limits{})
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &JSONError{Reason: "something follows the JSON value"}
	}
	return v, nil
}

// jsonReader reads one JSON value token by token.
type jsonReader struct {
	Codec
	text []byte
	dec  *json.Decoder
	path []string // how the present value is reached
}

// fault is an error at the present value.
func (r *jsonReader) fault(format string, args ...any) *JSONError {
	return &JSONError{Path: strings.TrimPrefix(strings.Join(r.path, ""), "."), Reason: fmt.Sprintf(format, args...)}
}

// token returns the next token.
func (r *jsonReader) token() (json.Token, error) {
	from := r.dec.InputOffset()
	t, err := r.dec.Token()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, r.fault("the JSON ends too early")
	case err != nil:
		return nil, r.fault("not JSON: %v, at byte %d", err, r.dec.InputOffset())
	}
	if s, ok := t.(string); ok && strings.ContainsRune(s, utf8.RuneError) {
		// encoding/json puts this in the place of half of a surrogate pair.
		raw := bytes.ToLower(r.text[from:r.dec.InputOffset()])
		if strings.Count(s, "\ufffd") != bytes.Count(raw, []byte("\ufffd"))+bytes.Count(raw, []byte(`\ufffd`)) {
			return nil, r.fault("a string has half of a surrogate pair")
		}
	}
	return t, nil
}

// unfit is what is said of a token of the wrong kind.
func (r *jsonReader) unfit(t json.Token, ty *schema.Type) error {
	var got string
	switch t := t.(type) {
	case nil:
		got = "null"
	case bool:
		got = strconv.FormatBool(t)
	case json.Number:
		got = "the number " + short(t.String())
	case string:
		got = "the string " + strconv.Quote(short(t))
	case json.Delim:
		got = map[json.Delim]string{'{': "an object", '[': "a list"}[t]
	}
	return r.fault("%s does not fit: expected %s", got, r.expected(ty))
}

// short is the beginning of a text, for a message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// value reads a value that is there: null is none.
func (r *jsonReader) value(ty *schema.Type, limit limits) (any, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	return r.rest(t, ty, limit)
}

// rest reads what begins with a token.
func (r *jsonReader) rest(t json.Token, ty *schema.Type, limit limits) (any, error) {
	switch begin, _ := t.(json.Delim); {
	case begin != 0 && len(r.path) == codec.MaxDepth:
		return nil, r.fault("nested deeper than %d levels", codec.MaxDepth)
	case begin == '[' && ty.Kind == schema.List:
		return r.list(ty, limit)
	case begin == '{' && ty.Kind == schema.Map:
		return r.mapping(ty, limit)
	case begin == '{' && ty.Kind == schema.Message:
		return r.message(&r.Table.Shapes[ty.Shape])
	case begin == '{' && ty.Kind == schema.Union:
		return r.union(ty)
	}
	v, err := r.scalar(t, ty)
	if err != nil {
		return nil, err
	}
	return v, r.within(v, limit.own)
}

// within checks the length of a string or of bytes.
func (r *jsonReader) within(v any, limit int64) error {
	size := 0
	switch v := v.(type) {
	case string:
		size = len(v)
	case Bin:
		size = len(v)
	}
	if limit > 0 && int64(size) > limit {
		return r.fault("%d bytes, at most %d are allowed", size, limit)
	}
	return nil
}

func (r *jsonReader) list(ty *schema.Type, limit limits) (any, error) {
	list := List{}
	for r.dec.More() {
		if int64(len(list)) == limitOf(limit.own) {
			return nil, r.fault("more than %d entries, which is the limit", limitOf(limit.own))
		}
		v, err := r.below("["+strconv.Itoa(len(list))+"]", ty.Elem, limit.parts())
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := r.token()
	return list, err
}

// below reads a value one level deeper.
func (r *jsonReader) below(step string, ty *schema.Type, limit limits) (any, error) {
	r.path = append(r.path, step)
	v, err := r.value(ty, limit)
	r.path = r.path[:len(r.path)-1]
	return v, err
}

func (r *jsonReader) mapping(ty *schema.Type, limit limits) (any, error) {
	m, seen := Map{}, make(map[any]bool)
	for r.dec.More() {
		if int64(len(m)) == limitOf(limit.own) {
			return nil, r.fault("more than %d entries, which is the limit", limitOf(limit.own))
		}
		t, err := r.token()
		if err != nil {
			return nil, err
		}
		step := "[" + strconv.Quote(short(t.(string))) + "]" // a key is a string, dec sees to it
		r.path = append(r.path, step)
		key, err := r.scalar(t, ty.Key)
		if err == nil {
			err = r.within(key, limit.key)
		}
		if err == nil && seen[key] {
			err = r.fault("this key is there twice")
		}
		r.path = r.path[:len(r.path)-1]
		if err != nil {
			return nil, err
		}
		seen[key] = true
		v, err := r.below(step, ty.Elem, limit.parts())
		if err != nil {
			return nil, err
		}
		m = append(m, Entry{key, v})
	}
	_, err := r.token()
	return sortMap(m), err
}
