package schema

import "fmt"

// Table compares everything: which handlers there are, and each that stands on
// both sides. It is for reviews.
func (j *Judge) Table() Verdict {
	var all Verdict
	for i := range j.old.Handlers {
		h := &j.old.Handlers[i]
		if j.new.Handler(h.ID) == nil {
			all = append(all, j.goneHandler(h)...)
		} else {
			all = append(all, j.Handler(h.ID)...)
		}
	}
	for i := range j.new.Handlers {
		h := &j.new.Handlers[i]
		switch {
		case covers(j.old.Reserved, int64(h.ID)):
			all = append(all, whole(HandlerIDReused, h.ID, fmt.Sprintf("%s takes id %d, which was reserved", quote(h.Name), h.ID), BothWays))
		case j.old.Handler(h.ID) == nil && j.old.named(h.Name) == nil:
			all = append(all, whole(HandlerAdded, h.ID, quote(h.Name)+" was added", OldReadsNew))
		}
	}
	for _, r := range j.old.Reserved {
		n, open := firstOpen(r, j.new.Reserved)
		if open && j.new.Handler(uint16(n)) == nil {
			all = append(all, whole(ReservedRemoved, 0, fmt.Sprintf("handler id %d is no longer reserved", n), 0))
		}
	}
	return all
}

// goneHandler reports a handler whose id the new side does not have.
func (j *Judge) goneHandler(h *Handler) Verdict {
	if covers(j.new.Reserved, int64(h.ID)) {
		return nil
	}
	if moved := j.new.named(h.Name); moved != nil && j.old.Handler(moved.ID) == nil {
		return Verdict{whole(HandlerIDChanged, h.ID,
			fmt.Sprintf("%s moved from id %d to %d, and %d is not reserved", quote(h.Name), h.ID, moved.ID, h.ID), BothWays)}
	}
	return Verdict{whole(HandlerDeleted, h.ID,
		fmt.Sprintf("%s was deleted, and its id %d is not reserved", quote(h.Name), h.ID), BothWays)}
}

func whole(rule Rule, id uint16, message string, risks Direction) Finding {
	return Finding{Rule: rule, Handler: id, Slot: Whole, Message: message, Risks: risks}
}

// named returns the handler with the name, or nil.
func (t *Table) named(name string) *Handler {
	for i := range t.Handlers {
		if t.Handlers[i].Name == name && name != "" {
			return &t.Handlers[i]
		}
	}
	return nil
}
