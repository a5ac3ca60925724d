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

func (j *Judge) capacity(old, new int) {
	if old != new {
		j.report(CapacityChanged, 0, 0, "capacity "+j.became(strconv.Itoa(old), strconv.Itoa(new)))
	}
}

// errors compares the declared errors, which are identified by their codes.
func (j *Judge) errors(old, new *Handler) {
	for _, e := range old.Errors {
		j.steps++
		j.at = place{handler: old.ID, slot: Errors, rule: FieldTypeChanged, code: e.Code}
		name := j.old.Shapes[e.Shape].Name
		i := slices.IndexFunc(new.Errors, func(n Error) bool { return n.Code == e.Code })
		j.at.shape = name
		switch moved := j.codeOf(j.new, new, name); {
		case i < 0 && moved != "":
			j.report(ErrorCodeChanged, 0, BothWays, fmt.Sprintf("%s: code %s", quote(name), j.became(quote(e.Code), quote(moved))))
		case i < 0:
			j.at.shape = ""
			j.report(ErrorRemoved, 0, 0, fmt.Sprintf("%s is no longer declared", quote(e.Code)))
		case moved != "" && moved != e.Code:
			j.report(ErrorCodeReused, 0, BothWays, fmt.Sprintf("%s: code %s now belongs to %s", quote(name), quote(e.Code), quote(j.new.Shapes[new.Errors[i].Shape].Name)))
		default:
			j.seen, j.pending = map[pair]bool{}, nil
			j.enqueue(e.Shape, new.Errors[i].Shape)
			j.drain()
		}
	}
	j.addedErrors(old, new)
}

// addedErrors reports codes that only the new side declares. One whose name the
// old side has under another code is reported there.
func (j *Judge) addedErrors(old, new *Handler) {
	for _, e := range new.Errors {
		j.at = place{handler: old.ID, slot: Errors, code: e.Code}
		known := slices.ContainsFunc(old.Errors, func(o Error) bool { return o.Code == e.Code })
		if !known && j.codeOf(j.old, old, j.new.Shapes[e.Shape].Name) == "" {
			j.report(ErrorAdded, 0, OldReadsNew, fmt.Sprintf("%s was added", quote(e.Code)))
		}
	}
}

// codeOf returns the code of the error that the handler declares under a name,
// which only a review asks for.
func (j *Judge) codeOf(t *Table, h *Handler, name string) string {
	if !j.review {
		return ""
	}
	for _, e := range h.Errors {
		if t.Shapes[e.Shape].Name == name {
			return e.Code
		}
	}
	return ""
}
