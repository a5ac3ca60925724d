package schema

import (
	"fmt"
	"math"
	"slices"
)

// Table compares everything: which handlers exist, and each handler that is in both
// tables. It is for reviews. Findings about a type are reported once for each
// direction, not for each handler that uses the type.
func (j *Judge) Table() Verdict {
	j.known = map[Direction]map[pair]bool{}
	j.oldIDs, j.newIDs = idsOf(j.old), idsOf(j.new)
	var all Verdict
	for i := range j.old.Handlers {
		h := &j.old.Handlers[i]
		if j.new.Handler(h.ID) == nil {
			all = append(all, j.goneHandler(h)...)
		} else {
			all = append(all, j.handlerTaken(h)...)
			all = append(all, j.Handler(h.ID)...)
		}
	}
	for i := range j.new.Handlers {
		h := &j.new.Handlers[i]
		switch {
		case j.movedOpenly(h):
		case j.oldIDs.reserves(h.ID):
			all = append(all, whole(HandlerIDReused, h.ID, fmt.Sprintf("%s takes id %d, which was reserved", quote(h.Name), h.ID), 0))
		case j.old.Handler(h.ID) == nil:
			all = append(all, whole(HandlerAdded, h.ID, quote(h.Name)+" was added", OldReadsNew))
		}
	}
	for _, r := range j.old.Reserved {
		n, open := j.newIDs.reserved.firstOpen(r)
		if !open || n < 0 || n > math.MaxUint16 {
			continue // a peer may reserve what is no id
		}
		id := uint16(n) // fits: compared
		if j.new.Handler(id) == nil {
			all = append(all, whole(ReservedRemoved, id, fmt.Sprintf("handler id %d is no longer reserved", n), 0))
		}
	}
	return all
}

// goneHandler reports a handler whose id the new side does not have.
func (j *Judge) goneHandler(h *Handler) Verdict {
	if j.newIDs.reserves(h.ID) {
		return nil
	}
	if moved := j.newIDs.named(h.Name); moved != nil && j.old.Handler(moved.ID) == nil {
		where := fmt.Sprint(moved.ID)
		if j.oldIDs.reserves(moved.ID) {
			where += ", which was reserved"
		}
		return Verdict{whole(HandlerIDChanged, h.ID,
			fmt.Sprintf("%s moved from id %d to %s, and %d is not reserved", quote(h.Name), h.ID, where, h.ID), BothWays)}
	}
	return Verdict{whole(HandlerDeleted, h.ID,
		fmt.Sprintf("%s was deleted, and its id %d is not reserved", quote(h.Name), h.ID), NewReadsOld)}
}

// movedOpenly reports whether h is a handler that moved here and left its old id
// for anybody to take, which is reported there.
func (j *Judge) movedOpenly(h *Handler) bool {
	before := j.oldIDs.named(h.Name)
	return before != nil && j.new.Handler(before.ID) == nil && !j.newIDs.reserves(before.ID)
}

// handlerTaken reports an id that another handler has taken over: the names say
// that both are known, so this is no renaming.
func (j *Judge) handlerTaken(h *Handler) Verdict {
	now := j.new.Handler(h.ID)
	if now.Name == h.Name || j.newIDs.named(h.Name) == nil && j.oldIDs.named(now.Name) == nil {
		return nil
	}
	return Verdict{whole(HandlerIDReused, h.ID,
		fmt.Sprintf("id %d was %s and is now %s", h.ID, quote(h.Name), quote(now.Name)), BothWays)}
}

// Declared judges one shape of each table, by index: a type by itself, wherever it
// may be used, and everything below it. After Table, it reports only what no
// earlier call has judged.
func (j *Judge) Declared(old, new int) Verdict {
	j.begin()
	j.at = place{slot: Declared, rule: FieldTypeChanged}
	j.about(&j.old.Shapes[old], &j.new.Shapes[new])
	j.start()
	j.types(&Type{Kind: j.old.Shapes[old].Kind, Shape: old}, &Type{Kind: j.new.Shapes[new].Kind, Shape: new})
	j.drain()
	return j.found
}

// Compared returns pairs of shapes, by index in the old and the new table. These
// shapes were in the same place in everything that a review has looked at so far.
func (j *Judge) Compared() [][2]int {
	var list [][2]int
	for p := range j.compared {
		list = append(list, [2]int{p.old, p.new})
	}
	slices.SortFunc(list, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	return list
}

// Reached reports whether Compared contains this shape of the old table.
func (j *Judge) Reached(old int) bool { return j.reached[old] }

func whole(rule Rule, id uint16, message string, risks Direction) Finding {
	return Finding{Rule: rule, Handler: id, Slot: Whole, Message: message, Risks: risks}
}

// handlerIDs finds the handlers and the reserved ids of a table.
type handlerIDs struct {
	byName   map[string]*Handler
	reserved reservations
}

func idsOf(t *Table) *handlerIDs {
	ids := &handlerIDs{byName: make(map[string]*Handler, len(t.Handlers)), reserved: reservationsOf(t.Reserved, nil)}
	for i := range t.Handlers {
		if h := &t.Handlers[i]; ids.byName[h.Name] == nil {
			ids.byName[h.Name] = h
		}
	}
	return ids
}

// named returns the handler with the name, or nil.
func (ids *handlerIDs) named(name string) *Handler {
	if name == "" {
		return nil
	}
	return ids.byName[name]
}

func (ids *handlerIDs) reserves(id uint16) bool {
	return ids.reserved.has(member{number: int64(id)})
}
