package peers_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// resolved is two nodes of which a follows a Resolver that a test scripts.
func resolved(t *testing.T, change func(o *grid.Options)) (*gridtest.Mesh, *gridtest.Resolver, *trial.LogBook) {
	t.Helper()
	r, logs := gridtest.NewResolver(peerAt("b", "b")), &trial.LogBook{}
	mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
		if name == "a" {
			o.Peers, o.Resolver, o.Logger = nil, r, logs.Logger()
			if change != nil {
				change(o)
			}
		}
	}, Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) }})
	time.Sleep(10 * time.Second)
	wantEcho(t, mesh)
	return mesh, r, logs
}

func wantEcho(t *testing.T, mesh *gridtest.Mesh) {
	t.Helper()
	reply, err := mesh.Connection("a", "b").Request(t.Context(), trial.IdCall, []byte("x"))
	trial.WantReply(t, "a call", reply, err, "x")
}

// What names the peers may lapse, or name nobody for a while: calls that work go on, over
// the same session.
func TestALapseOfTheResolverIsNoOutage(t *testing.T) {
	for what, lapse := range map[string]func(r *gridtest.Resolver){
		"it fails":        func(r *gridtest.Resolver) { r.Fail(errors.New("no leader")) },
		"it names nobody": func(r *gridtest.Resolver) { r.Name() },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mesh, r, _ := resolved(t, nil)
				lapse(r)
				for range 4 {
					time.Sleep(time.Minute)
					wantEcho(t, mesh)
				}
				r.Name(peerAt("b", "b"))
				time.Sleep(time.Hour)
				wantEcho(t, mesh)
				if n := mesh.Connection("a", "b").State().Session; n != 1 {
					t.Errorf("it took %d sessions", n)
				}
			})
		})
	}
}

// Of a new node some hear before others. Who hears first may be refused by who has not
// heard yet, and is connected soon after that one has, without waiting as long as after a
// refusal that only people can mend.
func TestWhoHearsOfAPeerFirst(t *testing.T) {
	for first, second := range map[string]string{"a": "b", "b": "a"} {
		t.Run(first, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				resolvers := map[string]*gridtest.Resolver{"a": gridtest.NewResolver(), "b": gridtest.NewResolver()}
				mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
					o.Peers, o.Resolver = nil, resolvers[name]
				}})
				time.Sleep(time.Hour)
				resolvers[first].Name(peerAt(second, second))
				time.Sleep(300 * time.Millisecond)
				resolvers[second].Name(peerAt(first, first))
				heard := time.Now()
				synctest.Wait()
				trial.WantConnected(t, mesh.Connection(first, second))
				if took := time.Since(heard); took > 2*time.Second {
					t.Errorf("connected %v after both have heard of each other", took)
				}
			})
		})
	}
}

// Who is not named for long enough is removed, and not before; a loss meanwhile is
// mended as any other.
func TestPeersThatAreNotNamedGoAfterTheirGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh, r, logs := resolved(t, func(o *grid.Options) { o.PeerGrace = time.Minute })
		conn := mesh.Connection("a", "b")
		r.Name()
		time.Sleep(30 * time.Second)
		mesh.Cut("a", "b")
		trial.Settle()
		mesh.HealAll()
		time.Sleep(20 * time.Second)
		wantEcho(t, mesh)
		time.Sleep(11 * time.Second)
		if conn.State().Phase != grid.Closed || mesh.Connection("a", "b") != nil {
			t.Errorf("after its grace the peer is %v", conn.State().Phase)
		}
		logs.Want(t, "peer is not named any more")
		logs.Want(t, "peer removed")
	})
}

// A peer that goes in good order and is not named any more is gone for good, whichever
// comes first: nobody waits for it, and no group counts it.
func TestPeersThatLeaveAreNotWaitedFor(t *testing.T) {
	for what, goes := range map[string]func(t *testing.T, mesh *gridtest.Mesh, r *gridtest.Resolver){
		"it leaves first": func(t *testing.T, mesh *gridtest.Mesh, r *gridtest.Resolver) {
			stop(t, mesh)
			r.Name()
		},
		"it is not named first": func(t *testing.T, mesh *gridtest.Mesh, r *gridtest.Resolver) {
			r.Name()
			trial.Settle()
			stop(t, mesh)
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mesh, r, _ := resolved(t, nil)
				goes(t, mesh, r)
				trial.Settle()
				if names := mesh.Node("a").Manager().AllPeers().Names(); len(names) != 0 {
					t.Errorf("the peers are %v", names)
				}
			})
		})
	}
}

func stop(t *testing.T, mesh *gridtest.Mesh) {
	t.Helper()
	if err := mesh.Stop(t.Context(), "b"); err != nil {
		t.Error(err)
	}
	trial.Settle()
}

// Somebody else may want a peer that the Resolver does not name any more.
func TestAddPeerKeepsWhoIsNotNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh, r, _ := resolved(t, func(o *grid.Options) { o.PeerGrace = time.Minute })
		r.Name()
		trial.Settle()
		if err := mesh.Node("a").Manager().AddPeer(peerAt("b", "b")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		wantEcho(t, mesh)
	})
}

// A Resolver that fails is asked again soon, at first, and then less and less often; the
// log has each reason once, and that it works again.
func TestResolverThatFailsIsAskedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh, r, logs := resolved(t, nil)
		before := r.Calls()
		r.Fail(errors.New("no leader"))
		time.Sleep(time.Second)
		if n := r.Calls() - before; n < 3 {
			t.Errorf("asked %d times in the first second", n)
		}
		time.Sleep(time.Hour)
		if n := r.Calls() - before; n > 2000 {
			t.Errorf("asked %d times in an hour", n)
		}
		if n := len(logs.Lines("resolver failed")); n != 1 {
			t.Errorf("the log has it %d times", n)
		}
		r.Name(peerAt("b", "b"))
		time.Sleep(time.Minute)
		logs.Want(t, "resolver works again")
		wantEcho(t, mesh)
	})
}
