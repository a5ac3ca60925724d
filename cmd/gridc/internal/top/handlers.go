package top

import (
	"cmp"
	"fmt"
	"slices"
)

// handlerRow is a handler of a node.
type handlerRow struct {
	node cell
	used
}

func (v *view) handlerTable() section {
	s := section{title: "HANDLERS", columns: []string{"NODE", "END", "HANDLER", ">IN FLIGHT", ">CALLS", ">CALLS/S", ">FAILED", ">FAIL/S", ">P50", ">P99", "MOST FREQUENT FAILURE"}}
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
			rows = append(rows, handlerRow{node, u})
		}
	})
	slices.SortStableFunc(rows, func(a, b handlerRow) int { return v.compare(&a.used, &b.used) })
	for i := range rows {
		s.rows = append(s.rows, rows[i].cells())
	}
	if len(rows) > 0 {
		s.title += ", latency " + since
	}
	if idle > 0 {
		s.title += fmt.Sprintf(", %d without a call", idle)
	}
	return s
}

// compare puts what matters most first.
func (v *view) compare(a, b *used) int {
	calls := cmp.Or(cmp.Compare(b.calls, a.calls), cmp.Compare(b.Ended(), a.Ended()))
	switch v.order {
	case byErrors:
		return cmp.Or(cmp.Compare(b.failures, a.failures), cmp.Compare(b.Failed(), a.Failed()), calls)
	case byP99:
		return cmp.Or(cmp.Compare(b.latency.Quantile(0.99), a.latency.Quantile(0.99)), calls)
	case byQueued:
		return cmp.Or(cmp.Compare(b.InFlight, a.InFlight), calls)
	}
	return calls
}

func (r *handlerRow) cells() []cell {
	end := "called"
	if r.Server {
		end = "served"
	}
	most := text("")
	if len(r.Failures) > 0 {
		most = cell{fmt.Sprintf("%s, %s", name(string(r.Failures[0].Code)).text, name(r.Failures[0].Outcome).text), soft}
	}
	failed := r.Failed()
	return []cell{r.node, {end, soft}, handlerName(r.Name, uint16(r.ID), r.Subroute, r.Stream), number(r.InFlight), text(fmt.Sprint(r.Ended())), text(rate(r.calls)),
		troubled(fmt.Sprint(failed), float64(failed)), troubled(rate(r.failures), r.failures),
		r.quantile(0.5), r.quantile(0.99), most}
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
