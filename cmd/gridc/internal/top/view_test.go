package top

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// hostile is a name that would drive a terminal, and is long.
var hostile = "\x1b]0;owned\a\x1b[2J\u202e\n" + strings.Repeat("x", 5000)

// latency is n calls of about d.
func latency(n uint64, d time.Duration) observe.Latency {
	number := observe.FirstBucket
	for observe.Bound(number) < d {
		number++
	}
	return observe.Latency{Sum: time.Duration(n) * d, First: number, Counts: []uint64{n}} // fits: few
}

// at is a sample of a node with two peers, some seconds after noon.
func at(seconds int, name string) *sample {
	n := uint64(seconds) // fits: few
	return &sample{Snapshot: observe.Snapshot{
		Version: 1, At: noon.Add(time.Duration(seconds) * time.Second),
		Node: observe.Node{Name: name, Incarnation: "one", Started: noon.Add(-time.Hour),
			Limits: []observe.Limit{{Name: "RunningCalls", Used: 10, Limit: 100, Peer: "b"}, {Name: "SendQueue", Used: 9 << 20, Limit: 10 << 20, Default: 4 << 20, Peer: "b"}}},
		Peers: []observe.Peer{
			{Name: "b", Phase: "connected", Since: noon, Sessions: 1, BytesSent: 2048 * n, Session: &observe.Session{Remote: "10.0.0.2:1", RoundTrip: 210 * time.Microsecond, CallsMade: 3, Queued: observe.QueuedBytes{Low: 1 << 20}}},
			{Name: "c", Phase: "refused", Since: noon, Address: "10.0.0.3:1", DownSince: noon.Add(-time.Minute), Attempts: 20, Reason: "wrong key", NextAttempt: noon.Add(time.Minute)},
		},
		Handlers: []observe.Handler{
			{Server: true, ID: 1, Name: "s.S.Busy", Ran: 100 * n, Latency: latency(100*n, time.Millisecond)},
			{Server: true, ID: 2, Name: "s.S.Slow", Subroute: "disk1", InFlight: 7, Ran: n, Latency: latency(n, 2*time.Second)},
			{ID: 3, Name: "s.S.Failing", Ran: n, Latency: latency(n, time.Millisecond), Failures: []observe.Failure{{Code: "unavailable", Outcome: "rejected", Count: 50 * n, Last: noon.Add(time.Duration(seconds) * time.Second), Text: "4 calls are running"}}},
			{Server: true, ID: 4, Name: "s.S.Idle"},
		},
		Streams:      []observe.Stream{{Peer: "b", ID: 5, Name: "s.S.Watch", Age: time.Minute, Waits: "send: the peer has not read, its window is full"}},
		Refusals:     []observe.Refusal{{Reason: "unauthenticated", Count: 3, First: noon.Add(-time.Minute), Last: noon, Name: "eve", Remote: "10.0.0.9:1", Text: "wrong key"}},
		Incompatible: []observe.Incompatible{{Peer: "b", ID: 6, Verdict: "handler s.S.Old (6) differs"}},
		Health:       observe.Health{Live: true, Ready: true, State: "serving", Peers: 2, Connected: 1},
	}}
}

func ofNode(name string, seconds ...int) reading {
	r := reading{target: &target{shown: "http://" + name + "/debug/grid/"}}
	for _, s := range seconds {
		r.past = append(r.past, at(s, name))
	}
	return r
}

// want checks that a text has some lines, or parts of them, however wide their columns are.
func want(t *testing.T, text string, lines ...string) {
	t.Helper()
	squeezed := regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	for _, line := range lines {
		if !strings.Contains(squeezed, line) {
			t.Errorf("not there: %q, in\n%s", line, text)
		}
	}
}

// Of one node all is shown, with rates since the sample before and latencies of the
// window.
func TestOneNode(t *testing.T) {
	v := &view{now: noon.Add(11 * time.Second), order: byCalls, nodes: []reading{ofNode("a", 1, 10)}}
	text := v.page(false)
	want(t, text,
		"a ready 1h00m 1/2 152 50 7 1 SendQueue 90%\n",
		"c 10.0.0.3:1 refused 1m10s - - - 0B 0B 0 0 wrong key; tried 20 times; dials again in 50s\n",
		"b 10.0.0.2:1 connected 10s 210µs 3 1.0MiB",
		"served s.S.Busy",
		"500 50",
		"unavailable, rejected: 4 calls are running, 0s ago\n",
		"latency of the last minute, 1 without a call",
		"opened s.S.Watch b",
		"send: the peer has not read, its window is full",
		"unauthenticated 3 1m10s 10s ago eve 10.0.0.9:1 wrong key",
		"b handler s.S.Old (6) differs",
		"SendQueue 9.0MiB 10MiB (default 4.0MiB) 90% b",
	)
	if strings.Contains(text, "s.S.Idle") || strings.Contains(text, "\x1b") {
		t.Errorf("what is not called, or colours:\n%s", text)
	}
}

// The order puts first what was asked for.
func TestOrders(t *testing.T) {
	for order, first := range map[string]string{byCalls: "s.S.Failing", byErrors: "s.S.Failing", byP99: "s.S.Slow", byQueued: "s.S.Slow"} {
		v := &view{now: noon, order: order, nodes: []reading{ofNode("a", 1, 10)}}
		if rows := v.handlerTable().rows; !strings.HasPrefix(rows[0][2].text, first) {
			t.Errorf("%s: %v is first", order, rows[0])
		}
	}
	v := &view{now: noon, order: byQueued, nodes: []reading{ofNode("a", 1), ofNode("d", 1)}}
	v.nodes[1].last().Peers[0].Session.Queued.High = 1 << 30
	if rows := v.peerTable().rows; len(rows) != 4 || rows[2][0].text != "d" {
		t.Errorf("peers by what is queued, those in trouble before: %v", rows)
	}
}

// Several nodes are told apart. Those that do not answer say why, and keep nothing of
// what they said before but their name.
func TestSeveralNodes(t *testing.T) {
	v := &view{now: noon.Add(time.Minute), order: byCalls, nodes: []reading{ofNode("a", 1), ofNode("b"), ofNode("c", 1)}}
	v.nodes[1].fault = errors.New("connection refused; nobody listens there")
	v.nodes[2].fault, v.nodes[2].since = errors.New("no answer within 5s"), noon.Add(30*time.Second)
	text := v.page(false)
	want(t, text,
		"NODE STATE ",
		"http://b/debug/grid/ no answer: connection refused; nobody listens there\n",
		"c no answer for 30s: no answer within 5s\n",
		"a b 10.0.0.2:1 connected", "c b 10.0.0.2:1 connected",
		"of all calls so far",
	)
}

// What others make up is escaped and cut, wherever it is shown, and no line is wider
// than the screen.
func TestHostileTexts(t *testing.T) {
	s := at(1, hostile)
	p := &s.Peers[1]
	p.Name, p.Phase, p.Reason, p.Address = hostile, hostile, hostile, hostile
	s.Peers[0].Name, s.Peers[0].LastFailure, s.Peers[0].LastFailureAt = hostile, hostile, noon
	h := &s.Handlers[2]
	h.Name, h.Subroute, h.Failures[0].Code, h.Failures[0].Outcome = hostile, hostile, observe.Failure{}.Code+"x", hostile
	s.Streams[0].Name, s.Streams[0].Peer, s.Streams[0].Waits = hostile, hostile, hostile
	s.Refusals[0] = observe.Refusal{Reason: hostile, Name: hostile, Remote: hostile, Text: hostile}
	s.Incompatible[0].Peer, s.Incompatible[0].Verdict = hostile, hostile
	s.Node.Limits[0].Name, s.Node.Limits[0].Peer = hostile, hostile
	s.Health.Ready, s.Health.Reason = false, hostile
	v := &view{now: noon, order: byCalls, nodes: []reading{{target: &target{}, past: []*sample{s}}, ofNode("b", 1)}}
	page := v.page(false)
	for _, line := range strings.Split(page, "\n") {
		if len(line) > 4000 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	frame := strings.Join(v.frame(100, 50, time.Second, false), "\n")
	for _, text := range []string{page, frame} {
		if strings.ContainsAny(text, "\x1b\a\u202e") {
			t.Errorf("it can drive a terminal: %q", text)
		}
		want(t, text, `\x1b]0;owned\a`)
	}
}

// A frame fits its screen, however small that is; first things stay.
func TestFramesFit(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {100, 24}, {80, 24}, {40, 10}, {20, 5}, {1, 1}} {
		for _, nodes := range [][]reading{{ofNode("a", 1, 2)}, {ofNode("a", 1, 2), ofNode("日本語のノード", 1, 2), ofNode("c")}} {
			if last := len(nodes) - 1; nodes[last].last() == nil {
				nodes[last].fault = errors.New(strings.Repeat("long ", 50))
			}
			v := &view{now: noon, order: byCalls, nodes: nodes}
			lines := v.frame(size[0], size[1], time.Second, false)
			if len(lines) > size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if width(line) > size[0] {
					t.Errorf("%v: %d wide: %q", size, width(line), line)
				}
			}
			if size[1] >= 10 {
				want(t, strings.Join(lines, "\n"), "NODES")
			}
		}
	}
}

// With many rows each table gets a share, and says how many are left out.
func TestSharesOfAScreen(t *testing.T) {
	r := ofNode("a", 1, 2)
	for i := range 200 {
		for _, s := range r.past {
			s.Handlers = append(s.Handlers, observe.Handler{ID: 100, Name: fmt.Sprint("s.S.H", i), Ran: 1})
			s.Peers = append(s.Peers, observe.Peer{Name: fmt.Sprint("p", i), Phase: "waiting"})
		}
	}
	v := &view{now: noon, order: byCalls, nodes: []reading{r}}
	lines := v.frame(120, 60, time.Second, false)
	text := strings.Join(lines, "\n")
	if len(lines) != 60 {
		t.Errorf("%d of 60 lines are used", len(lines))
	}
	want(t, text, "PEERS (", "more)", "HANDLERS", "LIMITS")
}

// On a screen of 80 by 24 all nodes are to be seen, and of each table what is in trouble,
// with why: the columns that say nothing make room, and reasons go on below.
func TestTroubleOnASmallScreen(t *testing.T) {
	a := ofNode("a", 1, 2)
	for _, s := range a.past {
		s.Peers[0].LostLately, s.Peers[0].Lived = 12, []time.Duration{4 * time.Second, 4 * time.Second, 4 * time.Second}
		s.Peers[1].Reason = "refused by the peer: this is another one than you think: is the address that is dialed right?"
		s.Streams = append(s.Streams, observe.Stream{ID: 9, Name: "s.S.Stuck", Peer: "b", ReceivesOnly: true, Unread: 99, Waits: "read: nobody reads here, and the peer may send no more"})
	}
	b, c := ofNode("b", 1, 2), ofNode("c", 1, 2)
	for _, s := range append(b.past, c.past...) {
		s.Peers = s.Peers[:1]
	}
	v := &view{now: noon, order: byCalls, nodes: []reading{a, b, c}}
	lines := v.frame(80, 24, time.Second, false)
	text := strings.Join(lines, "\n")
	want(t, text, "\na ready", "\nb ready", "\nc ready", "refused by the peer: this is another", "flapping", "lost 12 times in the last minute", "s.S.Failing", "unavailable, rejected", "s.S.Stuck b 99 read: nobody reads here")
	for _, line := range lines {
		if width(line) > 80 {
			t.Errorf("too wide: %q", line)
		}
	}
	v.only = 2
	want(t, strings.Join(v.frame(80, 24, time.Second, false), "\n"), "PEERS\n", "is the address that", "dialed right?")
	if text := strings.Join(v.frame(80, 24, time.Second, false), "\n"); strings.Contains(text, "HANDLERS") {
		t.Errorf("one table alone:\n%s", text)
	}
}

// How long a stream lives is no latency: streams come after slow calls.
func TestStreamsAreNotSlow(t *testing.T) {
	r := ofNode("a", 1, 2)
	for _, s := range r.past {
		s.Handlers = append(s.Handlers, observe.Handler{ID: 9, Name: "s.S.Watch", Stream: true, Ran: 1, Latency: latency(1, time.Minute)})
	}
	v := &view{now: noon, order: byP99, nodes: []reading{r}}
	rows := v.handlerTable().rows
	if !strings.HasPrefix(rows[0][2].text, "s.S.Slow") || !strings.HasPrefix(rows[len(rows)-1][2].text, "s.S.Watch") {
		t.Errorf("%v", rows)
	}
}

// Colours come where they are wanted, around whole cells.
func TestColours(t *testing.T) {
	v := &view{now: noon, order: byCalls, nodes: []reading{ofNode("a", 1, 2)}}
	want(t, v.page(true), "\x1b[31mrefused \x1b[0m", "\x1b[32mconnected \x1b[0m")
}
