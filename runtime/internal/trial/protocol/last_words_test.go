package protocol_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A peer that breaks the protocol is told how, also where this end is writing to
// it and its socket is full: the close frame follows the batch under way. Whoever
// reads too late is not waited for.
func TestAFaultIsToldBehindTheBatchUnderWay(t *testing.T) {
	for what, row := range map[string]struct {
		late time.Duration
		told bool
	}{
		"a peer that reads on":    {0, true},
		"a peer that is slow":     {500 * time.Millisecond, true},
		"a peer that reads later": {time.Minute, false},
	} {
		t.Run(what, func(t *testing.T) {
			inNetwork(t, func(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
				s := busySession(t, dial())
				state := x.Connection("probe").State()
				trial.SendFrames(t, s, []byte{42, 0})
				for range 100 { // what nobody reads any more does not reset the socket
					if s.Send(peer.NewFrame(peer.Ping, make([]byte, 10<<10))) != nil {
						break
					}
				}
				synctest.Wait()
				if now := x.Connection("probe").State(); state.Phase != grid.Connected || now.Phase != grid.Waiting {
					t.Errorf("the session did not end at once: %v", now.Phase)
				}
				time.Sleep(row.late)
				c := trial.SessionGone(t, s)
				if told := c != nil && c.Code == 1002 && strings.Contains(c.Reason, "unknown kind 42"); told != row.told {
					t.Errorf("closed with %+v", c)
				}
				s.Conn.Close()
			})
		})
	}
}

// busySession asks for so much that the other end is still writing, into a full
// socket, when it returns.
func busySession(t *testing.T, conn net.Conn) *peer.Session {
	t.Helper()
	s, err := peer.Dial(conn, peer.NewHello("probe", "target"), trial.TestKey)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(time.Hour))
	trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
	trial.ExpectFrame(t, s, peer.Routes)
	for id := range 20 {
		trial.SendFrames(t, s, peer.NewFrame(peer.Call, id+1, trial.RouteEcho, 0, 0, make([]byte, 60<<10)))
	}
	synctest.Wait()
	return s
}

// corruptible is a connection that a test can let spoil what it sends.
type corruptible struct {
	net.Conn
	spoil *atomic.Bool
}

func (c corruptible) Write(b []byte) (int, error) {
	if c.spoil.Load() && len(b) > 100 {
		b = bytes.Clone(b)
		b[len(b)-1] ^= 1
	}
	return c.Conn.Write(b)
}

// The other side of it: two nodes flood each other when the bytes of one are
// spoilt on their way. Its calls and its Connection tell why they ended.
func TestTheReasonOfAFaultArrivesUnderLoad(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		var spoil atomic.Bool
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Link: gridtest.Link{Latency: time.Millisecond, Bandwidth: 4 << 20}, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			dial := o.Dial
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				c, err := dial(ctx, address)
				return corruptible{c, &spoil}, err
			}
		}})
		if err := trial.RegisterEcho(w.Node(r.Caller).Manager()); err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		spoilt := w.Connection(trial.DialsFirst.Caller, trial.DialsFirst.Server)
		var calls []<-chan trial.Result
		for range 50 {
			calls = append(calls, trial.Begin(t.Context(), spoilt, trial.IdCall, make([]byte, 60<<10)))
			trial.Begin(t.Context(), w.Connection(trial.DialsFirst.Server, trial.DialsFirst.Caller), trial.IdCall, make([]byte, 60<<10))
		}
		time.Sleep(100 * time.Millisecond)
		_, changed := spoilt.Changes()
		spoil.Store(true)
		trial.Await(t, "change of state", changed)
		spoil.Store(false)
		const reason = "the checksum of a batch is wrong"
		if state := spoilt.State(); state.Reason == nil || !strings.Contains(state.Reason.Error(), reason) {
			t.Errorf("the Connection is %v: %v", state.Phase, state.Reason)
		}
		told := 0
		for _, call := range calls {
			if res := trial.Await(t, "call", call); res.Err != nil && strings.Contains(res.Err.Error(), reason) {
				told++
			}
		}
		if told == 0 {
			t.Error("no call was in flight")
		}
	})
}
