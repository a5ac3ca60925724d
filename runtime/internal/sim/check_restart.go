package sim

import (
	"fmt"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// CheckRestarts checks a world of NewRestartPlan beyond what Check does: P10. No
// shutdown is cut short, nothing is in doubt, and nothing fails but what a node that
// is shut down itself was about to ask for: that was not sent, or refused by a peer
// that was shutting down, too.
func CheckRestarts(h *History) []string {
	c := &checker{History: h}
	for _, s := range h.Shutdowns {
		c.must(s.Err == nil, "P10: the shutdown of %s was cut short: %v", s.Node, s.Err)
	}
	for _, call := range h.Calls {
		c.restarted(fmt.Sprintf("call %d from %s to %s", call.ID, call.From, call.To), call.From, call.Failure, call.Submitted, call.Ended)
	}
	for _, st := range h.Streams {
		c.restarted(fmt.Sprintf("stream %d from %s to %s", st.ID, st.From, st.To), st.From, st.Failure, st.Submitted, st.Ended)
	}
	return c.found
}

func (c *checker) restarted(what, from string, f *Failure, began, ended time.Duration) {
	if f == nil || f.Outcome == grid.Ran {
		return
	}
	own := false
	for _, s := range c.Shutdowns {
		own = own || s.Node == from && began <= s.Ended+late && ended >= s.Began
	}
	for _, x := range c.Faults { // its process is down
		own = own || x.A == from && began <= x.Healed && ended >= x.At
	}
	c.must(own && (f.Outcome == grid.NotSent || f.Outcome == grid.Rejected), "P10: %s, %v to %v: %s", what, began, ended, f.Text)
}
