package dynamic

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// AppendJSON appends a value as JSON on one line. Fields have the names of the
// .grid file, in its order; a field that is absent, or zero and not optional, is
// left out. Integers of 64 bits are strings, because a JSON number is not sure to
// hold them. Bytes are base64, times RFC 3339, durations seconds ("1.5s"), and
// enums names if they have one. A union is an object with one member, and a raw or
// an extern is its msgpack in base64. Everything that could control a terminal is
// escaped.
//
// A secret field is shown only as "(secret)". A variant that the table does not
// have is a member "#" and its number, with null.
func (c Codec) AppendJSON(b []byte, ty *schema.Type, v any) []byte {
	v = c.orZero(ty, v)
	switch ty.Kind {
	case schema.List:
		for i, elem := range v.(List) {
			b = append(b, separator(i, '[')...)
			b = c.AppendJSON(b, ty.Elem, elem)
		}
		return closed(b, len(v.(List)), "[]")
	case schema.Map:
		for i, e := range v.(Map) {
			b = append(b, separator(i, '{')...)
			b = append(appendString(b, c.keyText(ty.Key, e.Key)), ':')
			b = c.AppendJSON(b, ty.Elem, e.Value)
		}
		return closed(b, len(v.(Map)), "{}")
	case schema.Message, schema.Union:
		return c.appendStruct(b, v.(*Struct))
	default:
		return c.appendScalar(b, ty, v)
	}
}

// secretText stands for a value that is not shown.
const secretText = `"(secret)"`

// separator is what stands before the i-th entry.
func separator(i int, open byte) string {
	if i == 0 {
		return string(open)
	}
	return ","
}

// closed ends a list or an object of n entries.
func closed(b []byte, n int, brackets string) []byte {
	if n == 0 {
		return append(b, brackets...)
	}
	return append(b, brackets[1])
}

func (c Codec) appendStruct(b []byte, s *Struct) []byte {
	n := 0
	for i := range s.Shape.Fields {
		f := &s.Shape.Fields[i]
		v, there := s.Fields[Member(f)]
		if !there {
			continue
		}
		b = append(b, separator(n, '{')...)
		b = append(appendString(b, f.Name), ':')
		if f.Secret {
			b = append(b, secretText...)
		} else {
			b = c.AppendJSON(b, &f.Type, v)
		}
		n++
	}
	if s.Unknown != 0 {
		b = append(b, separator(n, '{')...)
		b = append(appendString(b, "#"+strconv.Itoa(s.Unknown)), ":null"...)
		n++
	}
	return closed(b, n, "{}")
}

// appendScalar appends a value that is one token.
func (c Codec) appendScalar(b []byte, ty *schema.Type, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return appendFloat(b, ty, v)
	case string:
		return appendString(b, v)
	case Bin:
		return appendBase64(b, string(v))
	case Raw:
		return appendBase64(b, string(v))
	case codec.UUID:
		return appendString(b, v.String())
	case time.Time:
		return appendString(b, v.UTC().Format(time.RFC3339Nano))
	case uint64:
		return fmt.Appendf(b, `"%d"`, v)
	case int64:
		return c.appendInteger(b, ty, v)
	}
	return append(b, "null"...)
}

func (c Codec) appendInteger(b []byte, ty *schema.Type, v int64) []byte {
	switch {
	case ty.Kind == schema.Duration:
		return appendString(b, seconds(v))
	case ty.Kind == schema.Enum && c.enumName(ty, v) != "":
		return appendString(b, c.enumName(ty, v))
	case c.kind(ty) == schema.Int64 || c.kind(ty) == schema.Uint64:
		return fmt.Appendf(b, `"%d"`, v)
	}
	return strconv.AppendInt(b, v, 10)
}

// enumName is the name of a value of an enum, "" where it has none.
func (c Codec) enumName(ty *schema.Type, number int64) string {
	for _, v := range c.Table.Shapes[ty.Shape].Values {
		if v.Number == number {
			return v.Name
		}
	}
	return ""
}

// keyText is a key of a map, which JSON has as a string.
func (c Codec) keyText(ty *schema.Type, key any) string {
	if s, ok := key.(string); ok {
		return s
	}
	if n, ok := key.(int64); ok && ty.Kind == schema.Enum && c.enumName(ty, n) != "" {
		return c.enumName(ty, n)
	}
	return fmt.Sprint(key)
}

// seconds is a duration in seconds, with as many digits as it needs.
func seconds(ns int64) string {
	sign, magnitude := "", uint64(ns) // fits: negated below where it is negative
	if ns < 0 {
		sign, magnitude = "-", -magnitude
	}
	text := fmt.Sprintf("%s%d.%09d", sign, magnitude/1e9, magnitude%1e9)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "s"
}

func appendFloat(b []byte, ty *schema.Type, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	size := 64
	if ty.Kind == schema.Float32 {
		size = 32
	}
	return strconv.AppendFloat(b, f, 'g', -1, size)
}

func appendBase64(b []byte, data string) []byte {
	b = append(b, '"')
	return append(base64.StdEncoding.AppendEncode(b, []byte(data)), '"')
}

// appendString appends a string of JSON in which only printable characters stand for
// themselves: neither control characters, old or new, nor what turns the direction of
// a line around.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r)) // fits: compared
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			r -= 0x10000
			b = fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return append(b, '"')
}

// QuoteJSON returns a string as [Codec.AppendJSON] writes it.
func QuoteJSON(s string) string { return string(appendString(nil, s)) }
