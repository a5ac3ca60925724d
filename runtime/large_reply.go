package grid

// largeReplies are the answers that wait for the peer's grant, or travel in
// chunks. Guarded by the writer's lock.
type largeReplies map[uint64]*serving

func (l *largeReplies) add(sv *serving) {
	if *l == nil {
		*l = make(largeReplies)
	}
	(*l)[sv.id] = sv
}

func (l *largeReplies) remove(sv *serving) {
	if (*l)[sv.id] == sv {
		delete(*l, sv.id)
	}
}

// handleGrant lets the chunks of a large answer go.
func (t *servingTable) handleGrant(id uint64) {
	w := &t.s.out
	w.mu.Lock()
	if sv := w.replies[id]; sv != nil {
		sv.large.grantLocked(w)
	}
	w.flush(false)
}
