package node

// Latch counts what is under way and tells when nothing is. It is guarded by the
// lock of its owner.
type Latch struct {
	N    int
	zero chan struct{} // closed once n is 0; nil until somebody waits
}

func (l *Latch) Add(n int) {
	l.N += n
	if l.N == 0 && l.zero != nil {
		close(l.zero)
		l.zero = nil
	}
}

// Released returns a channel that is closed once nothing is under way.
func (l *Latch) Released() <-chan struct{} {
	if l.N == 0 {
		return ClosedChan
	}
	if l.zero == nil {
		l.zero = make(chan struct{})
	}
	return l.zero
}
