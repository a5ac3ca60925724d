package peers_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// An operator is told that a peer cannot be reached, and why, once and not with
// each attempt; a call says the same.
func TestAPeerThatCannotBeReachedIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := gridtest.NewNetwork(1)
		defer network.Close()
		var lines strings.Builder
		m, err := grid.NewManager(grid.Options{
			Name: "a", Auth: grid.InsecureNoAuth(), CallOnly: true, Peers: []grid.Peer{{Name: "b", Address: "b:1"}},
			Dial:   func(ctx context.Context, _ string) (net.Conn, error) { return network.Dial(ctx, "a", "b") },
			Logger: slog.New(slog.NewTextHandler(&lines, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		_, err = m.Connection("b").Request(t.Context(), 1, nil)
		trial.WantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
		reason := m.Connection("b").State().Reason
		if reason == nil || !strings.Contains(err.Error(), `"b" is not connected, connecting: `+reason.Error()) {
			t.Errorf("%v does not tell %v", err, reason)
		}
		if err := m.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := strings.Count(lines.String(), "level=WARN"); got != 1 || !strings.Contains(lines.String(), `msg="grid: cannot connect" peer=b reason=`) {
			t.Errorf("%d lines:\n%s", got, &lines)
		}
	})
}

// The end that does not dial says who does, and one that was cut off why.
func TestWaitingTellsWhoDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := gridtest.NewNetwork(1)
		defer network.Close()
		o := grid.Options{Name: "a", Auth: grid.InsecureNoAuth(), Logger: slog.New(slog.DiscardHandler)}
		o.Dial = func(ctx context.Context, _ string) (net.Conn, error) { return network.Dial(ctx, "a", "b") }
		for _, name := range strings.Split("bcdefgh", "") {
			o.Peers = append(o.Peers, grid.Peer{Name: name, Address: name + ":1"})
		}
		m, err := grid.NewManager(o)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		waiting := 0
		for _, name := range m.Peers() {
			c := m.Connection(name)
			_, err := c.Request(t.Context(), 1, nil)
			trial.WantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
			told := strings.Contains(err.Error(), "it is the end of this pair that dials")
			if told != (c.State().Phase == grid.Waiting) {
				t.Errorf("in phase %q: %v", c.State().Phase, err)
			}
			if told {
				waiting++
			}
		}
		if waiting == 0 || waiting == len(o.Peers) {
			t.Errorf("%d of %d peers dial: this test is about some", waiting, len(o.Peers))
		}
		if err := m.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The error of a call on a connection that was lost gives the reason once.
func TestALossIsToldOnce(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		w.Connected(t)
		w.Partition(r.Caller, r.Server)
		w.Cut(r.Caller, r.Server)
		synctest.Wait()
		_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
		if n := strings.Count(err.Error(), "disconnected"); n != 1 || !strings.Contains(err.Error(), "is not connected, ") {
			t.Errorf("%v", err)
		}
	})
}

// logsOf starts two nodes and returns what one of them logs from WARN on.
func logsOf(t *testing.T, r trial.Role) (*trial.World, *trial.LogBook) {
	t.Helper()
	logs := &trial.LogBook{}
	w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) {
		if name == r.Caller {
			o.Logger = slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelWarn}))
		}
	}})
	synctest.Wait()
	logs.Forget() // the first attempt may have come before the other node listened
	return w, logs
}

// A peer that shuts down as it should is no warning, and neither is its return.
func TestAGoodShutdownIsNoWarning(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w, logs := logsOf(t, r)
		if err := w.Node(r.Server).Manager().Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if state := w.Conn.State(); state.Phase == grid.Connected || logs.String() != "" {
			t.Errorf("%v: %s", state.Phase, logs)
		}
	})
}

// Who reads of a loss reads of the return as well: both are told at one level, once.
func TestAReturnIsToldAtTheLevelOfTheLoss(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w, logs := logsOf(t, r)
		w.Cut(r.Caller, r.Server)
		time.Sleep(time.Minute)
		w.Heal(r.Caller, r.Server)
		w.Connected(t)
		synctest.Wait()
		text := logs.String()
		lost, back := strings.Index(text, `level=WARN msg="grid: disconnected"`), strings.LastIndex(text, `level=WARN msg="grid: connected"`)
		if lost < 0 || back < lost {
			t.Errorf("the log from WARN on:\n%s", text)
		}
		if err := w.Node(r.Server).Manager().Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		w.Restart(r.Server)
		w.Connected(t)
		synctest.Wait()
		if more := strings.Count(logs.String()[len(text):], `msg="grid: disconnected"`); more != 0 {
			t.Errorf("a shutdown later is a loss:\n%s", logs)
		}
	})
}

// Reasons are quoted once, by the log's handler, and long ones keep their point.
func TestReasonsAreQuotedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const point = "this is the point"
		w := trial.Role{Caller: "a", Server: "b"}.World(t, trial.Setup{Apart: true, Configure: func(_ *trial.World, name string, o *grid.Options) {
			if name == "b" { // which dials
				o.Dial = func(context.Context, string) (net.Conn, error) {
					return nil, errors.New("the way to \"a\"\n" + strings.Repeat(" is long", 1000) + ": " + point)
				}
			}
		}})
		time.Sleep(time.Second)
		if text := w.Logs.String(); !strings.Contains(text, `reason="the way to \"a\"\\n is long`) || !strings.Contains(text, point) || len(text) > 2000 {
			t.Errorf("%d bytes: %s", len(text), text)
		}
	})
}
