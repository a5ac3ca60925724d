package peers_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// dialBook notes who dialed whom, and when.
type dialBook struct {
	mu    sync.Mutex
	dials map[[2]string][]time.Time
}

// watch notes the dials of one node.
func (b *dialBook) watch(name string, o *grid.Options) {
	dial := o.Dial
	o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(address)
		b.mu.Lock()
		if b.dials == nil {
			b.dials = make(map[[2]string][]time.Time)
		}
		pair := [2]string{name, host}
		b.dials[pair] = append(b.dials[pair], time.Now())
		b.mu.Unlock()
		return dial(ctx, address)
	}
}

func (b *dialBook) of(from, to string) []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dials[[2]string{from, to}]
}

// P7: of each pair exactly one end dials, decided from the two names alone, and
// each node dials about half of its peers. One session a pair is the result.
func TestP7SymmetricDialDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 12
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("node-%d", i))
		}
		book := &dialBook{}
		m := gridtest.New(t, gridtest.Options{Nodes: names, Link: gridtest.Link{Latency: time.Millisecond}, Configure: book.watch})
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		for i, a := range names {
			dialed := 0
			for j, b := range names {
				if i == j {
					continue
				}
				there, back := len(book.of(a, b)), len(book.of(b, a))
				if there+back != 1 {
					t.Errorf("%s dialed %s %d times, and was dialed %d times", a, b, there, back)
				}
				if s := m.Connection(a, b).State(); s.Session != 1 || s.Phase != grid.Connected {
					t.Errorf("%s to %s: %v, session %d", a, b, s.Phase, s.Session)
				}
				dialed += there
			}
			if dialed < 1 || dialed > n-2 {
				t.Errorf("%s dialed %d of %d peers", a, dialed, n-1)
			}
		}
	})
}

// A peer that is away is dialed again and again, ever more rarely but never more
// rarely than Limits.BackoffMax, at random moments, and is connected soon after
// its return.
func TestReconnectionBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &dialBook{}
		w := trial.Role{Caller: "b", Server: "a"}.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) { book.watch(name, o) }})
		w.Crash("a")
		start := time.Now()
		time.Sleep(10 * time.Minute)
		var early, late int
		previous := start
		for _, at := range book.of("b", "a")[1:] {
			if pause := at.Sub(previous); pause > grid.DefaultLimits().BackoffMax {
				t.Errorf("a pause of %v", pause)
			}
			previous = at
			if at.Sub(start) < time.Second {
				early++
			} else if at.Sub(start) > time.Minute {
				late++
			}
		}
		if early == 0 || early > 50 {
			t.Errorf("%d attempts in the first second", early)
		}
		if late < 36 || late > 36*6 { // with full jitter the mean is half of the longest pause
			t.Errorf("%d attempts in the last nine minutes", late)
		}
		w.Restart("a")
		back := time.Now()
		w.Connected(t)
		if since := time.Since(back); since > grid.DefaultLimits().BackoffMax+time.Second {
			t.Errorf("connected %v after the return", since)
		}
	})
}

// P8: a peer that falls silent is noticed within two pings and the write
// timeout, whichever end it is and in whichever direction the silence is.
func TestP8SilentPeerIsNoticed(t *testing.T) {
	limits := grid.DefaultLimits()
	bound := 2*limits.PingInterval + limits.WriteStall + time.Second
	for what, silence := range map[string]func(w *trial.World){
		"both ways":       func(w *trial.World) { w.Partition(w.Caller, w.Server) },
		"to the server":   func(w *trial.World) { w.PartitionOneWay(w.Caller, w.Server) },
		"from the server": func(w *trial.World) { w.PartitionOneWay(w.Server, w.Caller) },
		"stalled":         func(w *trial.World) { w.Stall(w.Server) },
		"vanished":        func(w *trial.World) { w.Vanish(w.Server) },
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				h := trial.NewWaiting()
				w := r.World(t, trial.Setup{Register: h.Register})
				call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
				trial.Await(t, "start", h.Started)
				start := time.Now()
				silence(w)
				res := trial.Await(t, "call", call)
				trial.WantError(t, "call", res.Err, grid.ErrDisconnected, grid.MayHaveRun)
				if since := time.Since(start); since > bound {
					t.Errorf("the caller noticed after %v", since)
				}
				if what == "vanished" {
					return
				}
				trial.Await(t, "handler", h.Ended)
				if since := time.Since(start); since > bound {
					t.Errorf("the server noticed after %v", since)
				}
			})
		})
	}
}

// A handler that is stuck is no dead peer: the connection lives on, and so does
// everything else on it.
func TestLivenessWithAStuckHandler(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		release := make(chan struct{})
		stuck := func(context.Context, []byte) ([]byte, error) {
			<-release
			return nil, nil
		}
		w := r.World(t, trial.Setup{Register: trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){trial.IdCall: stuck, trial.IdOther: trial.Echo}, nil)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		long := grid.NewSingleHandler(trial.IdCall, grid.NewNoPayload, grid.NewNoPayload, grid.WithTimeout(time.Hour))
		ended := make(chan error, 1)
		go func() {
			_, err := long.Call(ctx, w.Conn, grid.NewNoPayload())
			ended <- err
		}()
		for range 8 {
			time.Sleep(time.Minute)
			reply, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("alive"))
			trial.WantReply(t, "beside it", reply, err, "alive")
		}
		close(release)
		if err := trial.Await(t, "stuck", ended); err != nil {
			t.Errorf("the stuck handler answered at last: %v", err)
		}
		if n := w.Conn.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	})
}

// P7: a node restarts under its name before anybody noticed that the old one was
// gone. Its new connection takes the place of the half-open one, and the calls
// of that end at once.
func TestP7RestartBeforeTheOldSessionIsNoticedDead(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
		trial.Await(t, "start", h.Started)
		w.Vanish(r.Server)
		w.Restart(r.Server)
		trial.WantError(t, "the old call", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
		w.Connected(t)
		reply, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("hello"))
		trial.WantReply(t, "the new one", reply, err, "hello")
		time.Sleep(5 * time.Minute)
		for _, c := range []*grid.Connection{w.Conn, w.Connection(r.Server, r.Caller)} {
			if s := c.State(); s.Phase != grid.Connected || s.Session > 2 {
				t.Errorf("to %s: %v, session %d", c.Name(), s.Phase, s.Session)
			}
		}
	})
}

// P7: after any weather there is one session for each pair, and it stays.
func TestP7OneSessionOnceTheNetworkIsCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"a", "b", "c", "d"}
		m := gridtest.New(t, gridtest.Options{Nodes: names, Seed: 7, Link: gridtest.Link{Latency: 30 * time.Millisecond, Jitter: 50 * time.Millisecond},
			Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) }})
		for range 10 {
			m.Partition("a", "b")
			m.Cut("c", "d")
			m.Stall("b")
			time.Sleep(3 * time.Second)
			m.Resume("b")
			m.HealAll()
			m.Vanish("d")
			m.Restart("d")
			time.Sleep(700 * time.Millisecond)
			m.Restart("a")
		}
		time.Sleep(5 * time.Minute) // calm
		before := make(map[*grid.Connection]uint64)
		for _, from := range names {
			for _, to := range names {
				c := m.Connection(from, to)
				reply, err := c.Request(t.Context(), trial.IdCall, []byte(from+to))
				trial.WantReply(t, from+" to "+to, reply, err, from+to)
				before[c] = c.State().Session
			}
		}
		time.Sleep(time.Hour)
		for c, n := range before {
			if s := c.State(); s.Session != n || s.Phase != grid.Connected {
				t.Errorf("to %s: session %d has become %d, %v", c.Name(), n, s.Session, s.Phase)
			}
		}
	})
}

// The state of a Connection tells where it is, and why it is not connected.
func TestConnectionState(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		state, changed := w.Conn.Changes()
		if state.Phase != grid.Connected || state.Reason != nil || state.Session != 1 {
			t.Errorf("at first: %+v", state)
		}
		w.Cut(r.Caller, r.Server)
		trial.Await(t, "change", changed)
		state = w.Conn.State()
		if state.Phase == grid.Connected || state.Reason == nil {
			t.Errorf("after the cut: %+v", state)
		}
		w.HealAll()
		w.Connected(t)
		if state := w.Conn.State(); state.Session != 2 {
			t.Errorf("after the second connect: %+v", state)
		}
		if err := w.Stop(t.Context(), r.Caller); err != nil {
			t.Error(err)
		}
		if state := w.Conn.State(); state.Phase != grid.Closed {
			t.Errorf("after Shutdown: %+v", state)
		}
		if err := w.Conn.WaitConnected(t.Context()); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("WaitConnected after Shutdown: %v", err)
		}
	})
}
