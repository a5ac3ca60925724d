package schema

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

var kindNames = [...]string{
	Bool: "bool", Int8: "int8", Int16: "int16", Int32: "int32", Int64: "int64",
	Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64",
	Float32: "float32", Float64: "float64", String: "string", Bytes: "bytes",
	Time: "time", Duration: "duration", UUID: "uuid", Raw: "raw", List: "list",
	Map: "map", Enum: "enum", Message: "message", Union: "union", Extern: "extern",
}

// String returns the kind as the language spells it.
func (k Kind) String() string {
	if k.valid() {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

func (k Kind) valid() bool { return k >= Bool && k <= Extern }

// scalar reports whether a type of this kind is complete without more data.
func (k Kind) scalar() bool { return k >= Bool && k <= Raw }

func (k Kind) named() bool { return k >= Enum && k <= Extern }

// IsInteger reports whether the kind is one of the sized integers, Int8 to Uint64.
func (k Kind) IsInteger() bool { return k >= Int8 && k <= Uint64 }

func (k Kind) float() bool { return k == Float32 || k == Float64 }

// Bounds returns the least and the greatest value of an integer kind.
func (k Kind) Bounds() (lo int64, hi uint64) {
	switch k {
	case Int8:
		return math.MinInt8, math.MaxInt8
	case Int16:
		return math.MinInt16, math.MaxInt16
	case Int32:
		return math.MinInt32, math.MaxInt32
	case Uint8:
		return 0, math.MaxUint8
	case Uint16:
		return 0, math.MaxUint16
	case Uint32:
		return 0, math.MaxUint32
	case Uint64:
		return 0, math.MaxUint64
	default:
		return math.MinInt64, math.MaxInt64
	}
}

// fits reports whether every value of integer kind k is one of integer kind in.
func (k Kind) fits(in Kind) bool {
	lo, hi := k.Bounds()
	inLo, inHi := in.Bounds()
	return lo >= inLo && hi <= inHi
}

// exactIn reports whether every value of integer kind k is one of float kind in.
func (k Kind) exactIn(in Kind) bool {
	_, hi := k.Bounds()
	return in == Float32 && hi <= 1<<24 || in == Float64 && hi <= 1<<53
}

// integer returns the integer kind that a type travels as: enums and durations
// are integers on the wire.
func (t *Table) integer(ty *Type) (Kind, bool) {
	switch {
	case ty.Kind == Enum:
		return t.Shapes[ty.Shape].Base, true
	case ty.Kind == Duration:
		return Int64, true
	default:
		return ty.Kind, ty.Kind.IsInteger()
	}
}

// describe spells a type for a message to a person.
func (t *Table) describe(ty *Type) string {
	if ty == nil {
		return "nothing"
	}
	var b strings.Builder
	t.describeTo(&b, ty)
	if ty.Optional {
		b.WriteByte('?')
	}
	return b.String()
}

func (t *Table) describeTo(b *strings.Builder, ty *Type) {
	switch {
	case ty.Kind == List:
		b.WriteString("[]")
		t.describeTo(b, ty.Elem)
	case ty.Kind == Map:
		b.WriteString("map[")
		t.describeTo(b, ty.Key)
		b.WriteByte(']')
		t.describeTo(b, ty.Elem)
	case ty.Kind.named():
		b.WriteString(ty.Kind.String() + " " + quote(t.Shapes[ty.Shape].Name))
	default:
		b.WriteString(ty.Kind.String())
	}
}

// quotedRunes is how much of a name from the other side a message repeats.
const quotedRunes = 80

// quote puts a name, which may come from a hostile peer, between backticks:
// short, on one line, and without anything a terminal would act on.
func quote(name string) string {
	var b strings.Builder
	b.WriteByte('`')
	n := 0
	for _, r := range name {
		if n++; n > quotedRunes {
			b.WriteString("…")
			break
		}
		if r == '`' || !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	b.WriteByte('`')
	return b.String()
}
