package grid_test

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
)

// peerAt is a peer of a mesh at one of its hosts.
func peerAt(name, host string) grid.Peer {
	return grid.Peer{Name: name, Address: gridtest.Addr{Host: host, Port: 80}.String()}
}

// alone configures the nodes to have no peers from the start.
func alone(_ *world, _ string, o *grid.Options) { o.Peers = nil }

// wantConnected waits until one node is connected with another.
func wantConnected(t *testing.T, c *grid.Connection) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := c.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
}

// Nodes that know nobody are connected as soon as each was told of the other, and
// wrong peers are refused with a reason.
func TestAddPeer(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho, configure: alone, apart: true})
		caller, server := w.Node(r.caller).Manager(), w.Node(r.server).Manager()
		if caller.Connection(r.server) != nil {
			t.Fatal("there is a peer already")
		}
		for _, wrong := range []grid.Peer{{Name: "", Address: "a:1"}, {Name: "c", Address: "nonsense"}} {
			if err := caller.AddPeer(wrong); err == nil {
				t.Errorf("%+v was taken", wrong)
			}
		}
		if err := errors.Join(caller.AddPeer(peerAt(r.server, r.server)), server.AddPeer(peerAt(r.caller, r.caller))); err != nil {
			t.Fatal(err)
		}
		c := caller.Connection(r.server)
		wantConnected(t, c)
		reply, err := c.Request(t.Context(), idCall, []byte("hi"))
		wantReply(t, "call", reply, err, "hi")

		if err := errors.Join(caller.AddPeer(peerAt(r.server, r.server)), caller.AddPeer(peerAt(r.caller, "nowhere"))); err != nil {
			t.Fatal(err)
		}
		if state := c.State(); caller.Connection(r.server) != c || state.Phase != grid.Connected || state.Session != 1 {
			t.Errorf("a peer that was added again as it is: %+v", state)
		}
		if got := caller.Peers(); !slices.Equal(got, []string{r.server}) {
			t.Errorf("peers: %v", got)
		}
	})
}

// A peer that is removed takes its calls and streams with it, and its Connection
// stays closed; added again, it has a new one.
func TestRemovePeer(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		m := w.Node(r.caller).Manager()
		call := begin(t.Context(), w.conn, idCall, nil)
		await(t, "start of the call", h.started)
		st := openStream(t, w, "")
		await(t, "start of the stream", h.started)

		m.RemovePeer(r.server)
		m.RemovePeer("nobody")
		wantError(t, "call", await(t, "call", call).err, grid.ErrDisconnected, grid.MayHaveRun)
		_, err := st.Recv()
		wantError(t, "stream", err, grid.ErrDisconnected, grid.MayHaveRun)
		for range 2 {
			await(t, "end of a handler", h.ended)
		}
		if m.Connection(r.server) != nil || w.conn.State().Phase != grid.Closed {
			t.Errorf("after removal: %v, %+v", m.Connection(r.server), w.conn.State())
		}
		_, err = w.conn.Request(grid.WaitForReady(t.Context()), idOther, nil)
		wantError(t, "call after removal", err, grid.ErrDisconnected, grid.NotSent)

		time.Sleep(time.Minute) // the other end goes on trying, or waiting
		if w.Connection(r.server, r.caller).State().Phase == grid.Connected {
			t.Error("the removed peer is connected")
		}
		if err := m.AddPeer(peerAt(r.server, r.server)); err != nil {
			t.Fatal(err)
		}
		again := m.Connection(r.server)
		wantConnected(t, again)
		reply, err := again.Request(t.Context(), idOther, []byte("back"))
		wantReply(t, "call after the return", reply, err, "back")
		if again == w.conn || w.conn.State().Phase != grid.Closed {
			t.Error("the old Connection came back to life")
		}
	})
}

// move makes a node serve at another host too, as if it had moved there.
func move(t *testing.T, w *world, name, host string) {
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
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		move(t, w, r.server, "elsewhere")
		call := begin(t.Context(), w.conn, idCall, nil)
		await(t, "start", h.started)
		if err := w.Node(r.caller).Manager().AddPeer(peerAt(r.server, "elsewhere")); err != nil {
			t.Fatal(err)
		}
		wantError(t, "call", await(t, "call", call).err, grid.ErrDisconnected, grid.MayHaveRun)
		await(t, "end of the handler", h.ended)

		reply, err := w.conn.Request(grid.WaitForReady(t.Context()), idOther, []byte("on"))
		wantReply(t, "call on the same handle", reply, err, "on")
		if w.Node(r.caller).Manager().Connection(r.server) != w.conn {
			t.Error("there is another Connection")
		}
		if state := w.conn.State(); state.Session != 2 {
			t.Errorf("%+v", state)
		}
	})
}

// dialsFirst are two nodes of which the first dials the second: "b" dials "a".
var dialsFirst = role{caller: "b", server: "a"}

// An attempt that hangs at an old address does not hold up the new one, nor does
// the pause after many that failed.
func TestAPeerThatMovesIsDialedAtOnce(t *testing.T) {
	for what, old := range map[string]func(w *world){
		"no way to the old address": func(w *world) { w.Partition("a", "b") },
		"nobody at the old address": func(w *world) { w.Cut("a", "b") },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := dialsFirst.world(t, setup{register: registerEcho})
				old(w)
				time.Sleep(2 * time.Minute)
				move(t, w, "a", "elsewhere")
				w.Node("b").Manager().AddPeer(peerAt("a", "elsewhere"))
				synctest.Wait()
				if state := w.conn.State(); state.Phase != grid.Connected {
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
		w := dialsFirst.world(t, setup{apart: true, register: registerEcho, configure: func(_ *world, name string, o *grid.Options) {
			o.Peers = []grid.Peer{{Name: "a"}, {Name: "b"}} // else a would dial in place of b
		}})
		m := w.Node("b").Manager()
		phase := func(want grid.Phase) {
			t.Helper()
			synctest.Wait()
			if got := w.conn.State().Phase; got != want {
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
		if m.Connection("a") != w.conn {
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
		wantConnected(t, c)
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
				h := newWaiting()
				w := dialsFirst.world(t, setup{register: h.register, configure: func(_ *world, name string, o *grid.Options) {
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
				call := begin(t.Context(), w.conn, idCall, []byte("kept"))
				await(t, "start", h.started)
				address("b", 1)
				if got := m.Peers(); !slices.Equal(got, []string{"b"}) {
					t.Errorf("peers: %v", got)
				}
				if len(call) > 0 {
					t.Error("the call ended")
				}
				address("elsewhere", 2)
				wantError(t, "call", await(t, "call", call).err, grid.ErrDisconnected, grid.MayHaveRun)
			})
		})
	}
}

// A group of all peers calls those who are peers at that moment.
func TestAllPeersFollowsTheMembership(t *testing.T) {
	echoes := grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes)
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
			for _, a := range grid.Collect(echoes.CallGroup(t.Context(), all, message("hi"))) {
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
		wantConnected(t, m.Connection("b"))
		if got := answered(); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("after b came back: %v", got)
		}
	})
}
