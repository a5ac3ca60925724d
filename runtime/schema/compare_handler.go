package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// subroutes compares how the handlers are addressed. A session does not ask: a
// subroute that nobody serves is an unknown handler.
func (j *Judge) subroutes(old, new *Handler) {
	if !slices.Equal(old.Subroutes, new.Subroutes) {
		j.report(SubrouteChanged, 0, BothWays, j.became(subrouteText(old.Subroutes), subrouteText(new.Subroutes)))
	}
}

func subrouteText(subroutes []string) string {
	if len(subroutes) == 0 {
		return "no subroute"
	}
	parts := make([]string, len(subroutes))
	for i, s := range subroutes {
		parts[i] = "*"
		if s != "" {
			parts[i] = s
		}
	}
	return "subroute " + quote(strings.Join(parts, "/"))
}

func (j *Judge) capacities(old, new *Handler) {
	j.at = place{handler: old.ID, slot: In}
	if old.In != nil && new.In != nil {
		j.capacity(old.InCapacity, new.InCapacity)
	}
	j.at.slot = Out
	if old.Out != nil && new.Out != nil {
		j.capacity(old.OutCapacity, new.OutCapacity)
	}
}

// answers compares what the handlers of two streams send: messages, or one response.
// On the wire a response is one message, so who reads messages reads a response, too;
// who waits for one response does not take messages, of which there may be none or many.
func (j *Judge) answers(old, new *Handler) {
	if old.Response != nil && new.Out != nil {
		j.at = place{handler: old.ID, slot: Response}
		j.report(AnswerChanged, OldReadsNew, 0, j.became("one response", "messages of `out`"))
		j.slot(Response, ResponseChanged, old.Response, new.Out)
		return
	}
	if old.Out != nil && new.Response != nil {
		j.at = place{handler: old.ID, slot: Response}
		j.report(AnswerChanged, NewReadsOld, 0, j.became("messages of `out`", "one response"))
		j.slot(Response, ResponseChanged, old.Out, new.Response)
		return
	}
	j.slot(Out, OutChanged, old.Out, new.Out)
	j.slot(Response, ResponseChanged, old.Response, new.Response)
}

func (j *Judge) capacity(old, new int) {
	if old != new {
		j.report(CapacityChanged, 0, 0, "capacity "+j.became(strconv.Itoa(old), strconv.Itoa(new)))
	}
}

// errors compares the declared errors, which are identified by their codes.
func (j *Judge) errors(old, new *Handler) {
	if len(old.Errors) == 0 && len(new.Errors) == 0 {
		return
	}
	were, are := j.errorsOf(j.old, old), j.errorsOf(j.new, new)
	for _, e := range old.Errors {
		j.steps++
		j.at = place{handler: old.ID, slot: Errors, rule: FieldTypeChanged, code: e.Code}
		name := j.old.Shapes[e.Shape].Name
		now, known := are.byCode[e.Code]
		j.at.shape = name
		switch moved := are.codes[name]; {
		case !known && moved != "" && j.ownerNow(e.Code) != "":
			j.report(ErrorCodeReused, 0, BothWays, fmt.Sprintf("%s: code %s now belongs to %s", quote(name), quote(e.Code), quote(j.ownerNow(e.Code))))
		case !known && moved != "":
			j.report(ErrorCodeChanged, 0, BothWays, fmt.Sprintf("%s: code %s", quote(name), j.became(quote(e.Code), quote(moved))))
		case !known:
			j.at.shape = ""
			j.report(ErrorRemoved, 0, 0, fmt.Sprintf("%s is no longer declared", quote(e.Code)))
		case moved != "" && moved != e.Code:
			j.report(ErrorCodeReused, 0, BothWays, fmt.Sprintf("%s: code %s now belongs to %s", quote(name), quote(e.Code), quote(j.new.Shapes[now].Name)))
		default:
			j.at.shape = ""
			j.start()
			j.enqueue(e.Shape, now)
			j.drain()
		}
	}
	j.addedErrors(old.ID, new, were)
}

// ownerNow returns the name of the error that has the code on the new side, in
// whatever handler, so that all handlers of an error tell the same of it.
func (j *Judge) ownerNow(code string) string {
	if j.owners == nil {
		j.owners = map[string]string{}
		for i := range j.new.Handlers {
			for _, e := range j.new.Handlers[i].Errors {
				j.owners[e.Code] = j.new.Shapes[e.Shape].Name
			}
		}
	}
	return j.owners[code]
}

// addedErrors reports codes that only the new side declares. One whose name the
// old side has under another code is reported there.
func (j *Judge) addedErrors(id uint16, new *Handler, were errorIndex) {
	for _, e := range new.Errors {
		j.at = place{handler: id, slot: Errors, code: e.Code}
		if _, known := were.byCode[e.Code]; !known && were.codes[j.new.Shapes[e.Shape].Name] == "" {
			j.report(ErrorAdded, 0, OldReadsNew, fmt.Sprintf("%s was added", quote(e.Code)))
		}
	}
}

// errorIndex finds the errors that a handler declares.
type errorIndex struct {
	byCode map[string]int    // shapes
	codes  map[string]string // by the name of the shape; only in a review
}

// errorsOf makes the index of a handler of either table.
func (j *Judge) errorsOf(t *Table, h *Handler) errorIndex {
	in := errorIndex{byCode: make(map[string]int, len(h.Errors))}
	if j.review {
		in.codes = make(map[string]string, len(h.Errors))
	}
	for _, e := range slices.Backward(h.Errors) { // of two the first counts
		in.byCode[e.Code] = e.Shape
		if j.review {
			in.codes[t.Shapes[e.Shape].Name] = e.Code
		}
	}
	return in
}
