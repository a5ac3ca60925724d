package calls

// running holds the calls that are being served, by their ids. The one that came last stands
// beside the map: mostly its handler runs on the reader, and has returned before the next
// call comes, so the map has nothing to do (bench, cell echo/512B/16). It is guarded by the
// table's mu.
type running struct {
	last *Serving // nil: it has returned
	byID map[uint64]*Serving
}

func (r *running) len() int {
	if r.last != nil {
		return 1 + len(r.byID)
	}
	return len(r.byID)
}

// find returns the call with that id, or nil.
func (r *running) find(id uint64) *Serving {
	if r.last != nil && r.last.ID == id {
		return r.last
	}
	if len(r.byID) == 0 {
		return nil
	}
	return r.byID[id]
}

// add takes a call whose id no other has.
func (r *running) add(sv *Serving) {
	if earlier := r.last; earlier != nil {
		if r.byID == nil {
			r.byID = make(map[uint64]*Serving)
		}
		r.byID[earlier.ID] = earlier
	}
	r.last = sv
}

// remove reports whether the call was there.
func (r *running) remove(sv *Serving) bool {
	switch {
	case r.last == sv:
		r.last = nil
	case r.byID[sv.ID] == sv:
		delete(r.byID, sv.ID)
	default:
		return false
	}
	return true
}

// all calls yield for each call, until that returns false.
func (r *running) all(yield func(*Serving) bool) {
	if r.last != nil && !yield(r.last) {
		return
	}
	for _, sv := range r.byID {
		if !yield(sv) {
			return
		}
	}
}
