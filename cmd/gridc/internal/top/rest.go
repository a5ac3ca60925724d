package top

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/observe"
)

func (v *view) streamTable() section {
	s := section{title: "OPEN STREAMS, the oldest first", columns: []string{"NODE", "END", "HANDLER", "PEER", ">OPEN FOR", ">CREDIT", ">UNREAD", "WHO WAITS"}}
	v.each(func(r *reading, node cell) {
		now := r.last()
		s.left += now.StreamsLeftOut
		for _, x := range now.Streams {
			end := "opened"
			if x.Server {
				end = "served"
			}
			waits := name(x.Waits)
			if strings.HasPrefix(x.Waits, "send") || strings.HasPrefix(x.Waits, "read") {
				waits.style = warn
			}
			s.rows = append(s.rows, []cell{node, {end, soft}, handlerName(x.Name, uint16(x.ID), x.Subroute, false), name(x.Peer), text(age(x.Age)), number(x.Credit), number(x.Unread), waits})
		}
	})
	return s
}

func (v *view) refusalTable() section {
	s := section{title: "REFUSED CONNECTIONS", columns: []string{"NODE", "REASON", ">COUNT", ">LAST", "WHO", "WHAT IT WAS TOLD"}}
	v.each(func(r *reading, node cell) {
		now := r.last()
		for _, x := range now.Refusals {
			s.rows = append(s.rows, []cell{node, {name(x.Reason).text, bad}, text(fmt.Sprint(x.Count)), text(age(now.At.Sub(x.Last)) + " ago"),
				text(strings.TrimSpace(name(x.Name).text + " " + name(x.Remote).text)), reason(x.Text)})
		}
	})
	return s
}

func (v *view) misfitTable() section {
	s := section{title: "HANDLERS THAT DO NOT FIT", columns: []string{"NODE", "PEER", "WHY THEY CANNOT BE CALLED"}}
	v.each(func(r *reading, node cell) {
		for _, x := range r.last().Incompatible {
			s.rows = append(s.rows, []cell{node, name(x.Peer), {reason(x.Verdict).text, bad}})
		}
	})
	return s
}

// countBytes are the limits that count bytes.
var countBytes = map[string]bool{"SendQueue": true, "Unread": true, "Reassembly": true}

// limitTable has the limits of which something is used, the fullest first.
func (v *view) limitTable() section {
	type limit struct {
		node cell
		observe.Limit
	}
	var all []limit
	v.each(func(r *reading, node cell) {
		for _, l := range r.last().Node.Limits {
			if l.Used > 0 {
				all = append(all, limit{node, l})
			}
		}
	})
	slices.SortStableFunc(all, func(a, b limit) int { return cmp.Compare(percent(b.Limit), percent(a.Limit)) })
	s := section{title: "LIMITS, of the session that uses most", columns: []string{"NODE", "LIMIT", ">USED", ">OF", ">PART", "BY"}}
	for _, l := range all {
		used, most := fmt.Sprint(l.Used), fmt.Sprint(l.Limit.Limit)
		if countBytes[l.Name] {
			used, most = size(float64(l.Used)), size(float64(l.Limit.Limit))
		}
		s.rows = append(s.rows, []cell{l.node, name(l.Name), text(used), text(most), limitCell(l.Limit, fmt.Sprintf("%d%%", percent(l.Limit))), name(l.Peer)})
	}
	return s
}
