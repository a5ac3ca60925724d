package typed_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// who is called for the name of the node that answers.
var who = grid.NewSingleHandler(1, grid.NewBytes, grid.NewBytes, grid.WithTimeout(5*time.Second))

// patiently is the same, for callers who wait for longer than the pauses between dials.
var patiently = grid.NewSingleHandler(1, grid.NewBytes, grid.NewBytes, grid.WithTimeout(time.Minute))

// surely is the same, and idempotent.
var surely = grid.NewSingleHandler(2, grid.NewBytes, grid.NewBytes, grid.WithIdempotent(), grid.WithTimeout(5*time.Second))

// several starts the nodes a to d, of which the last three serve: b rejects what is asked for
// there, and what is said to hang hangs, until the caller gives up.
func several(t *testing.T, served *atomic.Int64) *gridtest.Mesh {
	t.Helper()
	mesh := gridtest.New(t, gridtest.Options{
		Nodes: []string{"a", "b", "c", "d"},
		Configure: func(name string, o *grid.Options) {
			o.ServerInterceptors = []grid.Interceptor{{Call: func(ctx context.Context, _ *grid.HandlerInfo, payload []byte, next grid.CallFunc) ([]byte, error) {
				if strings.Contains(string(payload), "not "+name) {
					return nil, grid.NewError(grid.ResourceExhausted, "not here")
				}
				return next(ctx, payload)
			}}}
		},
		Register: func(n *gridtest.Node) error {
			answer := func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) {
				served.Add(1)
				if strings.Contains(string(*req), "hang "+n.Name()) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return trial.Message(n.Name()), nil
			}
			if n.Name() == "a" {
				return nil
			}
			return n.Manager().Register(who.Handle(answer), surely.Handle(answer), who.Handle(answer, "disk", "1"))
		},
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh
}

// ask makes a call, and returns who has answered.
func ask(t *testing.T, c grid.Caller, request string) string {
	t.Helper()
	answer, err := who.Call(t.Context(), c, trial.Message(request))
	if err != nil {
		t.Errorf("%q: %v", request, err)
		return ""
	}
	return string(*answer)
}

// A call is made at the first peer that takes it: those that are not connected are left
// out, and one that rejects it is passed by. What may have run is not made again.
func TestAnyPeerOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served atomic.Int64
		mesh := several(t, &served)
		backwards := func(_ context.Context, all []*grid.Connection) []*grid.Connection {
			slices.Reverse(all)
			return all
		}
		group := mesh.Node("a").Manager().Group("b", "c", "d")
		first, last := group.Any(nil), group.Any(backwards)
		for _, c := range []struct {
			caller  grid.Caller
			request string
			want    string
		}{
			{first, "", "b"}, {last, "", "d"}, {first, "not b", "c"}, {first, "not b, not c", "d"}, {last, "not d", "c"},
			{first.Subroute("disk", "1"), "", "b"}, {group.Subroute("disk").Any(nil).Subroute("1"), "not b", "c"},
		} {
			if got := ask(t, c.caller, c.request); got != c.want {
				t.Errorf("%q was answered by %s, not %s", c.request, got, c.want)
			}
		}
		_, err := who.Call(t.Context(), first, trial.Message("not b, not c, not d"))
		trial.WantError(t, "all reject", err, grid.ErrResourceExhausted, grid.Rejected)
		_, err = who.Call(t.Context(), group.Subroute("a/b").Any(nil), trial.Message(""))
		trial.WantError(t, "a subroute that cannot be", err, grid.ErrInvalidArgument, grid.NotSent)

		mesh.Crash("b")
		mesh.WaitDisconnected(t.Context(), "a", "b")
		if got := ask(t, first, ""); got != "c" {
			t.Errorf("with b away it was answered by %s", got)
		}

		served.Store(0)
		go func() {
			time.Sleep(time.Second)
			mesh.Crash("c")
		}()
		_, err = who.Call(t.Context(), first, trial.Message("hang c"))
		trial.WantError(t, "the peer is lost under the call", err, grid.ErrDisconnected, grid.MayHaveRun)
		if n := served.Load(); n != 1 {
			t.Errorf("a call that may have run was made %d times", n)
		}
	})
}

// An idempotent call that may have run is made at another peer, within the same deadline.
func TestAnyPeerTakesOverAnIdempotentCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served atomic.Int64
		mesh := several(t, &served)
		c := mesh.Node("a").Manager().Group("b", "c").Any(nil)
		go func() {
			time.Sleep(time.Second)
			mesh.Crash("b")
		}()
		answer, err := surely.Call(t.Context(), c, trial.Message("hang b"))
		if err != nil || string(*answer) != "c" || served.Load() != 2 {
			t.Errorf("%v, %v, %d calls", answer, err, served.Load())
		}

		mesh.Restart("b")
		mesh.WaitConnected(t.Context())
		go func() {
			time.Sleep(2 * time.Second)
			mesh.Crash("b")
		}()
		began := time.Now()
		_, err = surely.Call(t.Context(), c, trial.Message("hang b, hang c"))
		trial.WantError(t, "nobody answers in time", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("both attempts together took %v", took)
		}
	})
}

// Without a peer that is connected a call fails at once, or waits for one if it is told to.
func TestAnyPeerWhileNobodyIsConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served atomic.Int64
		mesh := several(t, &served)
		for _, name := range []string{"b", "c", "d"} {
			mesh.Crash(name)
			mesh.WaitDisconnected(t.Context(), "a", name)
		}
		m := mesh.Node("a").Manager()
		c := m.Group("b", "c", "d").Any(nil)
		began := time.Now()
		_, err := who.Call(t.Context(), c, trial.Message(""))
		trial.WantError(t, "at once", err, grid.ErrDisconnected, grid.NotSent)
		if time.Since(began) > 0 {
			t.Error("it has waited")
		}
		_, err = who.Call(grid.WaitForReady(t.Context()), c, trial.Message(""))
		trial.WantError(t, "in vain", err, grid.ErrDeadlineExceeded, grid.NotSent)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it has waited for %v, not for the handler's timeout", took)
		}
		_, err = who.Call(grid.WaitForReady(t.Context()), m.Group("nobody", "e").Any(nil), trial.Message(""))
		trial.WantError(t, "of peers that are none", err, grid.ErrDisconnected, grid.NotSent)

		go func() {
			time.Sleep(time.Second)
			mesh.Restart("c")
		}()
		answer, err := patiently.Call(grid.WaitForReady(t.Context()), c, trial.Message(""))
		if err != nil || string(*answer) != "c" {
			t.Errorf("when one has come: %v, %v", answer, err)
		}
	})
}

// Streams and calls of bytes go to any peer, too.
func TestAnyPeerForStreamsAndBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		name := grid.NewStreamingHandler(3, grid.NewNoPayload, grid.NewNoPayload, grid.NewBytes)
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b", "c"}, Register: func(n *gridtest.Node) error {
			if err := n.Manager().RegisterSingleHandler(4, func(context.Context, []byte) ([]byte, error) { return []byte(n.Name()), nil }); err != nil {
				return err
			}
			return n.Manager().Register(name.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*grid.Bytes]) error {
				return out.Send(trial.Message(n.Name()))
			}))
		}})
		mesh.WaitConnected(t.Context())
		mesh.Crash("b")
		mesh.WaitDisconnected(t.Context(), "a", "b")
		c := mesh.Node("a").Manager().Group("b", "c").Any(nil)
		st, err := name.OpenReceiver(t.Context(), c, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		if msg, err := st.Recv(); err != nil || string(*msg) != "c" {
			t.Errorf("%v, %v", msg, err)
		}
		reply, err := c.Request(t.Context(), 4, nil)
		trial.WantReply(t, "bytes", reply, err, "c")
		ch, err := c.NewStream(t.Context(), 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.Results(func(msg []byte) error {
			if string(msg) != "c" {
				t.Errorf("%s", msg)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}
