package calls

// addLargeLocked notes an answer that waits for the peer's grant, or travels in
// chunks. The writer counts them: it is not idle while there are any.
func (t *Served) addLargeLocked(sv *Serving) {
	if t.large == nil {
		t.large = make(map[uint64]*Serving)
	}
	t.large[sv.ID] = sv
	t.s.Out.Replies = len(t.large)
}

func (t *Served) removeLargeLocked(sv *Serving) {
	if t.large[sv.ID] == sv {
		delete(t.large, sv.ID)
	}
	t.s.Out.Replies = len(t.large)
}

// HandleGrant lets the chunks of a large answer go.
func (t *Served) HandleGrant(id uint64) {
	w := &t.s.Out
	w.Mu.Lock()
	if sv := t.large[id]; sv != nil {
		sv.Large.transfer.GrantLocked(w)
	}
	w.Flush(false)
}
