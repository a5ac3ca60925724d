package promgrid

import (
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Both ends of calls are shown with what became of them, as the nodes count them.
func TestCollectorShowsBothEnds(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b", "c"}, func(t *testing.T, m *gridtest.Mesh, _ map[string]*Observer) {
		work(t, m.Connection("a", "b"))
		time.Sleep(time.Second) // fake: the last acknowledgements are on the wire
		a, b := gather(t, NewCollector(m.Node("a").Manager(), Options{})), gather(t, NewCollector(m.Node("b").Manager(), Options{}))

		wantValue(t, a, "grid_client_call_duration_seconds", "handler=7 kind=call", 3)
		wantValue(t, a, "grid_client_call_duration_seconds", "handler=9 kind=stream", 1)
		wantValue(t, a, "grid_client_failures_total", "code=not_found handler=8 kind=call outcome=ran", 2)
		wantValue(t, b, "grid_server_call_duration_seconds", "handler=7 kind=call", 3)
		wantValue(t, b, "grid_server_call_duration_seconds", "handler=8 kind=call", 2)
		wantValue(t, b, "grid_server_failures_total", "code=not_found handler=8 kind=call outcome=ran", 2)
		wantValue(t, b, "grid_server_in_flight", "handler=7 kind=call", 0)
		if sum := find(t, b, "grid_server_call_duration_seconds", "handler=7 kind=call").Histogram.GetSampleSum(); sum != 0.009 {
			t.Errorf("three handlers of 3 ms took %v s", sum)
		}
		for _, f := range []struct {
			name, labels string
			want         float64
		}{
			{"grid_node_ready", "", 1}, {"grid_node_live", "", 1}, {"grid_peers", "", 2}, {"grid_peers_connected", "", 2}, {"grid_guests", "", 0},
			{"grid_peer_up", "peer=b", 1}, {"grid_peer_sessions_total", "peer=b", 1}, {"grid_peer_calls_in_flight", "end=client peer=b", 0},
			{"grid_limit_max", "limit=RunningCalls", 1024}, {"grid_streams_open", "", 0}, {"grid_peers_left_out", "", 0},
		} {
			wantValue(t, a, f.name, f.labels, f.want)
		}
		if sent := value(find(t, a, "grid_peer_sent_bytes_total", "peer=b")); sent != value(find(t, b, "grid_peer_received_bytes_total", "peer=a")) {
			t.Errorf("a sent %v bytes, and b has received another number", sent)
		}
	})
}

// A call that is under way, a peer that is gone, a node that is shut down: what an
// operator is paged for.
func TestCollectorFollows(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, _ map[string]*Observer) {
		c := NewCollector(m.Node("a").Manager(), Options{})
		stream, err := m.Connection("a", "b").NewStream(t.Context(), idCount, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		now := gather(t, c)
		wantValue(t, now, "grid_client_in_flight", "handler=9 kind=stream", 1)
		wantValue(t, now, "grid_streams_open", "", 1)
		wantValue(t, now, "grid_streams_waiting", "for=receive", 1)

		m.Crash("b")
		if r := <-stream.Responses; r.Err == nil {
			t.Error("the stream survived the crash")
		}
		time.Sleep(time.Second)
		now = gather(t, c)
		wantValue(t, now, "grid_peer_up", "peer=b", 0)
		wantValue(t, now, "grid_peers_connected", "", 0)
		wantValue(t, now, "grid_client_failures_total", "code=disconnected handler=9 kind=stream outcome=may_have_run", 1)
		if _, there := now["grid_peer_round_trip_seconds"]; there {
			t.Error("a peer without a session has a round trip")
		}
		m.Restart("b")
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantValue(t, gather(t, c), "grid_peer_sessions_total", "peer=b", 2)

		if err := m.Node("a").Manager().Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = gather(t, c)
		wantValue(t, now, "grid_node_live", "", 0)
		wantValue(t, now, "grid_node_ready", "", 0)
	})
}

// Without Subroutes the disks of a node are one series, with it each has its own.
func TestSubroutes(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, _ map[string]*Observer) {
		work(t, m.Connection("a", "b"))
		b := gather(t, NewCollector(m.Node("b").Manager(), Options{Subroutes: true}))
		wantValue(t, b, "grid_server_call_duration_seconds", "handler=7 kind=call subroute=d1", 2)
		wantValue(t, b, "grid_server_call_duration_seconds", "handler=7 kind=call subroute=d2", 1)
		wantValue(t, b, "grid_server_call_duration_seconds", "handler=9 kind=stream subroute=", 1)
	})
}
