package top

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// The orders of handlers and peers.
const (
	byCalls  = "calls"
	byErrors = "errors"
	byP99    = "p99"
	byQueued = "queued"
)

// Orders are the values of Options.Sort.
var Orders = []string{byCalls, byErrors, byP99, byQueued}

// view is what is shown of all nodes at one moment.
type view struct {
	now   time.Time
	order string
	only  int // the number of the table to be shown alone, from 1 on; 0: all
	nodes []reading
}

// sections are the tables, those first that an operator looks at first.
func (v *view) sections() []section {
	all := []section{v.nodeTable(), v.peerTable(), v.handlerTable(), v.streamTable(), v.refusalTable(), v.misfitTable(), v.limitTable()}
	for i := range all {
		if len(v.nodes) == 1 && i > 0 { // who has one node needs no column for it
			all[i].columns = all[i].columns[1:]
			for r := range all[i].rows {
				all[i].rows[r] = all[i].rows[r][1:]
			}
		}
	}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.rows)+s.left == 0 })
}

func name(s string) cell   { return text(status.Logged(s)) }
func reason(s string) cell { return text(status.LoggedReason(s)) }

func number(n int) cell { return text(strconv.Itoa(n)) }

// troubled is a number that is bad unless it is 0.
func troubled(s string, n float64) cell {
	if n > 0 {
		return cell{s, bad}
	}
	return text(s)
}

func (v *view) nodeTable() section {
	s := section{title: "NODES", columns: []string{"NODE", "STATE", ">UP", ">PEERS", ">CALLS/S", ">FAIL/S", ">IN FLIGHT", ">STREAMS", "NEAREST LIMIT"},
		spare: []string{">STREAMS", ">IN FLIGHT", ">UP"}}
	for i := range v.nodes {
		s.rows = append(s.rows, v.nodeRow(&v.nodes[i]))
	}
	s.trouble, s.eager = len(s.rows), len(s.rows) // what is wrong with a node is what all begins with
	return s
}

func (v *view) nodeRow(r *reading) []cell {
	if r.last() == nil {
		why := "not asked yet"
		if r.fault != nil {
			why = r.fault.Error()
		}
		return []cell{text(r.target.shown), {"no answer: " + why, bad}}
	}
	w := r.window()
	now := w.now
	state := cell{now.Health.State, warn}
	switch {
	case r.fault != nil:
		state = cell{"no answer for " + age(v.now.Sub(r.since)) + ": " + r.fault.Error(), bad}
	case now.Health.Ready:
		state = cell{"ready", good}
	case now.Health.Reason != "":
		state.text = "not ready: " + status.LoggedReason(now.Health.Reason)
	}
	if r.fault != nil {
		return []cell{name(now.Node.Name), state}
	}
	calls, failures, inFlight := w.totals()
	peers := cell{fmt.Sprintf("%d/%d", now.Health.Connected, now.Health.Peers), good}
	if now.Health.Connected < now.Health.Peers {
		peers.style = bad
	}
	return []cell{name(now.Node.Name), state, text(age(now.At.Sub(now.Node.Started))), peers, text(rate(calls)), troubled(rate(failures), failures),
		number(inFlight), number(len(now.Streams) + now.StreamsLeftOut), nearest(now.Node.Limits)}
}

// nearest is the limit of which most is used.
func nearest(limits []observe.Limit) cell {
	if len(limits) == 0 {
		return text(none)
	}
	l := slices.MaxFunc(limits, func(a, b observe.Limit) int { return cmp.Compare(percent(a), percent(b)) })
	if percent(l) == 0 {
		return text(none)
	}
	return limitCell(l, fmt.Sprintf("%s %d%%", l.Name, percent(l)))
}

func percent(l observe.Limit) int64 {
	if l.Limit <= 0 {
		return 0
	}
	return max(0, 100*l.Used/l.Limit)
}

func limitCell(l observe.Limit, s string) cell {
	switch p := percent(l); {
	case p >= 80:
		return cell{s, bad}
	case p >= 50:
		return cell{s, warn}
	}
	return text(s)
}

// each calls f for each node that has answered.
func (v *view) each(f func(r *reading, node cell)) {
	for i := range v.nodes {
		if r := &v.nodes[i]; r.last() != nil {
			f(r, name(r.last().Node.Name))
		}
	}
}
