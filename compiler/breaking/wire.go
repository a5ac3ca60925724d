package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/schema"
)

// wire reports what the judge finds: about handlers, and about types that no
// handler reaches and that are still there.
func (r *review) wire() {
	var list []*gathered
	known, reached := map[string]*gathered{}, map[string]bool{}
	for _, in := range r.products {
		list = r.gather(list, known, in, in.judge.Table())
		for i, shape := range in.old.table.Shapes {
			reached[shape.Name] = reached[shape.Name] || in.judge.Reached(i)
		}
	}
	r.findMoved()
	in := r.products[0] // all tables have the types
	for i, shape := range in.old.table.Shapes {
		if now, ok := in.new.shapes[r.nameNow(shape.Name)]; ok && shape.Kind != schema.Extern && !reached[shape.Name] && !in.judge.Reached(i) {
			list = r.gather(list, known, in, in.judge.Declared(i, now))
		}
	}
	r.findMoved() // again, for the judge has compared more
	for _, g := range list {
		r.wireChange(g)
	}
}

// nameNow is what the new side calls a type.
func (r *review) nameNow(name string) string {
	if is := r.moved[name]; is != "" {
		return is
	}
	was := packageIn(r.old.packages, name)
	if now := r.renamed[was]; now != nil {
		return now.ID() + strings.TrimPrefix(name, was)
	}
	return name
}

// gathered is one difference, with all places in which the judge met it.
type gathered struct {
	schema.Finding
	in      *product
	subject string
	orders  []schema.Order
}

// gather makes one of the findings that have one cause: a type that stands in
// several handlers, the subroutes of a service. It adds to the list, whose members are
// known.
func (r *review) gather(list []*gathered, known map[string]*gathered, in *product, verdict schema.Verdict) []*gathered {
	for _, f := range verdict {
		subject := r.subjectOf(in, &f)
		key := string(f.Rule) + "\x00" + subject + "\x00" + f.Now + "\x00" + f.Message
		g := known[key]
		if g == nil {
			g = &gathered{Finding: f, in: in, subject: subject}
			known[key] = g
			list = append(list, g)
		}
		// A type that handlers use is judged by its use.
		if f.Slot != schema.Declared || g.Slot == schema.Declared {
			if order := f.SafeOrder(); !slices.Contains(g.orders, order) {
				g.orders = append(g.orders, order)
			}
		}
	}
	return list
}

// subjectOf names what a finding is about, in the words of the old side where
// that knows it.
func (r *review) subjectOf(in *product, f *schema.Finding) string {
	switch {
	case f.Shape != "" && f.Member != "":
		return f.Shape + "." + f.Member
	case f.Shape != "":
		return f.Shape
	case f.Rule == schema.ReservedRemoved:
		return fmt.Sprintf("%s.%d", fullName(in.old.reserving(f.Handler)), f.Handler)
	}
	h := cmp.Or(in.old.handlers[f.Handler], in.new.handlers[f.Handler])
	switch {
	case f.Rule == schema.SubrouteChanged:
		return fullName(h.Service)
	case f.Code != "":
		return h.FullName() + "/error:" + f.Code
	case f.Slot != schema.Whole:
		return h.FullName() + "/" + string(f.Slot)
	default:
		return h.FullName()
	}
}

// wireChange reports one gathered difference.
func (r *review) wireChange(g *gathered) {
	what := g.Message
	if g.Shape != "" {
		if _, rest, ok := strings.Cut(what, ": "); ok {
			what = rest
		}
	}
	f := r.report(string(g.Rule), g.subject, what, r.places.of(g.in, &g.Finding), r.wireMessage(g))
	switch help := changeHelp[g.Rule]; {
	case g.Rule.Level() == schema.Rollout:
		f.Help("%s", orderText(g.orders))
	case help != "":
		f.Help("%s", help)
	}
}

// wireMessage says where in a handler a difference is that is not in a type.
func (r *review) wireMessage(g *gathered) string {
	h := g.in.old.handlers[g.Handler]
	switch {
	case g.Rule == schema.ErrorCodeChanged || g.Rule == schema.ErrorCodeReused:
		return "error " + g.Message
	case g.Shape != "" || h == nil:
		return sentence(g.Message)
	case g.Rule == schema.SubrouteChanged:
		return fmt.Sprintf("service `%s`: %s", h.Service.Name, g.Message)
	case g.Slot == schema.Errors:
		return fmt.Sprintf("error of `%s.%s`: %s", h.Service.Name, h.Name, g.Message)
	case g.Slot != schema.Whole:
		return fmt.Sprintf("%s of `%s.%s`: %s", g.Slot, h.Service.Name, h.Name, g.Message)
	case g.Rule == schema.HandlerKindChanged:
		return fmt.Sprintf("`%s.%s`: %s", h.Service.Name, h.Name, g.Message)
	default:
		return g.Message
	}
}

// sentence makes one of "member: was deleted", where the judge names a member
// and then what happened.
func sentence(message string) string {
	for _, verb := range []string{"was", "moved", "gave"} {
		if subject, rest, ok := strings.Cut(message, ": "+verb+" "); ok {
			return subject + " " + verb + " " + rest
		}
	}
	return message
}

// changeHelp says what to do instead.
var changeHelp = map[schema.Rule]string{
	schema.HandlerDeleted:          "reserve the id in its service, so that nobody takes it for something else",
	schema.HandlerIDChanged:        "reserve the old id in its service, so that nobody takes it for something else",
	schema.HandlerIDReused:         "take an id that was never used: `gridc ids` lists them",
	schema.HandlerKindChanged:      "add a handler with a new id and reserve this one",
	schema.RequestChanged:          "add a handler with a new id and reserve this one",
	schema.ResponseChanged:         "add a handler with a new id and reserve this one",
	schema.PayloadChanged:          "add a handler with a new id and reserve this one",
	schema.InChanged:               "add a handler with a new id and reserve this one",
	schema.OutChanged:              "add a handler with a new id and reserve this one",
	schema.SubrouteChanged:         "calls of the other revision do not arrive: add a service with ids of its own",
	schema.ReservedRemoved:         "what was reserved stays reserved: older data and peers still know it",
	schema.FieldDeleted:            "reserve the number or key, so that nobody takes it for something else",
	schema.VariantDeleted:          "reserve the number, so that nobody takes it for something else",
	schema.EnumValueDeleted:        "reserve the number, so that nobody takes it for something else",
	schema.FieldNumberChanged:      "rename freely, renumber never: the other revision reads a zero here",
	schema.VariantNumberChanged:    "rename freely, renumber never: the other revision reads another variant, or none",
	schema.EnumNumberChanged:       "rename freely, renumber never: the other revision reads another value",
	schema.FieldNumberReused:       "take a number that was never used",
	schema.FieldTypeChanged:        "add a field with a new number, and delete and reserve this one once nobody reads it",
	schema.FieldCardinalityChanged: "add a field with a new number, and delete and reserve this one once nobody reads it",
	schema.MessageUnionChanged:     "add a field with a new number, and delete and reserve this one once nobody reads it",
	schema.VariantTypeChanged:      "add a variant with a new number, and delete and reserve this one once nobody writes it",
	schema.EnumBaseNarrowed:        "numbers that no longer fit are refused",
	schema.ErrorCodeChanged:        "callers of the other revision no longer recognize it: declare a second error",
	schema.ErrorCodeReused:         "take a code that was never used",
	schema.CapacityChanged:         "the receiver's capacity wins, whatever the other side thinks",
	schema.ErrorRemoved:            "callers that wait for it wait in vain",
	schema.TooComplex:              "make the change in smaller steps, each compared with the one before, or compare by eye and record that with `--accept`",
}

// orderText names the order of upgrades that is safe.
func orderText(orders []schema.Order) string {
	orders = slices.DeleteFunc(slices.Clone(orders), func(o schema.Order) bool { return o == schema.AnyOrder })
	switch {
	case len(orders) == 0:
		return "safe in any order of upgrades"
	case len(orders) > 1 || orders[0] == schema.NoOrder:
		return "both sides write and read it, so no order of upgrades is safe: upgrade all of them before any of them uses the change"
	default:
		return orderTexts[orders[0]]
	}
}

var orderTexts = map[schema.Order]string{
	schema.ServersFirst: "safe if the servers are upgraded before their clients",
	schema.ClientsFirst: "safe if the clients are upgraded before their servers",
	schema.ReadersFirst: "safe if all readers are upgraded before any writer",
	schema.WritersFirst: "safe if all writers are upgraded before any reader",
}
