package duel_test

import (
	"bytes"
	"errors"
	"runtime"

	grid "github.com/gridrpc/gridc/runtime"
)

// bounded proves that what the nodes hold at the moment is within their limits.
func (d *duel) bounded() {
	d.t.Helper()
	l := duelLimits
	for side, name := range names {
		st := d.mesh.Connection(name, names[1-side]).Stats()
		for what, v := range map[string]struct{ is, most int }{
			"bytes queued":   {st.QueuedBytes, l.SendQueue + l.Message},
			"bytes unread":   {st.UnreadBytes, l.Unread + (l.OpenStreams+maxDuelTasks)*l.StreamWindowMax + l.Message},
			"calls serving":  {st.CallsServing, l.RunningCalls},
			"calls made":     {st.CallsInFlight, maxDuelTasks},
			"streams":        {st.StreamsOpen, l.OpenStreams + maxDuelTasks},
			"all goroutines": {runtime.NumGoroutine(), 1000},
		} {
			if v.is > v.most {
				d.t.Errorf("%s: %d %s, at most %d are allowed", name, v.is, what, v.most)
			}
		}
	}
}

// quiet proves that nothing is left of what is over, as long as nobody has lied: a
// stream that was opened by hand goes on until its socket ends.
func (d *duel) quiet() {
	d.t.Helper()
	for side, name := range names {
		st := d.mesh.Connection(name, names[1-side]).Stats()
		if st.CallsInFlight != 0 || !d.tampered && (st.CallsServing != 0 || st.StreamsOpen != 0 || st.UnreadBytes != 0 || st.QueuedBytes != 0) {
			d.t.Errorf("at the end %s holds %+v", name, st)
		}
	}
}

// check proves what became of each task.
func (d *duel) check() {
	for _, t := range d.all {
		if t.outcomes != 1 {
			d.t.Errorf("task %d of handler %d has %d outcomes", t.number, t.handler, t.outcomes)
		}
		if t.err != nil && grid.OutcomeOf(t.err) == 0 {
			d.t.Errorf("task %d of handler %d: no outcome: %v", t.number, t.handler, t.err)
		}
		if d.tampered {
			continue // anything may have been said
		}
		d.checkRuns(t)
		if t.permits != nil {
			d.checkStream(t)
		} else {
			d.checkCall(t)
		}
	}
}

// checkRuns: a handler runs once or never, and the error says so.
func (d *duel) checkRuns(t *duelTask) {
	runs, outcome := d.runs[t.number], grid.OutcomeOf(t.err)
	if runs > 1 || t.err == nil && runs == 0 || outcome == grid.Ran && runs == 0 || (outcome == grid.NotSent || outcome == grid.Rejected) && runs > 0 {
		d.t.Errorf("task %d came to %d handlers: %v", t.number, runs, t.err)
	}
}

func (d *duel) checkCall(t *duelTask) {
	switch {
	case t.handler == 99 && t.err == nil, t.handler == 5 && t.err == nil:
		d.t.Errorf("handler %d answered", t.handler)
	case t.handler == 5 && grid.OutcomeOf(t.err) == grid.Ran && !errors.Is(t.err, grid.ErrInternal):
		d.t.Errorf("a panic is told as %v", t.err)
	case t.err != nil:
	case t.handler == 3 && len(t.reply) != 200<<10, t.handler != 3 && !bytes.Equal(t.reply, t.payload):
		d.t.Errorf("task %d of handler %d is answered by %d bytes", t.number, t.handler, len(t.reply))
	}
}

func (d *duel) checkStream(t *duelTask) {
	if t.handler != duelStreams[0] {
		return
	}
	for n, m := range t.got {
		if !bytes.Equal(m, t.message(n, len(m)-8)) {
			d.t.Errorf("task %d: message %d is another", t.number, n)
		}
	}
	if len(t.got) > t.sent || t.err == nil && (!t.closed || len(t.got) != t.sent) {
		d.t.Errorf("task %d: %d of %d messages came back, closed: %v, %v", t.number, len(t.got), t.sent, t.closed, t.err)
	}
}
