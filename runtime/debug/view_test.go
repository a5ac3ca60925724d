package debug

import (
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
)

// inTrouble is a node of which nothing is well, with what is well before it.
func inTrouble(now time.Time) *sample {
	slow := observe.Latency{First: 4, Counts: []uint64{10}} // 2 s
	quick := observe.Latency{First: -40, Counts: []uint64{10}}
	s := observe.Snapshot{At: now, Node: observe.Node{Started: now.Add(-time.Hour), Limits: []observe.Limit{{Name: "RunningCalls", Used: 4, Limit: 4, Default: 1024, Peer: "steady"}}},
		Peers: []observe.Peer{
			{Name: "steady", Phase: "connected", Sessions: 1, Since: now.Add(-time.Hour), LastFailure: "of the start", LastFailureAt: now.Add(-time.Hour), Session: &observe.Session{Dialer: true, Local: "10.0.0.1:5", Remote: "10.0.0.2:6", CallsMade: 9,
				Awaited: []observe.Awaited{{ID: 4, Name: "s.S.Slow", Calls: 5}, {ID: 7, Calls: 2}, {ID: 8, Name: "s.S.\"<b>", Calls: 1}}}},
			{Name: "shaky", Phase: "connected", Sessions: 20, Since: now, LostLately: 12, Lived: []time.Duration{4 * time.Second, 4 * time.Second, 4 * time.Second}, LastFailure: "connection lost", LastFailureAt: now.Add(-time.Second), Session: &observe.Session{}},
			{Name: "wrong", Phase: "refused", Since: now, DownSince: now.Add(-10 * time.Minute), Attempts: 40, Reason: "another name", NextAttempt: now.Add(time.Second)},
		},
		Handlers: []observe.Handler{
			{Server: true, ID: 1, Name: "s.S.Idle"},
			{Server: true, ID: 2, Name: "s.S.Quick", Ran: 10, Latency: quick, Failures: []observe.Failure{{Code: "disconnected", Outcome: "not sent", Count: 900, Last: now.Add(-time.Hour)}}},
			{Server: true, ID: 3, Name: "s.S.Watch", Stream: true, Ran: 10, Latency: observe.Latency{First: 20, Counts: []uint64{10}}},
			{Server: true, ID: 4, Name: "s.S.Slow", Ran: 10, Latency: slow},
			{Server: true, ID: 5, Name: "s.S.Failing", Ran: 10, Latency: quick, Failures: []observe.Failure{{Code: "disconnected", Outcome: "not sent", Count: 900, Last: now.Add(-time.Hour)}, {Code: "resource_exhausted", Outcome: "rejected", Count: 5, Last: now.Add(-time.Second), Text: "4 calls are running"}}},
		},
		Streams: []observe.Stream{
			{ID: 3, Name: "s.S.Watch", Peer: "steady", Credit: 5, Waits: "receive: the peer has sent nothing"},
			{ID: 3, Name: "s.S.Stuck", Peer: "steady", ReceivesOnly: true, Unread: 99, Waits: "read: nobody reads here, and the peer may send no more"},
		},
		Refusals: []observe.Refusal{{Reason: "unauthenticated", Count: 3, First: now.Add(-5 * time.Minute), Last: now.Add(-2 * time.Second), Name: "eve"}},
	}
	before := append([]observe.Handler(nil), s.Handlers...)
	before[4].Failures = before[4].Failures[:1]
	return &sample{snapshot: s, taken: now, past: []point{{at: now.Add(-10 * time.Second), handlers: before}, {at: now}}}
}

// What somebody should look at comes first in each table, with what there is to know.
func TestTroubleComesFirst(t *testing.T) {
	v := inTrouble(time.Now()).view()
	var peers, handlers []string
	for _, p := range v.Peers {
		peers = append(peers, p.Name)
	}
	for _, h := range v.Handlers {
		handlers = append(handlers, h.Name)
	}
	if got := strings.Join(peers, " "); got != "wrong shaky steady" {
		t.Errorf("peers: %s", got)
	}
	if got := strings.Join(handlers, " "); got != "s.S.Failing s.S.Slow s.S.Quick s.S.Watch" {
		t.Errorf("handlers: %s", got)
	}
	if len(v.Idle) != 1 || v.Streams[0].Name != "s.S.Stuck" {
		t.Errorf("idle %v, streams %v", v.Idle, v.Streams)
	}
	if h := v.Handlers[0]; h.Failing != "0.5" || h.MostOld {
		t.Errorf("failures a second: %+v", h)
	}
	if h := v.Handlers[2]; !h.MostOld || h.Fails {
		t.Errorf("what failed an hour ago is taken for new: %+v", h)
	}
}

// The page says how long, how often and where, and leaves out what is over.
func TestTroubleInWords(t *testing.T) {
	page := string(inTrouble(time.Now()).fragment())
	for _, want := range []string{"10 min 00 s", "tried 40 times, dials again in 1.0 s", "flapping", "lost 12 times in the last minute, each time after 4.0 s",
		"10.0.0.1:5 → 10.0.0.2:6", "resource_exhausted, rejected: 4 calls are running, last 1.0 s ago", "4 (default 1\u202f024)", ">–</td><td class=\"n\">99</td>",
		`title="waits for 5 × s.S.Slow, 2 × handler 7, 1 × s.S.&#34;&lt;b&gt; and 1 more">9<`, "1 reason<", "5 min 00 s", "1 without a call"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if strings.Contains(page, "of the start") {
		t.Error("what was before the first session is told for ever")
	}
}
