package sim

import (
	"fmt"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// stream checks one stream: P1 to P4, P8, P9.
func (c *checker) stream(st *Stream) {
	what := fmt.Sprintf("stream %d", st.ID)
	c.must(st.Endings == 1, "P1: %s has %d ends at its client", what, st.Endings)
	if st.Endings == 0 {
		return
	}
	for _, limit := range []time.Duration{st.Timeout, st.CancelAfter} {
		if limit > 0 {
			over := st.Ended - st.Submitted - limit
			c.must(over <= late, "P1: %s ended %v after its deadline", what, over)
		}
	}
	c.must(len(st.Runs) <= 1, "P2: the handler of %s ran %d times", what, len(st.Runs))
	var runs []*Run
	for _, run := range st.Runs {
		c.run(st.ID, st.From, st.Ended, &run.Run)
		runs = append(runs, &run.Run)
		c.order(what+" at the server", run.Server.Received, st.Up)
		c.order(what+" at the client", st.Client.Received, st.Down)
		if run.EOF {
			c.must(st.Client.Closed, "P4: %s: the handler saw the end of an input that was not ended", what)
			c.must(len(run.Server.Received) == st.Client.Sent, "P4: %s: the handler saw the end after %d of %d messages", what, len(run.Server.Received), st.Client.Sent)
		}
	}
	if len(runs) == 0 {
		c.must(len(st.Client.Received) == 0, "P4: %s brought messages although its handler never ran", what)
	}
	c.streamEnd(what, st, runs)
	if st.Failure != nil && !st.Left && st.ClientPause == 0 && !st.Wait {
		c.noticed(what, st.From, st.To, st.Submitted, st.Ended)
	}
}

// streamEnd checks what the client was told at the end.
func (c *checker) streamEnd(what string, st *Stream, runs []*Run) {
	switch {
	case st.Left || st.Failure != nil && st.Failure.Code == "" && !st.EOF && st.Shape == Channels:
		// The client did not wait for an end.
	case st.EOF:
		c.outcome(what, nil, runs)
		for _, run := range st.Runs {
			c.must(len(st.Client.Received) == run.Server.Sent, "P4: %s: the client saw the end after %d of %d messages", what, len(st.Client.Received), run.Server.Sent)
		}
	case st.Failure == nil:
		c.fault("P1: %s ended without an end", what)
	default:
		c.outcome(what, st.Failure, runs)
		if o := st.Failure.Outcome; o == grid.NotSent || o == grid.Rejected {
			c.must(len(st.Client.Received) == 0, "P3: %s brought messages but was not run: %s", what, st.Failure.Text)
		}
	}
}

// order checks P4: messages are the first ones that were sent, in order, without
// gap and without duplicate.
func (c *checker) order(what string, received []int, planned int) {
	c.must(len(received) <= planned, "P4: %s: %d messages of %d", what, len(received), planned)
	for i, n := range received {
		switch n {
		case i, Unknown:
		case Wrong:
			c.fault("P4: %s: message %d was never sent", what, i)
			return
		default:
			c.fault("P4: %s: message %d arrived where %d was due", what, n, i)
			return
		}
	}
}

// shutdown checks P10.
func (c *checker) shutdown(s *Shutdown) {
	what := "P10: the shutdown of " + s.Node
	c.must(s.Ended != 0, "%s has not returned", what)
	c.must(s.Ended <= s.Began+s.Limit+late, "%s took %v, allowed were %v", what, s.Ended-s.Began, s.Limit)
	for _, call := range c.Calls {
		if call.To == s.Node {
			c.drained(s, fmt.Sprintf("call %d", call.ID), call)
		}
	}
}

// drained checks what became of a call to a node that shut down: nothing small
// begins any more, and what had begun is finished, if the time allowed it.
func (c *checker) drained(s *Shutdown, what string, call *Call) {
	const small = 64 << 10 // larger ones are under way for some time before they run
	for _, run := range call.Runs {
		inside := run.Started > s.Began+time.Millisecond && run.Started < s.Ended
		c.must(!inside || call.Size > small, "P10: %s began to run %v after the shutdown had begun", what, run.Started-s.Began)
		begun := run.Started < s.Began && run.Ended > s.Began
		if !begun || s.Err != nil || call.Failure == nil || c.troubled(call.From, call.To, s.Ended) {
			continue
		}
		c.must(call.Failure.Code != grid.Disconnected, "P10: %s was running when the shutdown began, which took its time, but got: %s", what, call.Failure.Text)
	}
}

// troubled reports whether another fault than a shutdown has touched a and b.
func (c *checker) troubled(a, b string, until time.Duration) bool {
	for _, f := range c.Faults {
		if f.touches(a, b) && f.At <= until && (f.Kind != Stop || f.A == a) {
			return true
		}
	}
	return false
}

// end checks P7, and that nothing stays behind.
func (c *checker) end(e *End) {
	what := fmt.Sprintf("%s to %s, when all was calm", e.From, e.To)
	c.must(e.Phase == grid.Connected, "P7: %s: %v", what, e.Phase)
	c.must(e.Sockets == 1, "P7: %s: %d sockets", what, e.Sockets)
	c.must(e.Stable, "P7: %s: the session did not last", what)
	c.must(e.Echo, "P7: %s: a call failed", what)
	st := e.Stats
	c.must(st.CallsInFlight == 0, "%s: %d calls stayed behind", what, st.CallsInFlight)
	c.must(st.CallsServing == 0, "P9: %s: %d slots of handlers stayed taken", what, st.CallsServing)
	c.must(st.StreamsOpen == 0, "%s: %d streams stayed behind", what, st.StreamsOpen)
	c.must(st.UnreadBytes == 0, "%s: %d unread bytes stayed behind", what, st.UnreadBytes)
	c.must(st.QueuedBytes == 0, "%s: %d queued bytes stayed behind", what, st.QueuedBytes)
}
