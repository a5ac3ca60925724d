package handshake

import (
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// Two sockets of one pair may be up at once: after a redial over a half-open one,
// after a restart, or because two processes use one name. This file decides which
// of them lives. It is pure: no clock, no I/O, so that all of its states can be
// explored (TestP7StateSpace).

// Duplicates is what a Connection remembers of the incarnations of its dialer.
type Duplicates struct {
	// Displaced are the incarnations that gave way to another one, the latest last. An
	// incarnation that comes back soon is a second process with the same name.
	Displaced []displacement
}

type displacement struct {
	incarnation [16]byte
	when        time.Time
}

const (
	// FlapWindow is how long an incarnation that gave way may not come back while
	// the one that it gave way to is connected.
	FlapWindow = time.Minute
	// MaxDisplaced bounds what a peer that is new each time makes us remember.
	MaxDisplaced = 16
)

// Judge decides whether an authenticated session replaces old, which is nil if there is
// none. Both ends decide alike. Within one incarnation of the dialer the higher attempt
// wins. Another incarnation is a restarted process, and of two the one that authenticated
// last wins. If each end has dialed, the socket wins that was dialed by the end that the
// names say: else each end might keep another one, and both would be closed. A process
// that has just been replaced is refused: two processes with one name would replace each
// other for ever, and no call would ever finish.
func (r *Duplicates) Judge(old *SessionID, id SessionID, now time.Time, name string) error {
	r.forget(now)
	switch {
	case old == nil:
		return nil
	case old.ByName && !id.ByName:
		return Reject(status.AlreadyRegistered, "this pair is connected, by the end that is to dial")
	case !old.ByName && id.ByName:
		return nil
	case old.Incarnation == id.Incarnation && old.Attempt >= id.Attempt:
		return Reject(status.AlreadyRegistered, "a newer connection of this pair exists")
	case old.Incarnation == id.Incarnation:
		return nil
	case r.gaveWay(id.Incarnation):
		return Reject(status.AlreadyRegistered, "two processes use the name %s; the one that connected last stays", status.Quoted(name))
	}
	if len(r.Displaced) == MaxDisplaced {
		r.Displaced = append(r.Displaced[:0], r.Displaced[1:]...)
	}
	r.Displaced = append(r.Displaced, displacement{old.Incarnation, now})
	return nil
}

// forget drops what happened too long ago.
func (r *Duplicates) forget(now time.Time) {
	n := 0
	for n < len(r.Displaced) && now.Sub(r.Displaced[n].when) > FlapWindow {
		n++
	}
	r.Displaced = append(r.Displaced[:0], r.Displaced[n:]...)
}

func (r *Duplicates) gaveWay(incarnation [16]byte) bool {
	for _, d := range r.Displaced {
		if d.incarnation == incarnation {
			return true
		}
	}
	return false
}
