package top

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
)

func (v *view) streamTable() section {
	s := section{title: "OPEN STREAMS, the oldest first", columns: []string{"NODE", "END", "HANDLER", "PEER", ">OPEN FOR", ">CREDIT", ">UNREAD", "WHO WAITS"},
		spare: []string{">OPEN FOR", ">CREDIT"}}
	var read, well [][]cell
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
			credit := number(x.Credit)
			if x.ReceivesOnly {
				credit = text(none)
			}
			row := []cell{node, {end, soft}, handlerName(x.Name, uint16(x.ID), x.Subroute, false), name(x.Peer), text(age(x.Age)), credit, number(x.Unread), waits}
			switch {
			case strings.HasPrefix(x.Waits, "read"): // the end that has it in its hands
				read = append(read, row)
			case x.IsStuck():
				s.rows = append(s.rows, row)
			default:
				well = append(well, row)
			}
		}
	})
	s.rows = append(read, s.rows...)
	if s.trouble = len(s.rows); s.trouble > 0 {
		s.title = "OPEN STREAMS, those first that are not read, then the oldest"
	}
	s.rows = append(s.rows, well...)
	return s
}

func (v *view) refusalTable() section {
	s := section{title: "REFUSED CONNECTIONS", columns: []string{"NODE", "REASON", ">COUNT", ">SINCE", ">LAST", "WHO", "WHAT IT WAS TOLD"},
		spare: []string{">SINCE", ">COUNT"}}
	v.each(func(r *reading, node cell) {
		now := r.last()
		for _, x := range now.Refusals {
			since := text(none)
			if !x.First.IsZero() {
				since.text = age(now.At.Sub(x.First))
			}
			s.rows = append(s.rows, []cell{node, {name(x.Reason).text, bad}, text(fmt.Sprint(x.Count)), since, text(age(now.At.Sub(x.Last)) + " ago"),
				text(strings.TrimSpace(name(x.Name).text + " " + name(x.Remote).text)), reason(x.Text)})
			if now.At.Sub(x.Last) <= time.Minute {
				s.trouble = len(s.rows)
			}
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
	s.trouble = len(s.rows)
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
	for s.trouble < len(all) && percent(all[s.trouble].Limit) >= 80 {
		s.trouble++
	}
	for _, l := range all {
		used, most := fmt.Sprint(l.Used), fmt.Sprint(l.Limit.Limit)
		if countBytes[l.Name] {
			used, most = size(float64(l.Used)), size(float64(l.Limit.Limit))
		}
		if l.IsSet() {
			usual := fmt.Sprint(l.Default)
			if countBytes[l.Name] {
				usual = size(float64(l.Default))
			}
			most += " (default " + usual + ")"
		}
		s.rows = append(s.rows, []cell{l.node, name(l.Name), text(used), text(most), limitCell(l.Limit, fmt.Sprintf("%d%%", percent(l.Limit))), name(l.Peer)})
	}
	return s
}
