package grid

// latch counts what is under way and tells when nothing is. It is guarded by the
// lock of its owner.
type latch struct {
	n    int
	zero chan struct{} // closed once n is 0; nil until somebody waits
}

func (l *latch) add(n int) {
	l.n += n
	if l.n == 0 && l.zero != nil {
		close(l.zero)
		l.zero = nil
	}
}

// released returns a channel that is closed once nothing is under way.
func (l *latch) released() <-chan struct{} {
	if l.n == 0 {
		return closedChan
	}
	if l.zero == nil {
		l.zero = make(chan struct{})
	}
	return l.zero
}
