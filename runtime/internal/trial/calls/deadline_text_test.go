package calls_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

var (
	lateCall   = grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithName("late.Late.Call"))
	lateStream = grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewNoPayload, grid.NewNoPayload, grid.WithName("late.Late.Stream"))
)

// registerLate registers handlers that are told how to end: by the deadline of their
// caller, which is the first to know, or half a second before it.
func registerLate(m *grid.Manager) error {
	end := func(ctx context.Context, how *grid.Bytes) error {
		if string(*how) == "first" {
			time.Sleep(500 * time.Millisecond)
			return context.DeadlineExceeded
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return m.Register(
		lateCall.Handle(func(ctx context.Context, how *grid.Bytes) (*grid.Bytes, error) { return how, end(ctx, how) }, "disk1"),
		lateStream.Handle(func(ctx context.Context, how *grid.Bytes, _ *grid.Receiver[*grid.NoPayload], _ *grid.Sender[*grid.NoPayload]) error {
			return end(ctx, how)
		}, "disk1"))
}

// askLate makes a call or a stream that runs out of time.
func askLate(ctx context.Context, c grid.Caller, stream bool, how string) error {
	if !stream {
		_, err := lateCall.Call(ctx, c, trial.Message(how))
		return err
	}
	st, err := lateStream.OpenPending(ctx, c, trial.Message(how))
	if err != nil {
		return err
	}
	return st.Wait()
}

// Whoever runs out of time is told whom it has asked for what, how long it has waited and
// how long it was to wait: whichever end's clock was first, and whatever it waited for.
func TestADeadlineSaysWhoseItWas(t *testing.T) {
	for _, c := range []struct {
		name   string
		how    string
		change func(w *trial.World, ctx context.Context) context.Context
		want   string // HANDLER and PEER stand for them
	}{
		{"the caller's clock", "last", nil,
			`^grid: deadline_exceeded: the deadline has passed: handler HANDLER under "disk1" at "PEER", waited 2(\.00\d)?s of 2s \(may have run\)$`},
		{"told by the peer", "first", nil,
			`^grid: deadline_exceeded: the handler ran out of time: handler HANDLER under "disk1" at "PEER", waited 50\dms of 2s \(remote, ran\)$`},
		{"before it was made", "last", func(_ *trial.World, ctx context.Context) context.Context { time.Sleep(3 * time.Second); return ctx },
			`^grid: deadline_exceeded: the deadline has passed: handler HANDLER under "disk1" at "PEER", the time was up before it was called \(not sent\)$`},
		{"no connection", "last", func(w *trial.World, ctx context.Context) context.Context {
			w.Crash(w.Server)
			synctest.Wait() // until the loss is known
			return grid.WaitForReady(ctx)
		}, `^grid: deadline_exceeded: "PEER" is still not connected, .*: handler HANDLER under "disk1" at "PEER", waited 2(\.00\d)?s of 2s \(not sent\)$`},
	} {
		for stream, handler := range map[bool]string{false: `late\.Late\.Call \(1\)`, true: `late\.Late\.Stream \(2\)`} {
			t.Run(c.name+", "+map[bool]string{false: "call", true: "stream"}[stream], func(t *testing.T) {
				trial.EachRole(t, func(t *testing.T, r trial.Role) {
					w := r.World(t, trial.Setup{Register: registerLate})
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
					defer cancel()
					if c.change != nil {
						ctx = c.change(w, ctx)
					}
					err := askLate(ctx, w.Conn.Subroute("disk1"), stream, c.how)
					want := strings.NewReplacer("HANDLER", handler, "PEER", r.Server).Replace(c.want)
					if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
						t.Errorf("%v\nwant %s", err, want)
					}
					if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, grid.ErrDeadlineExceeded) {
						t.Errorf("%v is no deadline to errors.Is", err)
					}
				})
			})
		}
	}
}

// Of a handler that ran out of time because of another one, both are named: who waits for
// whom.
func TestADeadlineOfAChainNamesBoth(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: registerLate})
		outer := grid.NewSingleHandler(trial.IdOther, grid.NewBytes, grid.NewBytes, grid.WithName("late.Late.Outer"))
		err := outer.Register(w.Node(r.Server).Manager(), func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return req, askLate(ctx, w.Connection(r.Server, r.Caller).Subroute("disk1"), false, "last")
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := registerLate(w.Node(r.Caller).Manager()); err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		_, err = outer.Call(t.Context(), w.Conn, trial.Message(""))
		want := `^grid: deadline_exceeded: the deadline has passed: handler late\.Late\.Call \(1\) under "disk1" at "` + r.Caller + `", waited 1(\.00\d)?s of 1s: handler late\.Late\.Outer \(\d+\) at "` + r.Server + `", waited 1(\.00\d)?s of 1m0s \(remote, ran\)$`
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("%v\nwant %s", err, want)
		}
	})
}
