package evolution

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// witness is what happened in one direction in one slot of one handler, and
// what the judges say of it.
type witness struct {
	handler   uint16
	slot      schema.Slot
	direction schema.Direction

	fails, risks bool            // what a review says
	about        map[string]bool // the shapes that it says it of, as both sides name them
	closed       bool            // what a session says

	one bool // the reader waits for one response, and the writer streams

	values, broken int
	refused        int // by the writer itself
	worst          outcome
	example        error
}

var errMany = errors.New("messages of `out` are no response")

// tries is how many values cross in each direction of a slot; where the review
// says something, up to patience until it is seen.
const (
	tries    = 8
	patience = 2000
)

// slots are the types in the slots of a handler, seen beside another revision of it.
func slots(h, beside *schema.Handler) map[schema.Slot]*schema.Type {
	switch {
	case !h.Stream:
		return map[schema.Slot]*schema.Type{schema.Request: h.Request, schema.Response: h.Response}
	case h.Response == nil && beside.Response == nil:
		return map[schema.Slot]*schema.Type{schema.Payload: h.Request, schema.In: h.In, schema.Out: h.Out}
	}
	return map[schema.Slot]*schema.Type{schema.Payload: h.Request, schema.In: h.In, schema.Response: cmp.Or(h.Response, h.Out)}
}

// waitsForOne reports whether a reader waits for one response where the writer streams.
func waitsForOne(slot schema.Slot, reader, writer *schema.Handler) bool {
	return slot == schema.Response && reader.Stream && reader.Response != nil && writer.Out != nil
}

// observe lets values cross in both directions of every slot of every handler
// that both revisions have.
func (p *pair) observe() []*witness {
	var all []*witness
	review := schema.NewReview(p.old.table, p.new.table)
	for i := range p.old.table.Handlers {
		old := &p.old.table.Handlers[i]
		new := p.new.table.Handler(old.ID)
		if new == nil || old.Stream != new.Stream {
			continue
		}
		verdict := review.Handler(old.ID)
		for slot, before := range slots(old, new) {
			after := slots(new, old)[slot]
			for _, d := range []schema.Direction{schema.NewReadsOld, schema.OldReadsNew} {
				w := &witness{handler: old.ID, slot: slot, direction: d, about: map[string]bool{}}
				w.judge(verdict, p)
				if d == schema.NewReadsOld {
					w.one = waitsForOne(slot, new, old)
					w.send(p.seed, p.old, before, p.new, after)
				} else {
					w.one = waitsForOne(slot, old, new)
					w.send(p.seed, p.new, after, p.old, before)
				}
				all = append(all, w)
			}
		}
	}
	return all
}

// judge notes what is said of the direction.
func (w *witness) judge(verdict schema.Verdict, p *pair) {
	for _, f := range verdict {
		if f.Slot != w.slot {
			continue
		}
		w.fails = w.fails || f.Fails&w.direction != 0
		w.risks = w.risks || f.Risks&w.direction != 0
		if (f.Fails|f.Risks)&w.direction != 0 {
			w.about[f.Shape], w.about[f.Now] = true, true
		}
	}
	client, server := p.old.table, p.new.table
	fromClient := w.slot != schema.Response && w.slot != schema.Out
	if fromClient != (w.direction == schema.NewReadsOld) {
		client, server = server, client
	}
	for _, f := range schema.NewSession(client, server).Handler(w.handler) {
		w.closed = w.closed || f.Slot == w.slot
	}
}

// send writes values on one side and reads them on the other.
func (w *witness) send(seed uint64, from *side, sent *schema.Type, to *side, got *schema.Type) {
	g := &values{Rand: rand.New(rand.NewPCG(seed, 1)), table: from.table}
	for n := 0; n < tries || n < patience && !w.shown(); n++ {
		g.full = n%2 == 0
		if n == tries {
			g.steer(w.about)
		}
		var v any
		if sent != nil {
			v = g.value(sent, 0, 0, 0)
		}
		wire, err := dynamic.Codec{Table: from.table}.Encode(sent, v)
		if err != nil {
			w.refused++ // beyond a limit of the writer's own
			continue
		}
		w.values++
		o, err := arrive(from, sent, v, to, got, wire)
		if w.one {
			o, err = wrong, errMany
		}
		if o == wrong {
			w.broken++
		}
		if o > w.worst {
			w.worst, w.example = o, err
		}
	}
}

// shown reports whether some value showed the worst that the review speaks of:
// beside a failure a risk may show first.
func (w *witness) shown() bool {
	return w.worst == wrong || !w.fails && (!w.risks || w.worst != arrived)
}

// arrive reads what was written and says what became of it.
func arrive(from *side, sent *schema.Type, v any, to *side, got *schema.Type, wire []byte) (outcome, error) {
	if sent == nil || got == nil || (sent.Kind == schema.Bytes) != (got.Kind == schema.Bytes) {
		return arrivedIf(sent == nil && got == nil), nil
	}
	read, err := dynamic.Codec{Table: to.table}.Decode(got, wire)
	if err != nil {
		return wrong, err
	}
	return journey{from.who, to.who}.value(sent, v, got, read), nil
}

// check compares what happened with what the judges say.
func (w *witness) check(t *testing.T, p *pair) {
	at := func(text string, args ...any) {
		t.Helper()
		args = append([]any{p, w.handler, w.slot, w.direction}, args...)
		t.Errorf("%v: handler %d, %s, direction %d: "+text, args...)
	}
	said, open := w.fails || w.risks, w.values > 0 && w.refused == 0
	if w.direction == schema.OldReadsNew && slices.Contains(p.edits, toRaw) {
		said = true // what a raw holds is up to its writer: the language lets anything become raw
	}
	switch {
	case w.worst == wrong && !said:
		at("the review says nothing, and %d of %d values break: %v", w.broken, w.values, w.example)
	case w.worst == unknown && !said && w.direction == schema.OldReadsNew:
		at("the review says nothing, and the reader does not know what it reads")
	case open && w.fails && w.broken == 0:
		at("the review says that values cannot be read, and all %d of them arrived", w.values)
	case open && w.risks && w.worst == arrived:
		at("the review sees a risk, and all %d values arrived", w.values)
	case w.fails != w.closed:
		at("the review says that values cannot be read: %v; the session is closed: %v", w.fails, w.closed)
	}
}
