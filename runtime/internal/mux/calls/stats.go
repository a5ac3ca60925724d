package calls

func (t *Served) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running.len()
}
