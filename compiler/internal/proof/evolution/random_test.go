package evolution

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// maker makes random models.
type maker struct {
	*rand.Rand
	m *model
}

var scalars = []string{
	"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
	"string", "string", "bytes", "time", "duration", "uuid", "raw",
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// random is a model of two packages, the first of which imports the other: two enums, some messages and a union that refer to what
// comes before them or to themselves, two errors and a service.
func random(r *rand.Rand) *model {
	g := &maker{r, &model{packages: []pkg{{"p", ""}, {"q", "deep/q"}}}}
	g.m.service = place{0, g.file()}
	for range 2 {
		g.m.enums = append(g.m.enums, g.enum())
	}
	for range 2 + r.IntN(2) {
		g.message("message")
	}
	g.message("union")
	g.message("message")
	g.message("error")
	g.message("error")
	g.message("message") // which may hold the errors
	if r.IntN(4) == 0 {
		g.m.product = "y"
	}
	if r.IntN(2) == 0 {
		g.m.subroute = "    subroute disk\n"
	}
	for id := range 4 {
		g.handler(10 * (id + 1))
	}
	g.m.reserved = []int{99}
	return g.m
}

func (g *maker) enum() *enum {
	e := &enum{place: place{g.IntN(2), g.file()}, name: g.m.fresh("E"), base: pick(g.Rand, []string{"uint8", "uint16", "int16", "int32"}), reserved: []int{100}}
	for n := range 3 + g.IntN(2) {
		e.values = append(e.values, &value{g.m.uid(), n, g.m.fresh("v")})
	}
	return e
}

func (g *maker) message(sort string) {
	x := &message{sort: sort, name: g.m.fresh("M")}
	x.keys = sort == "message" && g.IntN(4) == 0
	x.tuple = sort == "message" && !x.keys && g.IntN(3) == 0
	x.keep = sort == "message" && g.IntN(4) == 0
	if sort == "error" {
		x.code = "p." + strings.ToLower(x.name)
	}
	for n := range 3 + g.IntN(3) {
		x.fields = append(x.fields, g.field(x, n+1))
	}
	if sort == "message" && g.IntN(4) == 0 { // a list of itself
		f := g.field(x, x.next(20))
		f.typ, f.opt, f.limit, f.each = "[]"+x.name, false, 0, 0
		x.fields = append(x.fields, f)
	}
	x.reserved = []string{x.number(50)}
	x.place = place{g.IntN(2), g.file()}
	if x.pkg == 1 && !g.m.standsAlone(x) {
		x.pkg = 0
	}
	g.m.messages = append(g.m.messages, x)
}

// file is one that a declaration may stand in.
func (g *maker) file() string { return pick(g.Rand, []string{"m", "m", "a", "z"}) }

// standsAlone reports whether a message refers to nothing of another package.
func (m *model) standsAlone(x *message) bool {
	at := m.places()
	at[x.name] = &x.place
	for _, f := range x.fields {
		for _, ref := range reference.FindAllString(f.typ, -1) {
			if at[ref].pkg != x.pkg {
				return false
			}
		}
	}
	return true
}

// number is a number, or a key where the message has those.
func (x *message) number(n int) string {
	if x.keys {
		return fmt.Sprintf("%q", fmt.Sprintf("k%d", n))
	}
	return fmt.Sprint(n)
}

// next is the number of a field that is added: n, but in a tuple the one behind the last.
func (x *message) next(n int) int {
	if x.tuple {
		return len(x.fields) + 1
	}
	return n
}

func (g *maker) field(x *message, n int) *field {
	f := &field{uid: g.m.uid(), name: g.m.fresh("f"), number: x.number(n), typ: g.typ()}
	if x.sort == "union" && g.IntN(6) == 0 {
		f.typ = "" // a variant without a value
	}
	if x.sort != "union" && g.IntN(5) == 0 && !isCollection(f.typ) {
		f.opt = true
	}
	if (f.typ == "string" || f.typ == "bytes" || isCollection(f.typ)) && g.IntN(3) == 0 {
		f.limit = 4
	}
	if holdsTexts(f) && g.IntN(2) == 0 {
		f.each = 4
	}
	return f
}

func isCollection(typ string) bool {
	return strings.HasPrefix(typ, "[") || strings.HasPrefix(typ, "map[")
}

func (g *maker) typ() string {
	switch n := g.IntN(20); {
	case n < 11:
		return pick(g.Rand, scalars)
	case n < 13:
		return pick(g.Rand, g.m.enums).name
	case n < 16:
		if named := g.named("message", "union", "error"); len(named) > 0 {
			return pick(g.Rand, named)
		}
		return "int32"
	case n == 16:
		return "[]" + pick(g.Rand, []string{"string", "bytes"})
	case n < 18:
		return "[]" + pick(g.Rand, append(g.named("message", "error"), scalars[:17]...))
	default:
		return "map[" + pick(g.Rand, []string{"string", "int32", "uint64"}) + "]" + pick(g.Rand, append(g.named("message"), scalars[:17]...))
	}
}

func (g *maker) named(sorts ...string) []string {
	var names []string
	for _, x := range g.m.messages {
		for _, s := range sorts {
			if x.sort == s {
				names = append(names, x.name)
			}
		}
	}
	return names
}

func (g *maker) handler(id int) {
	payloads := append(g.named("message", "message", "union", "error"), "bytes")
	h := &handler{id: id, name: g.m.fresh("H"), stream: g.IntN(3) == 0, inCap: 16, outCap: 16}
	h.request = pick(g.Rand, payloads)
	if h.stream {
		h.in, h.out = pick(g.Rand, payloads), pick(g.Rand, payloads)
		h.answers = g.IntN(3) == 0
	} else {
		h.response = pick(g.Rand, payloads)
	}
	if errs := g.named("error"); g.IntN(2) == 0 {
		h.errors = errs[:1]
	}
	g.m.handlers = append(g.m.handlers, h)
}
