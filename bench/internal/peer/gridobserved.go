//go:build !older

package peer

import (
	"context"

	grid "github.com/gridrpc/gridc/runtime"
)

// observedPeer shows what an observer costs that does nothing: a process that is like that
// of gridc in all else. Builds of older commits do not have it, which may know no observers.
func observedPeer() []Peer {
	return []Peer{{
		Name:   Observed,
		About:  "as gridc, with an observer that does nothing on every Manager",
		Module: gridPeer.Module,
		Serve:  serveGridWith(observedOptions, registerGrid),
		Dialer: func(to Target) (Dialer, error) {
			d := newGridDialer(to, newGridClient)
			d.options = observedOptions
			return d, nil
		},
	}}
}

func observedOptions(name string) grid.Options {
	o := gridOptions(name)
	o.Observers = []grid.Observer{idleObserver{}}
	return o
}

type idleObserver struct{}

func (idleObserver) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }
func (idleObserver) End(context.Context, *grid.CallInfo, grid.CallEnd)           {}
func (idleObserver) Session(grid.SessionEvent)                                   {}
