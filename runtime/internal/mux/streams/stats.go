package streams

func (t *Table) Len() int {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return len(t.byID) + len(t.Opening)
}
