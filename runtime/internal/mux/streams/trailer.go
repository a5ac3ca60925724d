package streams

// HandleTrailer gives the metadata of a stream's end to who wants it. The end comes behind
// it.
func (t *Table) HandleTrailer(id uint64, md map[string]string) {
	st := t.find(id)
	if st == nil || !st.Client {
		return
	}
	w := &t.s.Out
	w.Mu.Lock()
	by := st.opener
	w.Mu.Unlock()
	if by != nil {
		by.want.Deliver(md)
	}
}
