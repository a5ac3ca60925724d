package schema

import "fmt"

// Judge compares the handlers of two tables. It serves both judges of the
// language's compatibility rules: [NewReview] and [NewSession] say what each of
// them asks. It is not safe for concurrent use, and the tables must be sound.
type Judge struct {
	old, new *Table
	review   bool
	index    map[*Shape]*index

	compared map[pair]bool               // all pairs of shapes so far; only in a review
	reached  map[int]bool                // the old shapes among them
	known    map[Direction]map[pair]bool // what Table and Declared need not compare again

	oldIDs, newIDs *handlerIDs // in Table

	owners map[string]string // see ownerNow; only in a review

	// Only in a review, see compare_exchange.go.
	names     *[2]map[string]bool // of the shapes of both tables
	exchanges map[pair]Verdict
	running   *exchange

	// The comparison that is running.
	at      place
	root    place // where it began
	pending []pair
	seen    map[pair]bool
	found   Verdict

	steps, maxSteps int // see budget.go
	exhausted       bool
}

// place is where a comparison is.
type place struct {
	handler uint16
	slot    Slot
	shape   string // declared type, empty at the top
	now     string // its name on the new side
	member  string // its member, empty at the top
	code    string // of an error
	label   string // how a message names the member
	rule    Rule   // what a changed type is called here
}

// pair is two shapes, by index, that stand in the same place.
type pair struct{ old, new int }

// NewReview returns a judge for two revisions of the same files: it reports
// every difference that matters to the wire or to the order of upgrades.
func NewReview(old, new *Table) *Judge {
	return &Judge{
		old: old, new: new, review: true, index: map[*Shape]*index{}, maxSteps: reviewBudget(old, new),
		compared: map[pair]bool{}, reached: map[int]bool{}, exchanges: map[pair]Verdict{},
	}
}

// NewSession returns a judge for the two ends of a session. It reports only
// differences that close a handler for this client at this server, because one end
// cannot decode what the other writes or would read it as something else. It
// ignores names and reserved numbers, which both ends may have changed freely.
func NewSession(client, server *Table) *Judge {
	return &Judge{old: client, new: server, index: map[*Shape]*index{}, maxSteps: sessionBudget}
}

// Handler judges the handler with the id, which both tables should have. If one
// table does not have it, there is nothing to compare and no finding.
func (j *Judge) Handler(id uint16) Verdict {
	old, new := j.old.Handler(id), j.new.Handler(id)
	if old == nil || new == nil {
		return nil
	}
	j.begin()
	j.at = place{handler: id, slot: Whole}
	if old.Stream != new.Stream {
		j.report(HandlerKindChanged, BothWays, 0, j.became(handlerKind(old), handlerKind(new)))
		return j.found
	}
	j.subroutes(old, new)
	if old.Stream {
		j.slot(Payload, PayloadChanged, old.Request, new.Request)
		j.slot(In, InChanged, old.In, new.In)
		j.answers(old, new)
		j.capacities(old, new)
	} else {
		j.slot(Request, RequestChanged, old.Request, new.Request)
		j.slot(Response, ResponseChanged, old.Response, new.Response)
	}
	j.errors(old, new)
	return j.found
}

func handlerKind(h *Handler) string {
	if h.Stream {
		return "a stream"
	}
	return "an rpc"
}

// slot compares what stands in one slot of a handler, and all below it.
func (j *Judge) slot(slot Slot, rule Rule, old, new *Type) {
	j.at = place{handler: j.at.handler, slot: slot, rule: rule}
	j.start()
	switch {
	case old == nil && new == nil:
	case old == nil || new == nil, (old.Kind == Bytes) != (new.Kind == Bytes):
		// A payload of bytes is those bytes, without msgpack around them.
		j.report(rule, BothWays, 0, j.became(j.old.describe(old), j.new.describe(new)))
	default:
		j.types(old, new)
		j.drain()
	}
}

// drain compares the pairs of shapes that were met on the way. A queue instead
// of recursion makes types that contain themselves end and keeps the stack flat.
func (j *Judge) drain() {
	for len(j.pending) > 0 {
		p := j.pending[0]
		j.pending = j.pending[1:]
		if j.spent() {
			return
		}
		j.shapes(&j.old.Shapes[p.old], &j.new.Shapes[p.new])
	}
}

func (j *Judge) enqueue(old, new int) {
	p := pair{old, new}
	j.steps++
	if !j.seen[p] {
		j.seen[p] = true
		if j.review {
			j.compared[p], j.reached[old] = true, true
			j.steps += pairSteps
		}
		j.pending = append(j.pending, p)
	}
}

// report notes a finding, unless the judge was not asked for its like.
func (j *Judge) report(rule Rule, fails, risks Direction, message string) {
	if !j.review && fails&j.at.slot.read() == 0 {
		return
	}
	if j.at.label != "" {
		message = j.at.label + ": " + message
	}
	j.found = append(j.found, Finding{
		Rule: rule, Handler: j.at.handler, Slot: j.at.slot, Shape: j.at.shape, Now: j.at.now,
		Member: j.at.member, Code: j.at.code, Message: message, Fails: fails, Risks: risks,
	})
	if j.review {
		j.steps += findingSteps
	}
}

// read returns the direction in which bytes of the slot cross when the old side
// is the client and the new side the server.
func (s Slot) read() Direction {
	if s.fromClient() {
		return NewReadsOld
	}
	return OldReadsNew
}

// became says what differs, in the words of the judge's two sides.
func (j *Judge) became(old, new string) string {
	if j.review {
		return fmt.Sprintf("%s became %s", old, new)
	}
	return fmt.Sprintf("%s at the client, %s at the server", old, new)
}
