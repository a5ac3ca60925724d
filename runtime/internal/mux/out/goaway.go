package out

// BeginNothing keeps calls and open frames from being queued, and streams that are
// queued from being opened.
func (w *Writer) BeginNothing() {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	w.PeerLeaving = true
	w.WakeLocked()
}
