package top

import (
	"cmp"
	"slices"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
)

// peerRow is a row and what it is sorted by.
type peerRow struct {
	trouble int
	queued  int
	row     []cell
}

func (v *view) peerTable() section {
	s := section{title: "PEERS", columns: []string{"NODE", "PEER", "STATE", ">FOR", ">ROUND TRIP", ">IN FLIGHT", ">QUEUED", ">SENT/S", ">RECEIVED/S", ">SESSIONS", "WHY NOT, OR WHAT WAS"}}
	var rows []peerRow
	v.each(func(r *reading, node cell) {
		w := r.window()
		before := make(map[string]*observe.Peer)
		if w.before != nil {
			for i := range w.before.Peers {
				before[w.before.Peers[i].Name] = &w.before.Peers[i]
			}
		}
		for i := range w.now.Peers {
			p := &w.now.Peers[i]
			old := before[p.Name]
			if old == nil {
				old = &observe.Peer{}
			}
			rows = append(rows, peerRow{trouble(p), queued(p), append([]cell{node}, peerCells(p, old, &w)...)})
		}
	})
	slices.SortStableFunc(rows, func(a, b peerRow) int {
		byQueue := 0
		if v.order == byQueued {
			byQueue = cmp.Compare(b.queued, a.queued)
		}
		return cmp.Or(cmp.Compare(a.trouble, b.trouble), byQueue)
	})
	for _, r := range rows {
		s.rows = append(s.rows, r.row)
	}
	return s
}

// trouble orders peers: first those that somebody should look at.
func trouble(p *observe.Peer) int {
	switch {
	case p.Session == nil && !p.Self:
		return 0
	case p.Session != nil && p.Session.PeerDraining:
		return 1
	}
	return 2
}

func queued(p *observe.Peer) int {
	if p.Session == nil {
		return 0
	}
	return p.Session.Queued.Sum()
}

func peerCells(p, old *observe.Peer, w *window) []cell {
	now := w.now.At
	who := name(p.Name)
	switch {
	case p.Guest:
		who.text += " (guest)"
	case p.Self:
		who.text += " (itself)"
	}
	trip, flight, waits := none, none, none
	if s := p.Session; s != nil {
		trip, flight, waits = short(s.RoundTrip), number(s.CallsMade+s.CallsServed+s.Streams).text, size(float64(s.Queued.Sum()))
	}
	return []cell{who, state(p), text(age(now.Sub(p.Since))), text(trip), text(flight), text(waits),
		text(flow(w.perSecond(p.BytesSent, old.BytesSent))), text(flow(w.perSecond(p.BytesReceived, old.BytesReceived))),
		number(int(min(p.Sessions, 1<<31-1))), why(p, now)}
}

// flow is a number of bytes a second.
func flow(perSecond float64) string {
	if perSecond < 0 {
		return none
	}
	return size(perSecond)
}

func state(p *observe.Peer) cell {
	switch {
	case p.Session != nil && p.Session.PeerDraining:
		return cell{"draining", warn}
	case p.Phase == "connected":
		return cell{p.Phase, good}
	case p.Phase == "refused", p.Phase == "closed":
		return cell{p.Phase, bad}
	}
	return cell{name(p.Phase).text, warn}
}

// why says why a peer is not connected, or what went wrong before it was.
func why(p *observe.Peer, now time.Time) cell {
	if p.Reason == "" {
		if p.LastFailure == "" {
			return text("")
		}
		return cell{"was: " + reason(p.LastFailure).text + ", " + age(now.Sub(p.LastFailureAt)) + " ago", soft}
	}
	c := cell{reason(p.Reason).text, bad}
	if !p.NextAttempt.IsZero() {
		c.text += "; dials again in " + age(p.NextAttempt.Sub(now))
	}
	return c
}
