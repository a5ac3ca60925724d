package grid

// addLargeLocked notes an answer that waits for the peer's grant, or travels in
// chunks. The writer counts them: it is not idle while there are any.
func (t *servingTable) addLargeLocked(sv *serving) {
	if t.large == nil {
		t.large = make(map[uint64]*serving)
	}
	t.large[sv.id] = sv
	t.s.out.replies = len(t.large)
}

func (t *servingTable) removeLargeLocked(sv *serving) {
	if t.large[sv.id] == sv {
		delete(t.large, sv.id)
	}
	t.s.out.replies = len(t.large)
}

// handleGrant lets the chunks of a large answer go.
func (t *servingTable) handleGrant(id uint64) {
	w := &t.s.out
	w.mu.Lock()
	if sv := t.large[id]; sv != nil {
		sv.large.grantLocked(w)
	}
	w.flush(false)
}
