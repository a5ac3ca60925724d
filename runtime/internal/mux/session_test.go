package mux_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// A session is ready only when its Connection knows of it: who waits for it, as
// a node does for the session with itself, can call at once.
func TestReadyMeansConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnd(t), newEnd(t)
		notice := make(chan struct{})
		near.ready = func() { <-notice }
		a, b := memconn.Pair(memconn.Options{})
		s, other := near.session(a, true), far.session(b, false)
		s.Start()
		other.Start()
		synctest.Wait()
		select {
		case <-s.Ready:
			t.Error("ready before the Connection has taken notice")
		default:
		}
		close(notice)
		<-s.Ready
		near.close()
		far.close()
	})
}

// A session that ends between its adoption and its start, or while it starts, is
// not among those that are looked after, and leaves nothing behind.
func TestASessionThatEndsBeforeItsStart(t *testing.T) {
	for what, begin := range map[string]func(s *mux.Session){
		"before":    func(s *mux.Session) { s.End(errTest, websocket.CloseNormal); s.Start() },
		"meanwhile": func(s *mux.Session) { go s.End(errTest, websocket.CloseNormal); s.Start() },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for range 50 {
					x, s, far := inMemory(t)
					begin(s)
					far.Close()
					synctest.Wait()
					if n := len(x.sessions.All()); n != 0 {
						t.Fatalf("%d sessions are there", n)
					}
					x.close()
				}
			})
		})
	}
}

// A session that begins while the node drains tells the peer so, and takes no new
// work: Shutdown may have looked for sessions before it was there.
func TestASessionThatBeginsDuringADrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, s, far := inMemory(t)
		x.leaving = true
		s.Start()
		in := websocket.NewReader(far, true, &x.node.Buffers, wire.MaxBatch, nil)
		var kinds []wire.Kind
		for len(kinds) < 2 {
			_, batch, err := in.Next()
			if err != nil {
				t.Fatal(err)
			}
			for len(batch) > 0 {
				var kind byte
				if kind, _, batch, err = wire.CutFrame(batch); err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, wire.Kind(kind))
			}
		}
		if kinds[0] != wire.KindRoutes || kinds[1] != wire.KindGoaway || !s.Draining.Load() {
			t.Errorf("frames of the kinds %v", kinds)
		}
		far.Close()
		x.close()
	})
}

// Calls one after the other find the role vacant; a while later the session's
// reader has it again.
func TestRoleIsVacantBetweenLoneCalls(t *testing.T) {
	p := pairOverTCP(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	vacant := func() bool { return p.s.Calls.LoneCaller.State.Load() != 0 }
	for !vacant() { // answers must come within a tick of each other, which takes luck on a busy machine
		if err := p.call(ctx, nil); err != nil {
			t.Fatal("the role was never vacant:", err)
		}
	}
	for vacant() {
		time.Sleep(node.WatchTick)
		if ctx.Err() != nil {
			t.Fatal("the role stays vacant")
		}
	}
}

// The Connection hears of the end before any call on the session fails: who makes its
// call again must find the next session, not this one.
func TestAConnectionHearsOfTheEndBeforeItsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnd(t), newEnd(t)
		notice, never := make(chan struct{}), make(chan struct{})
		near.ended = func() { <-notice }
		far.add(t, &handlers.Handler{ID: 2, Single: func(context.Context, *handlers.Context, []byte) ([]byte, error) {
			<-never
			return nil, nil
		}})
		a, b := memconn.Pair(memconn.Options{})
		p := pairOver(t, near, far, a, b)
		failed := make(chan error, 1)
		go func() {
			o := calls.Options{Timeout: time.Hour, Deadline: near.node.Clock.Now() + int64(time.Hour)}
			_, err := p.s.Calls.Request(t.Context(), 1, &o, nil)
			failed <- err
		}()
		synctest.Wait()
		b.Close()
		synctest.Wait()
		select {
		case err := <-failed:
			t.Errorf("failed before the Connection has taken notice: %v", err)
		default:
		}
		close(notice)
		if err := <-failed; !errors.Is(err, &status.Error{Code: status.Disconnected}) {
			t.Errorf("got %v", err)
		}
		close(never)
		near.close()
		far.close()
	})
}
