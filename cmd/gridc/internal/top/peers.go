package top

import (
	"cmp"
	"fmt"
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
	s := section{title: "PEERS", columns: []string{"NODE", "PEER", "ADDRESS", "STATE", ">FOR", ">ROUND TRIP", ">IN FLIGHT", ">QUEUED", ">SENT/S", ">RECEIVED/S", ">SESSIONS", ">LOST/MIN", "WHY NOT, OR WHAT WAS"},
		spare: []string{">RECEIVED/S", ">SENT/S", ">QUEUED", ">ROUND TRIP", ">IN FLIGHT", ">SESSIONS", ">LOST/MIN", "ADDRESS"}}
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
	s.eager = 2
	for _, r := range rows {
		s.rows = append(s.rows, r.row)
		if r.trouble < healthy {
			s.trouble++
		}
	}
	return s
}

// trouble orders peers: first those that somebody should look at.
func trouble(p *observe.Peer) int {
	switch {
	case p.Session == nil && !p.Self:
		return 0
	case p.Flaps():
		return 1
	case p.Session != nil && p.Session.PeerDraining:
		return 2
	}
	return healthy
}

// healthy is the trouble of a peer that has none.
const healthy = 3

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
	since := p.Since
	if !p.DownSince.IsZero() {
		since = p.DownSince // not since the last attempt
	}
	return []cell{who, address(p), state(p), text(age(now.Sub(since))), text(trip), text(flight), text(waits),
		text(flow(w.perSecond(p.BytesSent, old.BytesSent))), text(flow(w.perSecond(p.BytesReceived, old.BytesReceived))),
		number(int(min(p.Sessions, 1<<31-1))), troubled(fmt.Sprint(p.LostLately), float64(p.LostLately)), why(p, now)}
}

// address is where the peer is dialed, or where it has come from.
func address(p *observe.Peer) cell {
	where := p.Address
	if s := p.Session; s != nil && (!s.Dialer || where == "") {
		where = s.Remote
	}
	c := name(where)
	if where == "" {
		c.text = none
	}
	c.style = soft
	return c
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
	case p.Flaps() && p.Phase == "connected":
		return cell{"flapping", bad}
	case p.Phase == "connected":
		return cell{p.Phase, good}
	case p.Phase == "refused", p.Phase == "closed":
		return cell{p.Phase, bad}
	}
	return cell{name(p.Phase).text, warn}
}

// why says why a peer is not connected, or what went wrong before it was.
func why(p *observe.Peer, now time.Time) cell {
	c := cell{losses(p), plain}
	add := func(s string) {
		if c.text != "" {
			c.text += "; "
		}
		c.text += s
	}
	switch {
	case p.Reason != "":
		c.style = bad
		add(reason(p.Reason).text)
		if p.Attempts > 1 {
			add(fmt.Sprintf("tried %d times", p.Attempts))
		}
		if !p.NextAttempt.IsZero() {
			add("dials again in " + age(p.NextAttempt.Sub(now)))
		}
	case p.LastFailure != "" && !p.IsFromBefore(now):
		if c.text == "" {
			c.style = soft
		}
		add("was: " + reason(p.LastFailure).text + ", " + age(now.Sub(p.LastFailureAt)) + " ago")
	}
	return c
}

// losses says how often the peer was lost lately, and how long its sessions lived.
func losses(p *observe.Peer) string {
	if !p.Flaps() {
		return ""
	}
	said := fmt.Sprintf("lost %d times in the last minute", p.LostLately)
	switch shortest, longest, alike := p.Lifetimes(); {
	case alike:
		return said + ", each time after " + short(longest)
	case longest > 0:
		return said + ", after " + short(shortest) + " to " + short(longest)
	}
	return said
}
