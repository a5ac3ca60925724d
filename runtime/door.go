package grid

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// door counts the sockets that were turned away before they were a session, by reason.
type door struct {
	mu      sync.Mutex
	reasons map[string]*observe.Refusal
}

// Reasons that have no code.
const (
	turnedOrigin      = "origin"
	turnedNoUpgrade   = "not an upgrade"
	turnedSubprotocol = "subprotocol"
	turnedTooMany     = "too many"
)

// maxDoorReasons is how many reasons are told apart: a peer's own are any codes.
const maxDoorReasons = 32

// note counts one that was turned away.
func (d *door) note(reason, name, remote, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reasons == nil {
		d.reasons = make(map[string]*observe.Refusal)
	}
	reason = status.Shortened(reason, 64)
	r := d.reasons[reason]
	if r == nil {
		if len(d.reasons) >= maxDoorReasons {
			reason = "other"
		}
		if r = d.reasons[reason]; r == nil {
			r = &observe.Refusal{Reason: reason}
			d.reasons[reason] = r
		}
	}
	r.Count++
	r.Last, r.Name, r.Remote, r.Text = time.Now(), status.Shortened(name, maxShownText), status.Shortened(remote, maxShownAddress), status.Shortened(text, maxShownText)
}

// refused counts a handshake that one end refused.
func (d *door) refused(r *handshake.Rejection, name, remote string) {
	d.note(string(r.Code), name, remote, r.Reason)
}

// list returns the most frequent first.
func (d *door) list() []observe.Refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]observe.Refusal, 0, len(d.reasons))
	for _, r := range d.reasons {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b observe.Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
