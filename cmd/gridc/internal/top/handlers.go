package top

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// handlerRow is a handler of a node.
type handlerRow struct {
	node cell
	used
	now time.Time
}

func (v *view) handlerTable() section {
	s := section{title: "HANDLERS", columns: []string{"NODE", "END", "HANDLER", ">IN FLIGHT", ">CALLS", ">CALLS/S", ">FAILED", ">FAIL/S", ">P50", ">P99", "MOST FREQUENT FAILURE"},
		spare: []string{">IN FLIGHT", ">P50", ">FAILED", ">CALLS"}}
	var rows []handlerRow
	idle, since := 0, "of all calls so far"
	v.each(func(r *reading, node cell) {
		w := r.window()
		all, rest := w.handlers()
		idle += rest
		if w.oldest != nil {
			since = "of the last minute"
		}
		for _, u := range all {
			rows = append(rows, handlerRow{node, u, w.now.At})
		}
	})
	slices.SortStableFunc(rows, func(a, b handlerRow) int { return v.compare(&a.used, &b.used) })
	for i := range rows {
		s.rows = append(s.rows, rows[i].cells())
		if rows[i].failures > 0 && s.trouble == i {
			s.trouble++
		}
	}
	if len(rows) > 0 {
		s.title += ", latency " + since
	}
	if idle > 0 {
		s.title += fmt.Sprintf(", %d without a call", idle)
	}
	return s
}

// compare puts what matters most first: what fails now, and then what the order says.
func (v *view) compare(a, b *used) int {
	calls := cmp.Or(cmp.Compare(b.calls, a.calls), cmp.Compare(b.Ended(), a.Ended()))
	switch v.order {
	case byErrors:
		return cmp.Or(cmp.Compare(b.failures, a.failures), cmp.Compare(b.Failed(), a.Failed()), calls)
	case byP99:
		return cmp.Or(streamsLast(a, b), cmp.Compare(b.latency.Quantile(0.99), a.latency.Quantile(0.99)), calls)
	case byQueued:
		return cmp.Or(cmp.Compare(b.InFlight, a.InFlight), calls)
	}
	return cmp.Or(cmp.Compare(b.failing(), a.failing()), calls)
}

// failing is 1 for what fails now, else 0.
func (u *used) failing() int {
	if u.failures > 0 {
		return 1
	}
	return 0
}

// streamsLast puts streams after calls: how long a stream lives is no latency.
func streamsLast(a, b *used) int {
	switch {
	case a.Stream == b.Stream:
		return 0
	case a.Stream:
		return 1
	}
	return -1
}

func (r *handlerRow) cells() []cell {
	end := "called"
	if r.Server {
		end = "served"
	}
	failed := r.Failed()
	return []cell{r.node, {end, soft}, handlerName(r.Name, uint16(r.ID), r.Subroute, r.Stream), number(r.InFlight), text(fmt.Sprint(r.Ended())), text(rate(r.calls)),
		troubled(fmt.Sprint(failed), float64(failed)), troubled(rate(r.failures), r.failures),
		r.quantile(0.5), r.quantile(0.99), r.failure()}
}

// failure is the most frequent one of the last minute, else, in grey, the most frequent of all.
func (r *handlerRow) failure() cell {
	f, old, any := r.Foremost(r.now)
	if !any {
		return text("")
	}
	c := text(fmt.Sprintf("%s, %s", name(string(f.Code)).text, name(f.Outcome).text))
	if f.Text != "" {
		c.text += ": " + reason(f.Text).text
	}
	if !f.Last.IsZero() {
		c.text += ", " + age(r.now.Sub(f.Last)) + " ago"
	}
	if old {
		c.style = soft
	}
	return c
}

// quantile is one of the latency, in grey if it is an old one.
func (r *handlerRow) quantile(q float64) cell {
	c := text(short(r.latency.Quantile(q)))
	if r.old {
		c.style = soft
	}
	return c
}

func handlerName(known string, id uint16, subroute string, stream bool) cell {
	c := name(known)
	if known == "" {
		c.text = fmt.Sprint(id)
	}
	if subroute != "" {
		c.text += " / " + name(subroute).text
	}
	if stream {
		c.text += " (stream)"
	}
	return c
}
