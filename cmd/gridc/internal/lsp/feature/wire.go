package feature

import (
	"fmt"
	"math"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/idl"
)

// defaultEntries is how many entries a list or map may hold without @limit.
const defaultEntries = 65_536

// unbounded is the size of what has no bound but those of the runtime.
const unbounded = math.MaxInt64

// form is what a type is in msgpack, and the most bytes that a value of it takes.
type form struct {
	what string
	most int64
}

// builtinForms are those of the built-in types, see docs/language.md.
var builtinForms = map[string]form{
	"bool": {"bool", 1}, "int8": {"integer", 2}, "int16": {"integer", 3}, "int32": {"integer", 5}, "int64": {"integer", 9},
	"uint8": {"integer", 2}, "uint16": {"integer", 3}, "uint32": {"integer", 5}, "uint64": {"integer", 9},
	"float32": {"float 32", 5}, "float64": {"float 64", 9}, "time": {"timestamp extension (-1), UTC", 15},
	"duration": {"integer, nanoseconds", 9}, "uuid": {"bin of 16 bytes", 18}, "string": {"str", unbounded}, "bytes": {"bin", unbounded},
	"raw": {"any one value", unbounded},
}

// sizes finds how large values can be.
type sizes struct {
	index *index.Index
	busy  map[*index.Symbol]bool // being measured: a type that holds itself has no bound
	known map[*index.Symbol]int64
}

func newSizes(x *index.Index) *sizes {
	return &sizes{index: x, busy: map[*index.Symbol]bool{}, known: map[*index.Symbol]int64{}}
}

// bounds are the limits of a field, 0 for none: its own, on its elements, on its keys.
type bounds struct{ limit, each, key int64 }

// field is the form of a field's type, with its limits.
func (s *sizes) field(f *index.File, d *idl.Field) form {
	var b bounds
	if a := anno(&d.Meta, "limit"); a != nil {
		for _, arg := range a.Args {
			switch n := s.number(f, arg.Value); {
			case arg.Name == nil:
				b.limit = n
			case arg.Name.Name == "each":
				b.each = n
			case arg.Name.Name == "key":
				b.key = n
			}
		}
	}
	return s.bounded(f, d.Type, b)
}

// number is the value of a literal or of the constant that it names, 0 for any other.
func (s *sizes) number(f *index.File, lit *idl.Lit) int64 {
	for hops := 0; lit != nil && hops < 64; hops++ {
		if lit.Kind == idl.LitInt && !lit.Big {
			return max(lit.Int, 0)
		}
		sym := s.index.Resolve(f, lit.Ref)
		if sym == nil {
			return 0
		}
		c, ok := sym.Node.(*idl.Const)
		if !ok {
			return 0
		}
		f, lit = s.index.Of(sym.File), c.Value
	}
	return 0
}

// of is the form of a type as it is written in a file, where limit is that of its field
// or 0.
func (s *sizes) of(f *index.File, t *idl.Type, limit int64) form {
	return s.bounded(f, t, bounds{limit: limit})
}

func (s *sizes) bounded(f *index.File, t *idl.Type, b bounds) form {
	limit := b.limit
	switch {
	case t == nil:
		return form{"nothing", 1}
	case t.Ref != nil && t.Ref.Package == nil && builtinForms[t.Ref.Name.Name].what != "":
		return limited(t.Ref.Name.Name, builtinForms[t.Ref.Name.Name], limit)
	case t.Ref != nil:
		return s.declared(s.index.Resolve(f, t.Ref))
	}
	entries := limit
	if entries == 0 {
		entries = defaultEntries
	}
	what, each := "array", s.of(f, t.Elem, b.each).most
	if t.Key != nil {
		what, each = "map", plus(s.of(f, t.Elem, b.each).most, s.of(f, t.Key, b.key).most)
	}
	return form{fmt.Sprintf("%s of at most %d entries", what, entries), plus(times(each, entries), header(entries, 15))}
}

// limited is the form of a string or bytes with @limit.
func limited(name string, f form, limit int64) form {
	if limit == 0 || f.most != unbounded || name == "raw" {
		return f
	}
	if name == "string" && limit < 32 {
		return form{f.what, limit + 1}
	}
	return form{f.what, plus(limit, header(limit, 0))}
}

// header is how many bytes a length or a count takes, of which those up to short have
// the shortest form.
func header(n, short int64) int64 {
	switch {
	case n <= short:
		return 1
	case short == 0 && n <= math.MaxUint8:
		return 2
	case n <= math.MaxUint16:
		return 3
	}
	return 5
}

// declared is the form of a declared type.
func (s *sizes) declared(sym *index.Symbol) form {
	if sym == nil {
		return form{"unknown", unbounded}
	}
	switch d := sym.Node.(type) {
	case *idl.Enum:
		base := ""
		if d.Base != nil {
			base = d.Base.Name
		}
		return form{"integer", builtinForms[base].most}
	case *idl.Message, *idl.Error:
		if anno(sym.Meta, "tuple") != nil {
			return form{"array, the fields in the order of their numbers", s.members(sym)}
		}
		return form{"map, keyed by number", s.members(sym)}
	case *idl.Union:
		return form{"map of one entry, keyed by the variant's number", s.members(sym)}
	case *idl.Extern:
		return form{"what the Go type writes", unbounded}
	}
	return form{"", unbounded}
}

// members is the most bytes of a message, error or union.
func (s *sizes) members(sym *index.Symbol) int64 {
	if size, known := s.known[sym]; known {
		return size
	}
	if s.busy[sym] { // a circle, of which only a limit is a bound
		if limit := s.limitOf(sym); limit > 0 {
			return limit
		}
		return unbounded
	}
	s.busy[sym] = true
	sum, largest := header(int64(len(sym.Members)), 15), int64(0)
	for _, m := range sym.Members {
		if field, ok := m.Node.(*idl.Field); ok {
			one := plus(keySize(field.Key), s.field(s.index.Of(sym.File), field).most)
			sum, largest = plus(sum, one), max(largest, one)
		}
	}
	if sym.Kind == index.Union {
		sum = plus(1, largest)
	}
	if limit := s.limitOf(sym); limit > 0 {
		sum = min(sum, limit)
	}
	delete(s.busy, sym)
	s.known[sym] = sum
	return sum
}

func keySize(key *idl.Lit) int64 {
	switch {
	case key == nil:
		return 0
	case key.Kind == idl.LitString && len(key.Str) < 32:
		return int64(len(key.Str)) + 1
	case key.Kind == idl.LitString:
		return int64(len(key.Str)) + 2
	case key.Int < 128:
		return 1
	case key.Int <= math.MaxUint8:
		return 2
	}
	return 3
}

// limitOf is the @limit of a message, or 0.
func (s *sizes) limitOf(sym *index.Symbol) int64 {
	if a := anno(sym.Meta, "limit"); a != nil && len(a.Args) > 0 && a.Args[0].Name == nil {
		return s.number(s.index.Of(sym.File), a.Args[0].Value)
	}
	return 0
}

func plus(a, b int64) int64 {
	if a > unbounded-b {
		return unbounded
	}
	return a + b
}

func times(a, b int64) int64 {
	if a != 0 && b > unbounded/a {
		return unbounded
	}
	return a * b
}

// text says the size in words.
func (f form) text() string {
	if f.most == unbounded {
		return f.what + "; no bound of its own"
	}
	return fmt.Sprintf("%s; at most %s", f.what, bytesText(f.most))
}

func bytesText(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 10<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
