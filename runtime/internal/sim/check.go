package sim

import (
	"fmt"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// late is how much later than its deadline an outcome may come: promise P1.
const late = 100 * time.Millisecond

// checker collects what breaks a promise.
type checker struct {
	*History
	found []string
}

// Check compares a history with the promises of package grid, and returns each
// violation in words. It is a function of the history alone.
func Check(h *History) []string {
	c := &checker{History: h}
	for _, what := range h.Odd {
		c.fault("%s", what)
	}
	for _, call := range h.Calls {
		c.call(call)
	}
	for _, st := range h.Streams {
		c.stream(st)
	}
	for _, s := range h.Shutdowns {
		c.shutdown(s)
	}
	for _, e := range h.Ends {
		c.end(&e)
	}
	return c.found
}

func (c *checker) fault(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// must notes a violation where ok is false.
func (c *checker) must(ok bool, format string, args ...any) {
	if !ok {
		c.fault(format, args...)
	}
}

// notice is by when a dead peer must have been noticed: promise P8. The clock
// that looks is a quarter of an interval late at most, once for the silence and
// once for the answer.
func (c *checker) notice() time.Duration {
	l := c.Limits
	return 2*l.PingInterval + l.WriteStall + time.Second
}

// call checks one call: P1, P2, P3, P5, P8, P9.
func (c *checker) call(call *Call) {
	c.must(call.Outcomes == 1, "P1: call %d has %d outcomes", call.ID, call.Outcomes)
	if call.Outcomes == 0 {
		return
	}
	deadline := call.Submitted + call.deadline() - call.At
	if call.CancelAfter > 0 {
		deadline = min(deadline, call.Submitted+call.CancelAfter)
	}
	c.must(call.Ended <= deadline+late, "P1: call %d ended %v after its deadline", call.ID, call.Ended-deadline)
	if f := call.Failure; f != nil && f.Code == grid.DeadlineExceeded && !f.Remote {
		early := call.Submitted + call.deadline() - call.At - call.Ended
		c.must(early <= time.Millisecond, "P1: call %d ended %v before its deadline: %s", call.ID, early, f.Text)
	}
	if !call.retries() {
		c.must(len(call.Runs) <= 1, "P2: the handler of call %d ran %d times", call.ID, len(call.Runs))
	}
	for _, run := range call.Runs {
		c.run(call.ID, call.From, call.Ended, run)
		c.must(run.Node == call.To, "P2: call %d to %s ran at %s", call.ID, call.To, run.Node)
	}
	c.outcome(fmt.Sprintf("call %d", call.ID), call.Failure, call.Runs)
	if call.Failure == nil {
		c.must(call.Matched, "P2: call %d brought an answer that is not its own", call.ID)
	}
	c.prompt(call)
	if !call.Wait && !call.retries() { // those wait for the next session
		c.noticed(fmt.Sprintf("call %d", call.ID), call.From, call.To, call.Submitted, call.Ended)
	}
}

// run checks one run of a handler: that it got what belongs to it, and P9.
func (c *checker) run(id uint64, from string, callerEnded time.Duration, run *Run) {
	c.must(run.Request, "P2: the handler of %d has got a request that is not its own", id)
	c.must(run.Over, "P9: the handler of %d at %s has never returned", id, run.Node)
	if run.Canceled == 0 && run.Ended <= callerEnded+c.notice() {
		return
	}
	// Who runs on when nobody waits any more must have been told.
	told := run.Canceled
	if told == 0 {
		told = run.Ended
	}
	limit := c.notice()
	if c.healthy(from, run.Node, told) {
		limit = c.lag()
	}
	since := max(c.lastWord(callerEnded, from, run.Node), run.Started)
	c.must(told <= since+limit, "P9: the handler of %d was told %v after its caller had gone", id, told-callerEnded)
}

// outcome checks P3: what an error says about the handler against what is known
// of it.
func (c *checker) outcome(what string, f *Failure, runs []*Run) {
	if f == nil {
		n := 0
		for _, run := range runs {
			if run.Code == "" && run.Over {
				n++
			}
		}
		c.must(n >= 1, "P3: %s was answered although no handler has returned well", what)
		return
	}
	switch f.Outcome {
	case grid.NotSent, grid.Rejected:
		c.must(len(runs) == 0, "P3: %s ran %d times but its error says: %s", what, len(runs), f.Text)
	case grid.Ran:
		c.must(len(runs) >= 1, "P3: %s never ran but its error says: %s", what, f.Text)
		said := false
		for _, run := range runs {
			said = said || run.Code == f.Code || f.Code == grid.TooLarge && run.Code == ""
		}
		c.must(said || len(runs) == 0, "P3: no run of %s returned this: %s", what, f.Text)
	case grid.MayHaveRun:
		c.must(!f.Remote || f.Code != "", "P3: %s failed without a code: %s", what, f.Text)
	default:
		c.fault("P3: %s failed and its error does not say what became of it: %s", what, f.Text)
	}
}

// lag is by when a small frame must have arrived on a healthy link, whatever else
// is on its way: the bytes in front of it are bounded by the send queue, and go
// in turns of what the network holds.
func (c *checker) lag() time.Duration {
	return 50*c.Link + 2*c.Queue + 100*time.Millisecond
}

// prompt checks P5: nothing that happens elsewhere delays a small call between
// two nodes that are well. A handler that is slow is slow for its own callers.
func (c *checker) prompt(call *Call) {
	const small = 4 << 10
	if call.Does != Answers || call.Size > small || call.Reply > small || !c.healthy(call.From, call.To, call.Ended) {
		return
	}
	bound := c.lag()
	if call.Handler == idLow {
		bound *= 10 // it has the least weight, but some
	}
	took := call.Ended - call.Submitted
	c.must(took <= bound, "P5: call %d from %s to %s, both well, took %v", call.ID, call.From, call.To, took)
	c.must(call.Failure == nil || call.Failure.Code != grid.Disconnected, "P5: call %d between nodes that are well: %v", call.ID, call.Failure)
}

// noticed checks P8: who waits for a silent peer knows of it in time.
func (c *checker) noticed(what, from, to string, began, ended time.Duration) {
	for _, f := range c.Faults {
		if !f.silent(from, to) || began > f.At || f.Lasts <= c.notice() {
			continue
		}
		since := c.lastWord(f.At, from, to)
		c.must(ended <= since+c.notice(), "P8: %s waited %v for a silent peer", what, ended-since)
	}
}

// lastWord is when the last bytes can have come between two nodes that a fault
// silenced at some time: a node that was suspended then gives what it held back when
// it goes on, which is a sign of life that is late.
func (c *checker) lastWord(at time.Duration, from, to string) time.Duration {
	for _, f := range c.Faults {
		if f.Kind == Stall && f.touches(from, to) && f.At <= at+c.lag() && at < f.At+f.Lasts { // what was on its way at the time may be held back, too
			return c.lastWord(f.At+f.Lasts, from, to)
		}
	}
	return at
}
