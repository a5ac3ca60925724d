package dynamic

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// scalar reads a value that is one token.
func (r *jsonReader) scalar(t json.Token, ty *schema.Type) (any, error) {
	var v any
	ok := false
	switch t := t.(type) {
	case bool:
		v, ok = t, ty.Kind == schema.Bool
	case json.Number:
		v, ok = r.number(t.String(), ty)
	case string:
		if ty.Kind == schema.Enum {
			return r.enum(t, ty)
		}
		v, ok = r.quoted(t, ty)
	}
	if !ok {
		return nil, r.unfit(t, ty)
	}
	return v, nil
}

// enum reads a name of an enum, or a number in quotes, as a key of a map is.
func (r *jsonReader) enum(name string, ty *schema.Type) (any, error) {
	shape := &r.Table.Shapes[ty.Shape]
	i := slices.IndexFunc(shape.Values, func(v schema.Value) bool { return v.Name == name })
	if i >= 0 {
		return shape.Values[i].Number, nil
	}
	if v, ok := integer(name, shape.Base); ok {
		return v, nil
	}
	e := r.fault("%s has no value %q; it has %s", shape.Name, short(name), listed(names(shape)))
	e.Name, e.Known = name, names(shape)
	return nil, e
}

// quoted reads what is written as a string.
func (r *jsonReader) quoted(s string, ty *schema.Type) (any, bool) {
	switch ty.Kind {
	case schema.String:
		return s, true
	case schema.Bytes:
		b, ok := base64Of(s)
		return Bin(b), ok
	case schema.UUID:
		u, err := codec.ParseUUID(s)
		return u, err == nil
	case schema.Time:
		return timeOf(s)
	case schema.Duration:
		d, err := time.ParseDuration(s)
		return int64(d), err == nil && exactDuration.MatchString(s)
	case schema.Raw, schema.Extern:
		return rawOf(s)
	case schema.Float32, schema.Float64:
		switch s {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	if !json.Valid([]byte(s)) {
		return nil, false
	}
	return r.number(s, ty)
}

// number reads a number that has the form of JSON.
func (r *jsonReader) number(s string, ty *schema.Type) (any, bool) {
	switch kind := ty.Kind; {
	case kind == schema.Enum:
		return integer(s, r.Table.Shapes[ty.Shape].Base)
	case kind.IsInteger():
		return integer(s, kind)
	case kind == schema.Float32:
		f, err := strconv.ParseFloat(s, 32)
		return f, err == nil
	case kind == schema.Float64:
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil
	}
	return nil, false
}

// maxExact is up to where every integer is a float64.
const maxExact = 1 << 53

// integer reads an integer of a kind: digits, or another form of a whole number that
// is surely exact, as 1e3.
func integer(s string, kind schema.Kind) (any, bool) {
	lo, hi := kind.Bounds()
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, i >= lo && (i < 0 || uint64(i) <= hi) // fits: not negative
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return u, u <= hi
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxExact || !json.Valid([]byte(s)) {
		return nil, false
	}
	return integer(strconv.FormatFloat(f, 'f', 0, 64), kind)
}

// base64Of reads base64 of either alphabet, with padding or without.
func base64Of(s string) ([]byte, bool) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := base64.RawStdEncoding.Strict().DecodeString(s)
	return b, err == nil
}

// exactDuration is a duration that time.ParseDuration reads without a rest: it drops
// what is less than a nanosecond.
var exactDuration = regexp.MustCompile(`^[-+]?(\d+(ms|us|µs|μs|ns)|\d+(\.\d{1,9})?[hms])+$`)

// lessThanNano is a fraction of a second that time.Parse would drop a part of.
var lessThanNano = regexp.MustCompile(`[.,]\d{10}`)

// timeOf reads a time that RFC 3339 can write again.
func timeOf(s string) (any, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC()
	return t, err == nil && t.Year() >= 1 && t.Year() <= 9999 && !lessThanNano.MatchString(s)
}

// rawOf reads exactly one msgpack value.
func rawOf(s string) (any, bool) {
	b, ok := base64Of(s)
	if !ok {
		return nil, false
	}
	e := codec.NewEncoder(nil, len(b))
	e.PutRaw(b)
	_, err := e.Done()
	return Raw(b), err == nil && len(b) > 0
}
