package observe_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/schema"
)

func peerIn(t *testing.T, s grid.Snapshot, name string) observe.Peer {
	t.Helper()
	for _, p := range s.Peers {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("%s is not among the peers of %+v", name, s.Peers)
	return observe.Peer{}
}

func handlerIn(t *testing.T, s grid.Snapshot, server bool, id grid.HandlerID) observe.Handler {
	t.Helper()
	for _, h := range s.Handlers {
		if h.Server == server && h.ID == id {
			return h
		}
	}
	t.Fatalf("handler %d is not among %+v", id, s.Handlers)
	return observe.Handler{}
}

// isFailure reports whether f is one that ran and failed half a minute ago.
func isFailure(f observe.Failure, code grid.Code, text string) bool {
	age := time.Since(f.Last)
	return f.Code == code && f.Outcome == "ran" && f.Count == 1 && f.Text == text && age >= 30*time.Second && age < 31*time.Second
}

// A snapshot of either end tells what was called, how it ended and how long it took, and
// which calls and streams are under way, and who waits.
func TestSnapshotTellsWhatGoesOn(t *testing.T) {
	block := make(chan struct{})
	handler := func(ctx context.Context, p []byte) ([]byte, error) {
		switch string(p) {
		case "fail":
			return nil, grid.NewError(grid.NotFound, "no")
		case "block":
			<-block
		}
		time.Sleep(10 * time.Millisecond)
		return p, nil
	}
	register := func(m *grid.Manager) error {
		return errors.Join(m.RegisterSingleHandler(idCall, handler, "d1"), m.Register(chat.Handle(answer)))
	}
	observed(t, nil, register, func(t *testing.T, p *pair) {
		block = make(chan struct{})
		c := p.conn.Subroute("d1")
		for range 20 {
			_, _ = c.Request(t.Context(), idCall, nil)
		}
		_, _ = c.Request(t.Context(), idCall, []byte("fail"))
		_, _ = p.conn.Request(t.Context(), idOther, nil)
		done := make(chan struct{})
		go func() {
			_, _ = c.Request(t.Context(), idCall, []byte("block"))
			close(done)
		}()
		d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)

		a, b := p.Node("a").Manager().Snapshot(), p.Node("b").Manager().Snapshot()
		for _, x := range []struct {
			s      grid.Snapshot
			server bool
		}{{a, false}, {b, true}} {
			h := handlerIn(t, x.s, x.server, idCall)
			if h.Ran != 21 || h.InFlight != 1 || h.Failed() != 1 || !isFailure(h.Failures[0], grid.NotFound, "no") || h.Latency.Count() != 21 {
				t.Errorf("server %v: %+v", x.server, h)
			}
			if q := h.Latency.Quantile(0.5); q < 9*time.Millisecond || q > 14*time.Millisecond {
				t.Errorf("server %v: the median is %v, the mean %v", x.server, q, h.Latency.Mean())
			}
			if len(x.s.Streams) != 1 {
				t.Fatalf("server %v: streams %+v", x.server, x.s.Streams)
			}
			if s := x.s.Streams[0]; s.Server != x.server || s.ID != idStream || s.Name != "test.Chat.Chat" || s.Age < 29*time.Second || s.Credit != 16 {
				t.Errorf("server %v: the stream is %+v", x.server, s)
			}
		}
		if w := b.Streams[0].Waits; !strings.HasPrefix(w, "receive") {
			t.Errorf("the handler that waits for a message: %q", w)
		}
		if f := handlerIn(t, a, false, idOther).Failures; len(f) != 1 || f[0].Code != grid.UnknownHandler || f[0].Outcome != "not sent" {
			t.Errorf("the handler that is not there: %+v", f)
		}
		x := peerIn(t, a, "b")
		if x.Phase != "connected" || x.Sessions != 1 || x.Session == nil || x.Session.CallsMade != 1 || x.Session.Streams != 1 || x.Reason != "" || x.BytesSent == 0 {
			t.Errorf("the peer: %+v, %+v", x, x.Session)
		}
		if want := []observe.Awaited{{ID: idCall, Calls: 1}}; !slices.Equal(x.Session.Awaited, want) {
			t.Errorf("waits for %+v", x.Session.Awaited)
		}
		if y := peerIn(t, b, "a"); y.Session.Awaited != nil {
			t.Errorf("the end that serves waits for %+v", y.Session.Awaited)
		}
		if trip := x.Session.RoundTrip; trip < time.Millisecond || trip > 3*time.Millisecond {
			t.Errorf("the round trip over a link of 2 ms is %v", trip)
		}
		close(block)
		<-done
		d.Close()
	})
}

// A snapshot names the handlers that most calls to a peer wait for, at most three.
func TestSnapshotTellsWhatIsAwaitedOfAPeer(t *testing.T) {
	block := make(chan struct{})
	register := func(m *grid.Manager) (err error) {
		for id := grid.HandlerID(60); id < 64; id++ {
			err = errors.Join(err, m.RegisterSingleHandler(id, func(context.Context, []byte) ([]byte, error) {
				<-block
				return nil, nil
			}))
		}
		return err
	}
	observed(t, nil, register, func(t *testing.T, p *pair) {
		block = make(chan struct{})
		done := make(chan error)
		calls := 0
		for i, n := range []int{1, 4, 2, 3} {
			for range n {
				calls++
				go func() {
					_, err := p.conn.Request(t.Context(), grid.HandlerID(60+i), nil) // fits: four of them
					done <- err
				}()
			}
		}
		time.Sleep(time.Second)
		s := p.Node("a").Manager().Snapshot()
		want := []observe.Awaited{{ID: 61, Calls: 4}, {ID: 63, Calls: 3}, {ID: 62, Calls: 2}}
		if got := peerIn(t, s, "b").Session; !slices.Equal(got.Awaited, want) || got.CallsMade != calls {
			t.Errorf("of %d calls, %+v wait", got.CallsMade, got.Awaited)
		}
		close(block)
		for range calls {
			<-done
		}
	})
}

// A sender that waits for its peer to read is told apart from one that waits for nothing.
func TestSnapshotTellsWhoWaits(t *testing.T) {
	silent := func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.Bytes]) error {
		<-ctx.Done()
		return nil
	}
	observed(t, nil, func(m *grid.Manager) error { return m.Register(chat.Handle(silent)) }, func(t *testing.T, p *pair) {
		d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for d.Send(new(grid.Bytes)) == nil {
			}
		}()
		time.Sleep(time.Second)
		a, b := p.Node("a").Manager().Snapshot().Streams[0], p.Node("b").Manager().Snapshot().Streams[0]
		if a.Waits != "send: the peer has not read, its credit is used up" || a.Credit != 0 {
			t.Errorf("the sender: %+v", a)
		}
		if b.Waits != "read: nobody reads here, and the peer may send no more" || b.Unread != 16 {
			t.Errorf("the end that does not read: %+v", b)
		}
		d.Close()
	})
}

// What a peer is not connected for is told, with when it is dialed next; who was turned
// away at the door as well; and a failure is remembered once it is over.
func TestSnapshotTellsWhyNot(t *testing.T) {
	key := func(b byte) grid.Authenticator { return grid.SharedKey(append(make([]byte, 31), b)) }
	keys := func(name string, o *grid.Options) {
		o.Auth = key(1)
		if name == "stranger" {
			o.Auth, o.CallOnly = key(2), true
		}
	}
	observed(t, keys, nil, func(t *testing.T, p *pair) {
		p.Add("stranger")
		time.Sleep(20 * time.Second) // it tries again after 15
		if x := peerIn(t, p.Node("stranger").Manager().Snapshot(), "b"); x.Phase != "refused" || !strings.Contains(x.Reason, "authentication failed") || !x.NextAttempt.After(time.Now()) || !x.Dials {
			t.Errorf("at the stranger: %+v", x)
		}
		if x := peerIn(t, p.Node("stranger").Manager().Snapshot(), "b"); time.Since(x.DownSince) < 19*time.Second || x.Attempts != 2 {
			t.Errorf("since when it has not been connected, and how often it was tried: %+v", x)
		}
		door := p.Node("b").Manager().Snapshot().Refusals
		if len(door) != 1 || door[0].Name != "stranger" || door[0].Reason != "unauthenticated" || door[0].Count == 0 || door[0].Text == "" || door[0].First.IsZero() || !door[0].Last.After(door[0].First) {
			t.Errorf("at the door: %+v", door)
		}
		p.Cut("a", "b")
		time.Sleep(time.Second)
		p.Heal("a", "b")
		if err := p.conn.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		x := peerIn(t, p.Node("a").Manager().Snapshot(), "b")
		if x.Phase != "connected" || x.Sessions != 2 || x.LastFailure == "" || x.LastFailureAt.IsZero() || x.Reason != "" || !x.NextAttempt.IsZero() {
			t.Errorf("after a failure: %+v", x)
		}
	})
}

// A peer that comes and goes is told apart from one that stays: by how many sessions were
// lost in the last minute, and how long each had lived. What was meant to end is no loss.
func TestSnapshotTellsOfLosses(t *testing.T) {
	soon := func(_ string, o *grid.Options) { o.Limits.BackoffMax = 100 * time.Millisecond }
	observed(t, soon, nil, func(t *testing.T, p *pair) {
		for range 12 {
			time.Sleep(4 * time.Second)
			p.Cut("a", "b")
			time.Sleep(time.Millisecond)
			p.Heal("a", "b")
			if err := p.conn.WaitConnected(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"a", "b"} {
			x := p.Node(name).Manager().Snapshot()
			for _, peer := range x.Peers {
				if peer.LostLately != 12 || len(peer.Lived) != 8 || !peer.DownSince.IsZero() || peer.Attempts != 0 || !strings.Contains(peer.LastFailure, ", after 4") {
					t.Errorf("at %s: %+v", name, peer)
				}
				for _, lived := range peer.Lived {
					if lived < 3900*time.Millisecond || lived > 4100*time.Millisecond {
						t.Errorf("at %s a session is said to have lived %v, not 4 s", name, lived)
					}
				}
			}
		}
		time.Sleep(2 * time.Minute)
		if x := peerIn(t, p.Node("a").Manager().Snapshot(), "b"); x.LostLately != 0 || len(x.Lived) != 8 {
			t.Errorf("two minutes later: %+v", x)
		}
		_ = p.Node("b").Manager().Shutdown(t.Context())
		time.Sleep(time.Second)
		if x := peerIn(t, p.Node("a").Manager().Snapshot(), "b"); x.LostLately != 0 || x.DownSince.IsZero() {
			t.Errorf("it has shut down: %+v", x)
		}
	})
}

// Limits say which of them the program has set, and name nobody where none is used.
func TestSnapshotTellsWhichLimitsAreSet(t *testing.T) {
	observed(t, func(_ string, o *grid.Options) { o.Limits.RunningCalls = 4 }, nil, func(t *testing.T, p *pair) {
		for _, l := range p.Node("a").Manager().Snapshot().Node.Limits {
			if l.Default == 0 || (l.Limit != l.Default) != (l.Name == "RunningCalls") || l.Used == 0 && l.Peer != "" {
				t.Errorf("%+v", l)
			}
		}
	})
}

// The JSON form comes back as it went, and says its version.
func TestSnapshotAsJSON(t *testing.T) {
	observed(t, nil, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }, func(t *testing.T, p *pair) {
		_, _ = p.conn.Request(t.Context(), idCall, nil)
		s := p.Node("a").Manager().Snapshot()
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back grid.Snapshot
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		again, _ := json.Marshal(back)
		if string(again) != string(text) || back.Version != 1 || !reflect.DeepEqual(back.Handlers, s.Handlers) {
			t.Errorf("%s came back as %s", text, again)
		}
	})
}

// A node is ready as its owner says, until it drains, and live until it is shut down.
func TestHealth(t *testing.T) {
	quorum := func(name string, o *grid.Options) {
		o.Ready = func(h grid.Health) error {
			if h.Connected < h.Peers {
				return errors.New("a peer is missing")
			}
			return nil
		}
	}
	observed(t, quorum, nil, func(t *testing.T, p *pair) {
		m := p.Node("a").Manager()
		if h := m.Health(); !h.Live || !h.Ready || h.State != "serving" || h.Connected != 1 || h.Peers != 1 {
			t.Errorf("connected: %+v", h)
		}
		p.Cut("a", "b")
		time.Sleep(time.Millisecond)
		if h := m.Health(); !h.Live || h.Ready || h.Reason != "a peer is missing" {
			t.Errorf("without its peer: %+v", h)
		}
		p.Heal("a", "b")
		_ = m.Shutdown(t.Context())
		if h := m.Health(); h.Live || h.Ready || h.State != "closed" {
			t.Errorf("shut down: %+v", h)
		}
		if s := m.Snapshot(); s.Node.Name != "a" {
			t.Errorf("a snapshot after the end: %+v", s)
		}
	})
}

// A handle that is not there answers like one of a peer that is gone.
func TestNilConnection(t *testing.T) {
	var c *grid.Connection
	if s := c.State(); s.Phase != grid.Closed || s.Reason == nil {
		t.Errorf("State: %+v", s)
	}
	if s, changed := c.Changes(); s.Phase != grid.Closed || changed != nil {
		t.Errorf("Changes: %+v, %v", s, changed)
	}
	if s := c.Stats(); s.State.Phase != grid.Closed || s.BytesSent != 0 {
		t.Errorf("Stats: %+v", s)
	}
	if n := c.Name(); n != "" {
		t.Errorf("Name: %q", n)
	}
}

// The round trip is known of a link that is never silent, too: it follows the link.
func TestRoundTripOfABusyLink(t *testing.T) {
	observed(t, nil, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }, func(t *testing.T, p *pair) {
		busy := func(d time.Duration) time.Duration {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
				if _, err := p.conn.Request(t.Context(), idCall, nil); err != nil {
					t.Fatal(err)
				}
			}
			return p.conn.Stats().RoundTrip
		}
		if trip := busy(time.Minute); trip < 2*time.Millisecond || trip > 3*time.Millisecond {
			t.Errorf("over 2 ms: %v", trip)
		}
		p.SetAll(gridtest.Link{Latency: 100 * time.Millisecond})
		if trip := busy(10 * time.Minute); trip < 150*time.Millisecond || trip > 210*time.Millisecond {
			t.Errorf("over 200 ms, after ten minutes: %v", trip)
		}
	})
}

// A handler whose shape at the peer does not fit is told with the verdict, and counted.
func TestSnapshotTellsWhatDoesNotFit(t *testing.T) {
	theirs := trial.Buy(trial.SchemaOf(false, trial.Field("count", 1, schema.Int64)))
	mine := trial.Buy(trial.SchemaOf(false, trial.Field("count", 1, schema.String)))
	same := func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }
	observed(t, nil, func(m *grid.Manager) error { return theirs.Register(m, same) }, func(t *testing.T, p *pair) {
		if _, err := mine.Call(t.Context(), p.conn, new(grid.Bytes)); !errors.Is(err, grid.ErrIncompatible) {
			t.Fatal(err)
		}
		s := p.Node("a").Manager().Snapshot()
		if len(s.Incompatible) != 1 || s.Incompatible[0].Peer != "b" || s.Incompatible[0].Name != "shop.Shop.Buy" || !strings.Contains(s.Incompatible[0].Verdict, "count") {
			t.Errorf("told of %+v", s.Incompatible)
		}
		if f := handlerIn(t, s, false, trial.IdCall).Failures; len(f) != 1 || f[0].Code != grid.Incompatible {
			t.Errorf("counted as %+v", f)
		}
	})
}

// Peers stand in the order in which people count, whatever order they were given in.
func TestPeersAreInTheOrderOfNumbers(t *testing.T) {
	want := []string{"a", "a-2", "a-10", "node1", "node02", "node2", "node3-1", "node10", "node100", "nodes"}
	var peers []grid.Peer
	for i := range want {
		peers = append(peers, grid.Peer{Name: want[(i*7+3)%len(want)]})
	}
	m, err := grid.NewManager(grid.Options{Name: "here", Peers: peers, Auth: grid.InsecureNoAuth()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Shutdown(t.Context()) }()
	var got []string
	for _, p := range m.Snapshot().Peers {
		if !p.Self {
			got = append(got, p.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("peers stand as %q, not as %q", got, want)
	}
}
