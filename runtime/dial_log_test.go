package grid_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
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
		wantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
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
			wantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
			told := strings.Contains(err.Error(), "of this pair it is the one that dials")
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
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho})
		w.connected(t)
		w.Partition(r.caller, r.server)
		w.Cut(r.caller, r.server)
		synctest.Wait()
		_, err := w.conn.Request(t.Context(), idCall, nil)
		wantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
		if n := strings.Count(err.Error(), "disconnected"); n != 1 || !strings.Contains(err.Error(), "is not connected, ") {
			t.Errorf("%v", err)
		}
	})
}
