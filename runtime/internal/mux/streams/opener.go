package streams

import (
	"context"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/status"
)

// opener is what a client's stream keeps of the context that it was opened with, beside
// the fence that watching it takes anyway.
type opener struct {
	status.FencedContext
	unwatch  func() bool
	release  func()    // gives the context back, nil: there is nothing to give
	deadline time.Time // of the context, zero: it has none
	subroute string    // that the stream was opened under, for whoever is told of a deadline
	want     *handlers.Wanted
}

// watchOpener has the stream given up when the context of its opener ends.
func (st *Stream) watchOpener(ctx context.Context, o *Opening) *opener {
	by := &opener{release: o.Release, deadline: o.deadline, subroute: o.Subroute, want: o.Want}
	by.unwatch = by.WhenEnded(ctx, st.contextEnded)
	return by
}

// stop ends the watch.
func (by *opener) stop() {
	by.unwatch() // first: release ends the context
	if by.release != nil {
		by.release()
	}
}

// contextEnded gives a stream up as its opener's context ends. Until the opener is set
// the stream is not begun, and Open looks itself.
func (st *Stream) contextEnded(why *status.Error) {
	w := &st.S.Out
	w.Mu.Lock()
	begun := st.opener != nil
	w.Mu.Unlock()
	if begun {
		st.GiveUp(st.ranOut(why))
	}
}

// detach stops watching the opener's context, once the end of the stream was received or
// caused here.
func (st *Stream) detach() {
	if st.opener != nil {
		st.opener.stop()
	}
}

// ranOut says of an error that ends a client's stream, if it is a deadline, whose it was.
func (st *Stream) ranOut(e *status.Error) *status.Error {
	if e.Code != status.DeadlineExceeded {
		return e
	}
	late := status.Late{Peer: st.S.Peer, ID: st.H.ID, Name: st.H.Settings.Name, Waited: time.Duration(st.S.M.Clock.Now() - st.Began.Load())}
	if by := st.opener; by != nil {
		late.Subroute = by.subroute
		if !by.deadline.IsZero() {
			late.Allowed = late.Waited + time.Until(by.deadline)
		}
	}
	return status.RanOut(e, late)
}
