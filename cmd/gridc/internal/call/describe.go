package call

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gridrpc/gridc/runtime/schema"
)

// Describe prints a handler and all types that it needs, much as a .grid file has them.
// Comments and most annotations are not in a schema table, and not shown.
func (m *Method) Describe(w io.Writer) error {
	d := &description{table: m.table, tab: tabwriter.NewWriter(w, 0, 0, 1, ' ', 0), seen: make(map[int]bool), codes: make(map[int]string)}
	if len(m.subroutes) > 1 || len(m.subroutes) == 1 && m.subroutes[0] != "" {
		d.line("// served under %s", namesOf(m.subroutes))
	}
	d.handler(m.handler)
	for len(d.queue) > 0 {
		i := d.queue[0]
		d.queue = d.queue[1:]
		d.line("")
		d.shape(i)
	}
	return d.tab.Flush()
}

// description prints the declarations of a table.
type description struct {
	table *schema.Table
	tab   *tabwriter.Writer
	queue []int // shapes to be printed
	seen  map[int]bool
	codes map[int]string // of shapes that are errors
}

func (d *description) line(format string, args ...any) {
	fmt.Fprintf(d.tab, format+"\n", args...) // Flush tells of errors
}

func (d *description) handler(h *schema.Handler) {
	name := printable(h.Name)
	var members []string
	head := fmt.Sprintf("rpc %s(%s)", name, d.optional(h.Request))
	if h.Stream {
		head = fmt.Sprintf("stream %s(%s)", name, d.optional(h.Request))
		members = append(members, d.flow("in", h.InCapacity, h.In)...)
		members = append(members, d.flow("out", h.OutCapacity, h.Out)...)
	}
	if h.Response != nil {
		head += " " + d.typ(h.Response)
	}
	head += fmt.Sprintf(" = %d", h.ID)
	if len(h.Errors) > 0 {
		members = append(members, "errors "+d.errors(h.Errors))
	}
	if len(members) == 0 {
		d.line("%s", head)
		return
	}
	d.line("%s {", head)
	for _, m := range members {
		d.line("    %s", m)
	}
	d.line("}")
}

// flow is one direction of a stream.
func (d *description) flow(word string, capacity int, ty *schema.Type) []string {
	if ty == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s(%d) %s", word, capacity, d.typ(ty))}
}

func (d *description) errors(list []schema.Error) string {
	var names []string
	for _, e := range list {
		d.codes[e.Shape] = e.Code
		names = append(names, d.named(e.Shape))
	}
	return strings.Join(names, ", ")
}

func (d *description) optional(ty *schema.Type) string {
	if ty == nil {
		return ""
	}
	return d.typ(ty)
}

// typ spells a type, and has its declaration printed later.
func (d *description) typ(ty *schema.Type) string {
	text := ty.Kind.String()
	switch ty.Kind {
	case schema.List:
		text = "[]" + d.typ(ty.Elem)
	case schema.Map:
		text = "map[" + d.typ(ty.Key) + "]" + d.typ(ty.Elem)
	case schema.Enum, schema.Message, schema.Union, schema.Extern:
		text = d.named(ty.Shape)
	}
	if ty.Optional {
		text += "?"
	}
	return text
}

func (d *description) named(shape int) string {
	if !d.seen[shape] {
		d.seen[shape] = true
		d.queue = append(d.queue, shape)
	}
	return printable(d.table.Shapes[shape].Name)
}

func (d *description) shape(i int) {
	s := &d.table.Shapes[i]
	name := printable(s.Name)
	code, isError := d.codes[i]
	switch {
	case s.Kind == schema.Extern:
		d.line("extern %s // one msgpack value, in base64", name)
		return
	case s.Kind == schema.Enum:
		d.line("enum %s %s {", name, s.Base)
	case isError:
		head := fmt.Sprintf("error %s = \"%s\"", name, printable(code))
		if len(s.Fields) == 0 {
			d.line("%s", head)
			return
		}
		d.line("%s {", head)
	default:
		if s.Tuple {
			d.line("@tuple")
		}
		d.line("%s %s {", s.Kind, name)
	}
	for _, v := range s.Values {
		d.line("    %s\t= %d", printable(v.Name), v.Number)
	}
	for i := range s.Fields {
		d.field(&s.Fields[i])
	}
	d.line("}")
}

func (d *description) field(f *schema.Field) {
	identity := fmt.Sprint(f.Number)
	if f.Key != "" {
		identity = `"` + printable(f.Key) + `"`
	}
	annos := ""
	if f.Limit > 0 {
		annos = fmt.Sprintf(" @limit(%d)", f.Limit)
	}
	if f.Secret {
		annos += " @secret"
	}
	d.line("    %s\t%s\t= %s%s", printable(f.Name), d.typ(&f.Type), identity, annos)
}
