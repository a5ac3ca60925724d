package promgrid

import (
	"fmt"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/observe"
)

// Guests choose their names: they are a number, and no series is theirs.
func TestGuestsAreANumber(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, _ map[string]*Observer) {
		tool := m.Add("tool")
		if err := tool.Connection("a").WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		work(t, tool.Connection("a"))
		a := gather(t, NewCollector(m.Node("a").Manager(), Options{}))
		wantValue(t, a, "grid_guests", "", 1)
		wantValue(t, a, "grid_peers", "", 1)
		wantValue(t, a, "grid_server_call_duration_seconds", "handler=7 kind=call", 3)
		for name, f := range a {
			for _, m := range f.Metric {
				if strings.Contains(labelText(m), "tool") {
					t.Errorf("%s has a series of the guest", name)
				}
			}
		}
	})
}

// crowd is a Snapshot with so many handlers, at both ends, of which each was called twice
// and failed once, and with so many peers.
func crowd(handlers, peers int) grid.Snapshot {
	s := grid.Snapshot{At: time.Now(), Node: observe.Node{Name: "n\xff", Started: time.Now()}}
	for i := range handlers {
		for _, server := range []bool{false, true} {
			s.Handlers = append(s.Handlers, observe.Handler{
				Server: server, ID: grid.HandlerID(i + 1), Name: fmt.Sprintf("s.S.M%d", i), Subroute: "disk", Ran: 2, // fits: few
				Latency:  observe.Latency{Sum: time.Second, First: 0, Counts: []uint64{1, 1}},
				Failures: []observe.Failure{{Code: "internal", Outcome: "may have run", Count: 1}},
			})
		}
	}
	for i := range peers {
		s.Peers = append(s.Peers, observe.Peer{Name: fmt.Sprintf("peer%04d", i), Sessions: 1, Session: &observe.Session{}})
	}
	return s
}

// However much there is, the series are bounded, and the sums are right.
func TestSeriesAreBounded(t *testing.T) {
	s := crowd(3000, 2000)
	c := newCollector(func() grid.Snapshot { return s }, Options{MaxHandlers: 10, MaxPeers: 20})
	all := gather(t, c)
	series, calls, failures := 0, 0.0, 0.0
	for _, f := range all {
		series += len(f.Metric)
	}
	for _, m := range all["grid_server_call_duration_seconds"].Metric {
		calls += value(m)
	}
	for _, m := range all["grid_server_failures_total"].Metric {
		failures += value(m)
	}
	if series > 300 {
		t.Errorf("%d series for 3,000 handlers and 2,000 peers", series)
	}
	if calls != 6000 || failures != 3000 {
		t.Errorf("%v calls and %v failures are shown, of 6000 and 3000", calls, failures)
	}
	wantValue(t, all, "grid_server_call_duration_seconds", "handler=other kind=call", 2*2990)
	wantValue(t, all, "grid_peers", "", 2000)
	wantValue(t, all, "grid_peers_left_out", "", 1980)
}

// A handler that is registered later takes no series from one that has it: the counters
// of both would jump.
func TestNamedHandlersStayNamed(t *testing.T) {
	s := crowd(3, 0)
	c := newCollector(func() grid.Snapshot { return s }, Options{MaxHandlers: 3})
	gather(t, c)
	early := s.Handlers[0]
	early.ID, early.Name = 100, "a.A.Early"
	s.Handlers = append([]observe.Handler{early}, s.Handlers...)
	all := gather(t, c)
	for _, labels := range []string{"handler=s.S.M0 kind=call", "handler=s.S.M1 kind=call", "handler=s.S.M2 kind=call", "handler=other kind=call"} {
		wantValue(t, all, "grid_client_call_duration_seconds", labels, 2)
	}
}

// What a peer says may be any bytes. Two names that look the same, or a code that is no
// text, must not fail the scrape of all the rest.
func TestTextsOfPeersDoNotFailTheScrape(t *testing.T) {
	s := crowd(1, 0)
	s.Peers = []observe.Peer{{Name: "p\xff"}, {Name: "p\xfe"}, {Name: "self", Self: true}, {Name: "q\x00\n\"{}"}}
	s.Handlers[0].Failures = []observe.Failure{{Code: "c\xff", Outcome: "ran", Count: 1}, {Code: "c\xfe", Outcome: "ran", Count: 2}}
	s.Refusals = []observe.Refusal{{Reason: "not an upgrade", Count: 4}}
	s.Handlers = append(s.Handlers, observe.Handler{Server: true})
	all := gather(t, newCollector(func() grid.Snapshot { return s }, Options{}))
	wantValue(t, all, "grid_client_failures_total", "code=c\uFFFD handler=s.S.M0 kind=call outcome=ran", 3)
	wantValue(t, all, "grid_peer_up", "peer=p\uFFFD", 0)
	wantValue(t, all, "grid_peers_left_out", "", 1)
	wantValue(t, all, "grid_peers", "", 3)
	wantValue(t, all, "grid_refused_total", "reason=not_an_upgrade", 4)
	wantValue(t, all, "grid_server_call_duration_seconds", "handler=unknown kind=call", 0)
	if build := find(t, all, "grid_node_info", "build= name=n\uFFFD"); value(build) != 1 {
		t.Error("no information about the node")
	}
}
