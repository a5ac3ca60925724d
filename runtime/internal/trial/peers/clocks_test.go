package peers_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// clockNode starts a node on a listener of loopback, which ends with the test
// that it is given. It tells whoever calls IdCall what its clock says, and how
// much time the call has left by that clock.
func clockNode(t *testing.T, name string, ln net.Listener, peer grid.Peer, more func(*grid.Manager) error) *grid.Manager {
	t.Helper()
	m, err := grid.NewManager(grid.Options{
		Name: name, Peers: []grid.Peer{peer}, Auth: grid.SharedKey(trial.TestKey), Logger: slog.New(slog.DiscardHandler),
		Register: func(m *grid.Manager) error {
			if err := m.RegisterSingleHandler(trial.IdCall, sayClock); err != nil || more == nil {
				return err
			}
			return more(m)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: m.Handler()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		if err := m.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown of %s: %v", name, err)
		}
		srv.Close()
		<-ended
	})
	return m
}

// sayClock answers with the clock of the node that it runs on.
func sayClock(ctx context.Context, _ []byte) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil, grid.NewError(grid.InvalidArgument, "no deadline arrived")
	}
	return fmt.Appendf(nil, "%d %d", time.Now().Year(), time.Until(deadline)), nil
}

// askClock calls sayClock with a deadline and checks what it made of it: as much
// time as was given, less what the way took.
func askClock(ctx context.Context, c *grid.Connection, given time.Duration) (year int, err error) {
	ctx, cancel := context.WithTimeout(ctx, given)
	defer cancel()
	reply, err := c.Request(ctx, trial.IdCall, nil)
	if err != nil {
		return 0, err
	}
	var left time.Duration
	if _, err := fmt.Sscan(string(reply), &year, &left); err != nil {
		return 0, err
	}
	if left > given+time.Millisecond || left < given-20*time.Second {
		return 0, fmt.Errorf("%v were given, %v arrived", given, left)
	}
	return year, nil
}

// P11, and known mistake of the origin: authentication by a window of five
// minutes of both clocks. Here the clocks are decades apart: one node lives in a
// bubble whose clock stands still in the year 2000, for TCP never lets fake time
// pass. They authenticate, and what one gives a call for time arrives at the
// other, whoever dials and whoever calls.
func TestP11ClocksDecadesApart(t *testing.T) {
	for what, names := range map[string][2]string{"the old clock dials": {"b", "a"}, "the old clock accepts": {"a", "b"}} {
		t.Run(what, func(t *testing.T) {
			old, young := names[0], names[1]
			listeners := map[string]net.Listener{}
			for _, name := range names {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				listeners[name] = ln
			}
			address := func(name string) string { return listeners[name].Addr().String() }

			// The node of today calls back when it is asked to.
			callBack := func(m *grid.Manager) error {
				return m.RegisterSingleHandler(trial.IdOther, func(ctx context.Context, _ []byte) ([]byte, error) {
					year, err := askClock(ctx, m.Connection(old), 40*time.Second)
					return fmt.Append(nil, year, err), nil
				})
			}
			clockNode(t, young, listeners[young], grid.Peer{Name: old, Address: address(old)}, callBack)
			synctest.Test(t, func(t *testing.T) {
				m := clockNode(t, old, listeners[old], grid.Peer{Name: young, Address: address(young)}, nil)
				c := m.Connection(young)
				if err := c.WaitConnected(t.Context()); err != nil {
					t.Fatal(err)
				}
				year, err := askClock(t.Context(), c, 50*time.Second)
				if err != nil || year-time.Now().Year() < 20 {
					t.Errorf("the year %d calls the year %d: %v", time.Now().Year(), year, err)
				}
				reply, err := c.Request(t.Context(), trial.IdOther, nil)
				trial.WantReply(t, "called back", reply, err, "2000 <nil>")
			})
		})
	}
}
