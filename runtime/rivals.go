package grid

import "time"

// Two sockets of one pair may be up at once: after a redial over a half-open one,
// after a restart, or because two processes use one name. This file decides which
// of them lives. It is pure: no clock, no I/O, so that all of its states can be
// explored (TestP7StateSpace).

// rivals is what a Connection remembers of the incarnations of its dialer.
type rivals struct {
	// displaced are those that gave way to another one, the latest last: one that
	// comes back soon is a second process with the same name.
	displaced []displacement
}

type displacement struct {
	incarnation [16]byte
	when        time.Time
}

const (
	// flapWindow is how long an incarnation that gave way may not come back while
	// the one that it gave way to is connected.
	flapWindow = time.Minute
	// maxDisplaced bounds what a peer that is new each time makes us remember.
	maxDisplaced = 16
)

// judge decides whether an authenticated session takes the place of old, which is
// nil if there is none. Both ends decide alike: within one incarnation of the
// dialer the higher attempt is newer; another incarnation is a restarted process,
// and the one that authenticated last is the one that lives. Of two sockets that
// the two ends have dialed, the one of the end that the names say lives: else each
// might keep another one, and both would be closed. Only a process that
// has just given way is refused: two that fight for a name would throw each other
// out for ever, and no call would ever finish.
func (r *rivals) judge(old *sessionID, id sessionID, now time.Time, name string) error {
	r.forget(now)
	switch {
	case old == nil:
		return nil
	case old.byName && !id.byName:
		return reject(AlreadyRegistered, "this pair is connected, by the end that is to dial")
	case !old.byName && id.byName:
		return nil
	case old.incarnation == id.incarnation && old.attempt >= id.attempt:
		return reject(AlreadyRegistered, "a newer connection of this pair exists")
	case old.incarnation == id.incarnation:
		return nil
	case r.gaveWay(id.incarnation):
		return reject(AlreadyRegistered, "two processes use the name %s; the one that connected last stays", quoted(name))
	}
	if len(r.displaced) == maxDisplaced {
		r.displaced = append(r.displaced[:0], r.displaced[1:]...)
	}
	r.displaced = append(r.displaced, displacement{old.incarnation, now})
	return nil
}

// forget drops what happened too long ago.
func (r *rivals) forget(now time.Time) {
	n := 0
	for n < len(r.displaced) && now.Sub(r.displaced[n].when) > flapWindow {
		n++
	}
	r.displaced = append(r.displaced[:0], r.displaced[n:]...)
}

func (r *rivals) gaveWay(incarnation [16]byte) bool {
	for _, d := range r.displaced {
		if d.incarnation == incarnation {
			return true
		}
	}
	return false
}
