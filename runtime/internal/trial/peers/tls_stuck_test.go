package peers_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P1, P3, P5, P8: a peer stops reading in the middle of a TLS record. Callers have their
// outcome by their deadline, whoever wrote for all of them; the session ends; and the
// nodes find each other again.
func TestTLSPeerStopsReading(t *testing.T) {
	for how, listen := range map[string]func(m *grid.Manager, ln net.Listener) net.Listener{
		"Manager.Listener": (*grid.Manager).Listener,
		"usual listener":   func(_ *grid.Manager, ln net.Listener) net.Listener { return ln },
	} {
		for _, role := range []trial.Role{{Caller: "a", Server: "b"}, {Caller: "b", Server: "a"}} {
			t.Run(how+", "+role.Caller+" calls", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var ran atomic.Int64
					mesh := tlsMesh(t, listen, func(_ context.Context, p []byte) ([]byte, error) {
						ran.Add(1)
						return p[:1], nil
					})
					c := mesh.Connection(role.Caller, role.Server)
					began := time.Now()
					mesh.Stall(role.Server)
					mayHaveRun := stuckCalls(t, c)
					if err := mesh.WaitDisconnected(t.Context(), role.Caller, role.Server); err != nil {
						t.Fatal(err)
					}
					limits := grid.DefaultLimits()
					if d := time.Since(began); d > 2*limits.PingInterval+limits.PongTimeout+limits.WriteStall {
						t.Errorf("the dead peer was noticed after %v", d)
					}
					mesh.Resume(role.Server)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					reply, err := c.Request(grid.WaitForReady(ctx), trial.IdCall, []byte("again"))
					trial.WantReply(t, "afterwards", reply, err, "a")
					if n := ran.Load() - 1; n > mayHaveRun {
						t.Errorf("%d calls ran, and %d may have", n, mayHaveRun)
					}
				})
			})
		}
	}
}

// stuckCalls makes calls to a peer that does not read, and returns how many of them may
// have run.
func stuckCalls(t *testing.T, c *grid.Connection) (mayHaveRun int64) {
	var all sync.WaitGroup
	var may atomic.Int64
	for i := range 32 {
		all.Go(func() {
			limit := time.Duration(100+10*i) * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			began := time.Now()
			_, err := c.Request(ctx, trial.IdCall, make([]byte, 40<<10))
			if d := time.Since(began); d > limit+100*time.Millisecond {
				t.Errorf("a call with %v took %v", limit, d)
			}
			switch {
			case !errors.Is(err, grid.ErrDeadlineExceeded):
				t.Errorf("a call: %v", err)
			case grid.OutcomeOf(err) == grid.MayHaveRun:
				may.Add(1)
			case grid.OutcomeOf(err) != grid.NotSent:
				t.Errorf("the outcome of a call is %v", grid.OutcomeOf(err))
			}
		})
	}
	all.Wait()
	return may.Load()
}

// tlsMesh is two nodes over TLS, in memory.
func tlsMesh(t *testing.T, listen func(*grid.Manager, net.Listener) net.Listener, fn func(context.Context, []byte) ([]byte, error)) *gridtest.Mesh {
	t.Helper()
	ca := trial.NewAuthority(t)
	server := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, "node.test")}}
	mesh := gridtest.New(t, gridtest.Options{
		Nodes:     []string{"a", "b"},
		Configure: func(_ string, o *grid.Options) { o.TLS = &tls.Config{RootCAs: ca.Pool, ServerName: "node.test"} },
		Listen: func(n *gridtest.Node, ln net.Listener) net.Listener {
			return tls.NewListener(listen(n.Manager(), ln), server)
		},
		Register: func(n *gridtest.Node) error { return n.Manager().RegisterSingleHandler(trial.IdCall, fn) },
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh
}
