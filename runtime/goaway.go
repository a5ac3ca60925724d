package grid

import "context"

// goaway asks the peer for no new work, takes none, and asks for none that does not
// come from a handler. The frame is queued first: what is refused because of it
// finds a peer that knows why.
func (s *session) goaway(reason string) {
	if s.leaving.Swap(true) {
		return
	}
	s.calls.leave()
	s.streams.leave()
	s.out.control(func(b []byte) []byte { return appendFrame(b, kindGoaway, appendString(nil, reason), nil) })
	s.draining.Store(true)
}

// acknowledged waits until the peer has read the goaway, and nothing that it began
// before can be on its way any more. A ping behind the goaway is answered behind all
// that the peer had begun. An older peer may answer earlier than that: so pings go
// on until one whose time brought nothing new.
func (s *session) acknowledged(ctx context.Context) {
	for {
		late := s.late.Load()
		read := make(chan struct{})
		s.ping(func() { close(read) })
		select {
		case <-read:
		case <-s.ended:
			return
		case <-ctx.Done():
			return
		}
		if s.late.Load() == late {
			s.told.Store(true)
			return
		}
	}
}

// handleGoaway takes the peer's word for it: from now on no call and no stream is
// begun, and those whose frames are still here go out no more. So a pong that
// follows tells the peer that nothing else will come.
func (s *session) handleGoaway() error {
	s.peerDraining.Store(true)
	s.out.beginNothing()
	s.calls.refuseUnsent()
	s.streams.refuseUnopened()
	s.streams.tellDraining()
	return nil
}

// errPeerLeaving is why nothing is begun at a peer that said goaway.
var errPeerLeaving = &Error{Code: Unavailable, Outcome: NotSent, Message: "the peer is shutting down"}

// errLeaving is why this node begins nothing on its way out, unless a handler that
// is still running asks for it.
var errLeaving = &Error{Code: Disconnected, Outcome: NotSent, Message: "this node is shutting down"}

// beginNothing keeps calls and open frames from being queued, and streams that are
// queued from being opened.
func (w *writer) beginNothing() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peerLeaving = true
	w.wakeLocked()
}

// refuseUnsent fails the calls whose request is not in a batch yet.
func (t *callTable) refuseUnsent() {
	w := &t.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range *t.slots.Load() {
		if id := c.state.Load(); id != 0 && c.asked.Load() != id && c.claim(id) {
			c.complete(nil, errPeerLeaving)
		}
	}
}

// refuseUnopened ends the streams that have no id yet. After beginNothing they get
// none.
func (t *streamTable) refuseUnopened() {
	t.mu.Lock()
	unopened := make([]*stream, 0, len(t.opening))
	for st := range t.opening {
		unopened = append(unopened, st)
	}
	t.mu.Unlock()
	for _, st := range unopened {
		st.over(errPeerLeaving)
	}
}

// leave lets no call begin but those of handlers that are still running.
func (t *callTable) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leaving = true
}

// leave lets no stream begin but those of handlers that are still running, and tells
// those that are there.
func (t *streamTable) leave() {
	t.mu.Lock()
	t.leaving = true
	t.mu.Unlock()
	t.tellDraining()
}
