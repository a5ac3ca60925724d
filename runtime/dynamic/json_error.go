package dynamic

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/runtime/schema"
)

// JSONError says where JSON does not fit a type. Its names come from the table and
// from the JSON as they are: a table from a peer may hold anything.
type JSONError struct {
	Path   string   // such as `parts[0].size`; "" is the value as a whole
	Reason string   // what is there, and what was expected
	Name   string   // a name that nothing has, of a field, variant or enum value; else ""
	Known  []string // the names that there are
}

func (e *JSONError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return "at " + e.Path + ": " + e.Reason
}

// describe spells a type as the language does.
func (c Codec) describe(ty *schema.Type) string {
	text := ty.Kind.String()
	switch ty.Kind {
	case schema.List:
		text = "[]" + c.describe(ty.Elem)
	case schema.Map:
		text = "map[" + c.describe(ty.Key) + "]" + c.describe(ty.Elem)
	case schema.Enum, schema.Message, schema.Union, schema.Extern:
		text = c.Table.Shapes[ty.Shape].Name
	}
	if ty.Optional {
		text += "?"
	}
	return text
}

// expected says what JSON a type is written as.
func (c Codec) expected(ty *schema.Type) string {
	var form string
	switch ty.Kind {
	case schema.Bool:
		form = "true or false"
	case schema.String:
		form = "a string"
	case schema.Bytes:
		form = "a string in base64"
	case schema.UUID:
		form = `a string like "01234567-89ab-cdef-0123-456789abcdef"`
	case schema.Time:
		form = `a string like "2026-01-02T15:04:05.5Z"`
	case schema.Duration:
		form = `a string like "1.5s" or "2m30s"`
	case schema.Float32, schema.Float64:
		form = `a number, or "NaN", "Infinity" or "-Infinity"`
	case schema.Raw, schema.Extern:
		form = "one msgpack value as a string in base64"
	case schema.List:
		form = "a list in brackets"
	case schema.Map:
		form = "an object"
	case schema.Enum:
		form = "one of " + listed(names(&c.Table.Shapes[ty.Shape])) + ", or a number"
	case schema.Message:
		form = "an object with the fields " + listed(names(&c.Table.Shapes[ty.Shape]))
	case schema.Union:
		form = "an object with one of " + listed(names(&c.Table.Shapes[ty.Shape]))
	default:
		lo, hi := ty.Kind.Bounds()
		form = fmt.Sprintf("a number from %d to %d", lo, hi)
	}
	return c.describe(ty) + ", which is " + form
}

// names are those of the members of a shape, in order of declaration.
func names(s *schema.Shape) []string {
	var all []string
	for _, v := range s.Values {
		all = append(all, v.Name)
	}
	for _, f := range s.Fields {
		all = append(all, f.Name)
	}
	return all
}

// mostListed is how many names an error lists.
const mostListed = 12

func listed(names []string) string {
	switch n := len(names); {
	case n == 0:
		return "nothing"
	case n > mostListed:
		return strings.Join(names[:mostListed], ", ") + fmt.Sprintf(" and %d more", n-mostListed)
	}
	return strings.Join(names, ", ")
}
