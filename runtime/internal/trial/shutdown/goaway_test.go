package shutdown_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// links are those that a goaway crosses requests on.
var links = map[string]gridtest.Link{
	"long": {Latency: 50 * time.Millisecond},
	"slow": {Latency: 5 * time.Millisecond, Bandwidth: 200 << 10},
}

// P10: a node that is shut down leaves nobody in doubt, whatever crosses its goaway,
// also where most of what its peers had to say was still waiting to be written.
func TestP10WhatCrossesTheGoawayIsAnswered(t *testing.T) {
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Link: link, Register: func(m *grid.Manager) error {
					return errors.Join(trial.RegisterEcho(m), trial.TypedStream(4, 4, trial.EchoBack)(m))
				}})
				down := make(chan error, 1)
				go func() {
					time.Sleep(50 * time.Millisecond)
					down <- w.Stop(t.Context(), r.Server)
				}()
				var all sync.WaitGroup
				for i := range 200 {
					time.Sleep(time.Millisecond)
					all.Go(func() { doubtless(t, crossing(t, w, i)) })
				}
				all.Wait()
				if err := trial.Await(t, "Shutdown", down); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// crossing makes a call, a large call, or a stream.
func crossing(t *testing.T, w *trial.World, i int) error {
	switch i % 4 {
	case 0:
		st, err := trial.BytesStream(4, 4).Open(t.Context(), w.Conn, trial.Message("hello"))
		if err != nil {
			return err
		}
		defer st.Close()
		_ = st.CloseSend() // Recv tells
		if _, err := st.Recv(); err != io.EOF {
			return err
		}
		return nil
	case 1:
		_, err := w.Conn.Request(t.Context(), trial.IdCall, make([]byte, 100<<10))
		return err
	}
	_, err := w.Conn.Request(t.Context(), trial.IdCall, make([]byte, 1<<10))
	return err
}

// doubtless fails the test if an error does not say what became of the handler.
func doubtless(t *testing.T, err error) {
	t.Helper()
	if err != nil && grid.OutcomeOf(err) != grid.NotSent && grid.OutcomeOf(err) != grid.Rejected {
		t.Errorf("in doubt: %v", err)
	}
}

// PROTOCOL.md: "the peer has answered such a ping before which, since the ping itself was sent, no call and no open had come."
// An older peer answers the ping first, and sends then what it had queued.
func TestGoawayWaitsForOlderPeers(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	down := make(chan error, 1)
	go func() { down <- x.Shutdown(context.Background()) }()
	trial.ExpectFrame(t, s, peer.Goaway)
	const calls = 3
	sent, answered := 0, 0
	for open := true; open; {
		f, err := s.Next()
		var closed *peer.Closed
		switch {
		case errors.As(err, &closed):
			open = false
		case err != nil:
			t.Fatal(err)
		case f.Kind == peer.Ping && sent < calls:
			sent++
			trial.SendFrames(t, s, peer.NewFrame(peer.Pong, f.Uvarint()), trial.CallFrame(sent, trial.RouteEcho))
		case f.Kind == peer.Ping:
			trial.SendFrames(t, s, peer.NewFrame(peer.Pong, f.Uvarint()))
		case f.Kind == peer.Error:
			answered++
			if got, failure := f.Uvarint(), trial.FailureOf(f); got != uint64(answered) || failure != "2 unavailable" {
				t.Errorf("call %d was answered %q", got, failure)
			}
		default:
			t.Errorf("a frame of kind %d", f.Kind)
		}
	}
	if answered != calls {
		t.Errorf("%d of %d calls were answered", answered, calls)
	}
	s.Conn.Close()
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// PROTOCOL.md: "What is still waiting to be written then is never sent, and its answer to a ping that follows comes behind all that it began."
func TestNothingBeginsBehindAGoaway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Link: gridtest.Link{Bandwidth: 100 << 10, Latency: time.Millisecond},
			Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) }})
		trial.WantConnected(t, mesh.Connection("a", "b"))
		var calls []<-chan trial.Result
		for range 50 { // five seconds on this link
			calls = append(calls, trial.Begin(t.Context(), mesh.Connection("a", "b"), trial.IdCall, make([]byte, 10<<10)))
		}
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if err := mesh.Stop(t.Context(), "b"); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 4*time.Second { // what the sockets held has to arrive
			t.Errorf("Shutdown took %v", took)
		}
		sent, unsent := 0, 0
		for _, call := range calls {
			res := trial.Await(t, "call", call)
			doubtless(t, res.Err)
			if grid.OutcomeOf(res.Err) == grid.NotSent {
				unsent++
			} else {
				sent++
			}
		}
		if sent == 0 || unsent == 0 {
			t.Errorf("%d were sent, %d were not", sent, unsent)
		}
	})
}

// Who waits for a peer that is ready goes on with its next session, whatever the
// restart met: calls, large calls, and streams, which are taken when Open returns.
func TestWaitForReadyGoesOnAfterAGoaway(t *testing.T) {
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Link: link, Register: func(m *grid.Manager) error {
					return errors.Join(trial.RegisterEcho(m), trial.TypedStream(4, 4, trial.EchoBack)(m))
				}})
				go func() {
					for range 3 {
						time.Sleep(500 * time.Millisecond)
						if err := w.Stop(context.Background(), r.Server); err != nil {
							t.Error(err)
						}
						w.Restart(r.Server)
					}
				}()
				var all sync.WaitGroup
				for i := range 16 {
					all.Go(func() {
						for n := range 20 {
							if err := echoes(w, i, n); err != nil {
								t.Errorf("%d, %d: %v", i, n, err)
							}
							time.Sleep(100 * time.Millisecond)
						}
					})
				}
				all.Wait()
			})
		})
	}
}

// derived makes a context that package context has not made to keep its deadline: the
// runtime keeps that, too, for it may be code of others.
type derived struct{}

// echoes makes a call or a stream that waits for the peer, and checks what comes.
func echoes(w *trial.World, i, n int) error {
	ctx, cancel := context.WithTimeout(grid.WaitForReady(context.Background()), time.Minute)
	defer cancel()
	if i%8 < 4 {
		ctx = context.WithValue(ctx, derived{}, true)
	}
	text := fmt.Sprintf("%d of %d", n, i)
	switch i % 4 {
	case 0:
		st, err := trial.BytesStream(4, 4).Open(ctx, w.Conn, trial.Message(""))
		if err != nil {
			return err
		}
		defer st.Close()
		if err := st.Send(trial.Message(text)); err != nil {
			return err
		}
		if msg, err := st.Recv(); err != nil || string(*msg) != text {
			return fmt.Errorf("%v, %w", msg, err)
		}
		_ = st.CloseSend() // Recv tells
		if _, err := st.Recv(); err != io.EOF {
			return err
		}
		return nil
	case 1:
		text += string(make([]byte, 100<<10))
	}
	reply, err := w.Conn.Request(ctx, trial.IdCall, []byte(text))
	if err == nil && string(reply) != text {
		return errors.New("another answer")
	}
	return err
}

// Waiting does not mend what the ends do not agree about: that is told at once.
func TestWaitForReadyEndsAtARefusal(t *testing.T) {
	for what, row := range map[string]struct {
		keys  [2]string
		calls grid.HandlerID
		code  *grid.Error
	}{
		"wrong key":       {[2]string{"sixteen bytes or", "sixteen others .."}, trial.IdCall, grid.ErrDisconnected},
		"unknown handler": {[2]string{"sixteen bytes or", "sixteen bytes or"}, trial.IdOther, grid.ErrUnknownHandler},
		"other kind":      {[2]string{"sixteen bytes or", "sixteen bytes or"}, trial.IdStream, grid.ErrIncompatible},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := trial.Role{Caller: "b", Server: "a"} // the caller dials
				w := r.World(t, trial.Setup{Apart: true, Configure: func(_ *trial.World, name string, o *grid.Options) {
					o.Auth = grid.SharedKey([]byte(row.keys[name[0]-'a']))
				}, Register: func(m *grid.Manager) error {
					return errors.Join(trial.RegisterEcho(m), trial.TypedStream(1, 1, trial.EchoBack)(m))
				}})
				ctx, cancel := context.WithTimeout(grid.WaitForReady(t.Context()), time.Minute)
				defer cancel()
				began := time.Now()
				_, err := w.Conn.Request(ctx, row.calls, nil)
				trial.WantError(t, "call", err, row.code, grid.NotSent)
				if _, err := w.Conn.NewStream(ctx, trial.IdCall, nil); grid.OutcomeOf(err) != grid.NotSent || errors.Is(err, grid.ErrDeadlineExceeded) {
					t.Errorf("stream: %v", err)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("it took %v: %v", took, err)
				}
			})
		})
	}
}

// The node that dials is back at a peer that was restarted in good order before
// anybody has waited long.
func TestRedialsAtOnceAfterAGoaway(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		for range 30 {
			time.Sleep(time.Second)
			if err := w.Stop(t.Context(), r.Server); err != nil {
				t.Fatal(err)
			}
			w.Restart(r.Server)
			began := time.Now()
			w.Connected(t)
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Fatalf("it took %v", took)
			}
		}
	})
}
