package peers_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// peerAt is a peer of a mesh at one of its hosts.
func peerAt(name, host string) grid.Peer {
	return grid.Peer{Name: name, Address: gridtest.Addr{Host: host, Port: 80}.String()}
}

// alone configures the nodes to have no peers from the start.
func alone(_ *trial.World, _ string, o *grid.Options) { o.Peers = nil }

// Nodes that know nobody are connected as soon as each was told of the other, and
// wrong peers are refused with a reason.
func TestAddPeer(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: alone, Apart: true})
		caller, server := w.Node(r.Caller).Manager(), w.Node(r.Server).Manager()
		if caller.Connection(r.Server) != nil {
			t.Fatal("there is a peer already")
		}
		for _, wrong := range []grid.Peer{{Name: "", Address: "a:1"}, {Name: "c", Address: "nonsense"}} {
			if err := caller.AddPeer(wrong); err == nil {
				t.Errorf("%+v was taken", wrong)
			}
		}
		if err := errors.Join(caller.AddPeer(peerAt(r.Server, r.Server)), server.AddPeer(peerAt(r.Caller, r.Caller))); err != nil {
			t.Fatal(err)
		}
		c := caller.Connection(r.Server)
		trial.WantConnected(t, c)
		reply, err := c.Request(t.Context(), trial.IdCall, []byte("hi"))
		trial.WantReply(t, "call", reply, err, "hi")

		if err := errors.Join(caller.AddPeer(peerAt(r.Server, r.Server)), caller.AddPeer(peerAt(r.Caller, "nowhere"))); err != nil {
			t.Fatal(err)
		}
		if state := c.State(); caller.Connection(r.Server) != c || state.Phase != grid.Connected || state.Session != 1 {
			t.Errorf("a peer that was added again as it is: %+v", state)
		}
		if got := caller.Peers(); !slices.Equal(got, []string{r.Server}) {
			t.Errorf("peers: %v", got)
		}
	})
}

// A peer that is removed takes its calls and streams with it, and its Connection
// stays closed; added again, it has a new one.
func TestRemovePeer(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		m := w.Node(r.Caller).Manager()
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
		trial.Await(t, "start of the call", h.Started)
		st := trial.OpenStream(t, w, "")
		trial.Await(t, "start of the stream", h.Started)

		m.RemovePeer(r.Server)
		m.RemovePeer("nobody")
		trial.WantError(t, "call", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
		_, err := st.Recv()
		trial.WantError(t, "stream", err, grid.ErrDisconnected, grid.MayHaveRun)
		for range 2 {
			trial.Await(t, "end of a handler", h.Ended)
		}
		if m.Connection(r.Server) != nil || w.Conn.State().Phase != grid.Closed {
			t.Errorf("after removal: %v, %+v", m.Connection(r.Server), w.Conn.State())
		}
		_, err = w.Conn.Request(grid.WaitForReady(t.Context()), trial.IdOther, nil)
		trial.WantError(t, "call after removal", err, grid.ErrDisconnected, grid.NotSent)

		time.Sleep(time.Minute) // the other end goes on trying, or waiting
		if w.Connection(r.Server, r.Caller).State().Phase == grid.Connected {
			t.Error("the removed peer is connected")
		}
		if err := m.AddPeer(peerAt(r.Server, r.Server)); err != nil {
			t.Fatal(err)
		}
		again := m.Connection(r.Server)
		trial.WantConnected(t, again)
		reply, err := again.Request(t.Context(), trial.IdOther, []byte("back"))
		trial.WantReply(t, "call after the return", reply, err, "back")
		if again == w.Conn || w.Conn.State().Phase != grid.Closed {
			t.Error("the old Connection came back to life")
		}
	})
}

// move makes a node serve at another host too, as if it had moved there.
func move(t *testing.T, w *trial.World, name, host string) {
	t.Helper()
	ln, err := w.Listen(host)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, w.Node(name).Manager().Handler())
	server := &http.Server{Handler: mux}
	var served sync.WaitGroup
	served.Go(func() { server.Serve(ln) })
	t.Cleanup(func() { server.Close(); served.Wait() })
}

// A peer that gets another address keeps its Connection: what is in flight fails
// honestly, and the next session is with the new address.
func TestAPeerThatMovesKeepsItsConnection(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		move(t, w, r.Server, "elsewhere")
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
		trial.Await(t, "start", h.Started)
		if err := w.Node(r.Caller).Manager().AddPeer(peerAt(r.Server, "elsewhere")); err != nil {
			t.Fatal(err)
		}
		trial.WantError(t, "call", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
		trial.Await(t, "end of the handler", h.Ended)

		reply, err := w.Conn.Request(grid.WaitForReady(t.Context()), trial.IdOther, []byte("on"))
		trial.WantReply(t, "call on the same handle", reply, err, "on")
		if w.Node(r.Caller).Manager().Connection(r.Server) != w.Conn {
			t.Error("there is another Connection")
		}
		if state := w.Conn.State(); state.Session != 2 {
			t.Errorf("%+v", state)
		}
	})
}

// An attempt that hangs at an old address does not hold up the new one, nor does
// the pause after many that failed.
func TestAPeerThatMovesIsDialedAtOnce(t *testing.T) {
	for what, old := range map[string]func(w *trial.World){
		"no way to the old address": func(w *trial.World) { w.Partition("a", "b") },
		"nobody at the old address": func(w *trial.World) { w.Cut("a", "b") },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := trial.DialsFirst.World(t, trial.Setup{Register: trial.RegisterEcho})
				old(w)
				time.Sleep(2 * time.Minute)
				move(t, w, "a", "elsewhere")
				w.Node("b").Manager().AddPeer(peerAt("a", "elsewhere"))
				synctest.Wait()
				if state := w.Conn.State(); state.Phase != grid.Connected {
					t.Errorf("at once after the move: %v, %v", state.Phase, state.Reason)
				}
			})
		})
	}
}

// A peer without an address is waited for; given one, it is dialed, and no more
// once it is taken away.
func TestAPeerGetsAndLosesItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := trial.DialsFirst.World(t, trial.Setup{Apart: true, Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) {
			o.Peers = []grid.Peer{{Name: "a"}, {Name: "b"}} // else a would dial in place of b
		}})
		m := w.Node("b").Manager()
		phase := func(want grid.Phase) {
			t.Helper()
			synctest.Wait()
			if got := w.Conn.State().Phase; got != want {
				t.Errorf("%v, want %v", got, want)
			}
		}
		time.Sleep(time.Minute)
		phase(grid.Waiting)
		m.AddPeer(peerAt("a", "a"))
		phase(grid.Connected)
		m.AddPeer(grid.Peer{Name: "a"})
		phase(grid.Waiting)
		time.Sleep(time.Minute)
		phase(grid.Waiting)
		m.AddPeer(peerAt("a", "a"))
		phase(grid.Connected)
		if m.Connection("a") != w.Conn {
			t.Error("there is another Connection")
		}
	})
}

// A guest that becomes a peer keeps its Connection and its session, and is not
// forgotten any more.
func TestAGuestBecomesAPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a"}, Configure: func(name string, o *grid.Options) {
			o.Accept = func(string) bool { return true }
			o.CallOnly = name == "tool"
		}})
		mesh.Add("tool")
		m := mesh.Node("a").Manager()
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := m.Connection("tool")
		trial.WantConnected(t, c)
		if got := m.AllPeers().Names(); len(got) != 0 {
			t.Errorf("a guest is among the peers: %v", got)
		}
		m.AddPeer(grid.Peer{Name: "tool"})
		if got := m.AllPeers().Names(); !slices.Equal(got, []string{"tool"}) {
			t.Errorf("peers: %v", got)
		}
		if state := c.State(); state.Phase != grid.Connected || state.Session != 1 {
			t.Errorf("%+v", state)
		}
		mesh.Cut("a", "tool")
		synctest.Wait()
		if m.Connection("tool") != c || c.State().Phase != grid.Waiting {
			t.Errorf("after the cut: %+v", c.State())
		}
	})
}

// One who dials keeps its session, and what is in flight, when its address becomes
// known. Another address ends it.
func TestTheFirstAddressOfOneWhoDials(t *testing.T) {
	for what, peers := range map[string][]grid.Peer{"a guest": nil, "a peer": {{Name: "b"}}} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := trial.NewWaiting()
				w := trial.DialsFirst.World(t, trial.Setup{Register: h.Register, Configure: func(_ *trial.World, name string, o *grid.Options) {
					if name == "a" {
						o.Peers, o.Accept = peers, func(string) bool { return true }
					}
				}})
				m := w.Node("a").Manager()
				c := m.Connection("b")
				address := func(host string, session uint64) {
					t.Helper()
					if err := m.AddPeer(peerAt("b", host)); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Second)
					if state := c.State(); m.Connection("b") != c || state.Phase != grid.Connected || state.Session != session {
						t.Errorf("at %s: %+v, want session %d", host, state, session)
					}
				}
				call := trial.Begin(t.Context(), w.Conn, trial.IdCall, []byte("kept"))
				trial.Await(t, "start", h.Started)
				address("b", 1)
				if got := m.Peers(); !slices.Equal(got, []string{"b"}) {
					t.Errorf("peers: %v", got)
				}
				if len(call) > 0 {
					t.Error("the call ended")
				}
				address("elsewhere", 2)
				trial.WantError(t, "call", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
			})
		})
	}
}

// A group of all peers calls those who are peers at that moment.
func TestAllPeersFollowsTheMembership(t *testing.T) {
	echoes := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b", "c"}, Register: func(n *gridtest.Node) error {
			return echoes.Register(n.Manager(), func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
		}})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		m := mesh.Node("a").Manager()
		all := m.AllPeers()
		answered := func() []string {
			var names []string
			for _, a := range grid.Collect(echoes.CallGroup(t.Context(), all, trial.Message("hi"))) {
				if a.Err == nil {
					names = append(names, a.Peer)
				}
			}
			slices.Sort(names)
			return names
		}
		if got := answered(); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("all: %v", got)
		}
		m.RemovePeer("b")
		if got := answered(); !slices.Equal(got, []string{"c"}) {
			t.Errorf("after b was removed: %v", got)
		}
		m.AddPeer(peerAt("b", "b"))
		trial.WantConnected(t, m.Connection("b"))
		if got := answered(); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("after b came back: %v", got)
		}
	})
}
