package large

// Used is how many bytes are being put together, or were let come.
func (a *Assemblies) Used() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.used
}
