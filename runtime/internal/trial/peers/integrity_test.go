package peers_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// damage is what a proxy does to the bytes that it passes on next, in one direction.
type damage struct {
	name  string
	apply func(b []byte, cut int) (out []byte, over bool)
}

// closes ends what is under way early, with a close frame of the proxy's in the
// middle of the frame that it has half passed on, as proxies do when they are
// reloaded: 1001, masked where it goes to the acceptor. Masks are random, so the
// bytes in whose place it comes may happen to be its own: it comes one earlier then,
// where nothing would be damaged.
func closes(frame ...byte) damage {
	return damage{fmt.Sprintf("a close frame of %d bytes", len(frame)), func(b []byte, cut int) ([]byte, bool) {
		if bytes.HasPrefix(frame, b[len(b)-cut:]) {
			cut++
		}
		return append(b[:len(b)-cut:len(b)-cut], frame...), true
	}}
}

// damages are those in each direction, towards the acceptor first.
var damages = [2][]damage{
	{closes(0x88, 0x82, 1, 2, 3, 4, 3^1, 0xe9^2), flips},
	{closes(0x88, 2, 3, 0xe9), flips},
}

var flips = damage{"a bit", func(b []byte, cut int) ([]byte, bool) {
	b[len(b)-cut] ^= 1
	return b, false
}}

// terminator is a proxy that ends TLS in front of the node a and damages what it is
// told to.
type terminator struct {
	mesh *gridtest.Mesh
	next [2]atomic.Pointer[func([]byte) ([]byte, bool)] // towards the acceptor, towards the dialer
	all  sync.WaitGroup
}

// start serves at a host until the mesh is closed.
func (p *terminator) start(t *testing.T, host string, cert tls.Certificate) {
	t.Helper()
	plain, err := p.mesh.Listen(host)
	if err != nil {
		t.Fatal(err)
	}
	ln := tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{cert}})
	p.all.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := p.mesh.Network.Dial(context.Background(), host, "a")
			if err != nil {
				near.Close()
				continue
			}
			p.all.Go(func() { p.pass(near, far, 0) })
			p.all.Go(func() { p.pass(far, near, 1) })
		}
	})
	t.Cleanup(func() { ln.Close(); p.mesh.Network.Close(); p.all.Wait() })
}

// pass passes on what comes, until it has damaged that for good.
func (p *terminator) pass(from, to net.Conn, direction int) {
	defer from.Close()
	defer to.Close()
	b := make([]byte, 1<<20)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		out, over := b[:n], false
		if f := p.next[direction].Swap(nil); f != nil {
			out, over = (*f)(out)
		}
		if _, err := to.Write(out); err != nil || over {
			return
		}
	}
}

// PROTOCOL.md: "Both letters are offered over TLS too: TLS protects one hop, and between two nodes a proxy may end it."
// A proxy that ends TLS between two nodes cuts, closes or changes a request or an
// answer at any of its last bytes: the call fails, and neither end ever sees other
// bytes than the ones that were sent.
func TestNoAlteredBytesBehindAProxyThatEndsTLS(t *testing.T) {
	cert, roots := proxyCertificate(t)
	for _, r := range []trial.Role{{Caller: "b", Server: "a"}, {Caller: "a", Server: "b"}} { // b dials
		for direction, all := range damages {
			for _, d := range all {
				for cut := 1; cut <= 8; cut++ {
					t.Run(fmt.Sprintf("%s calls, %s %s, %d before the end", r.Caller, d.name, [2]string{"to a", "to b"}[direction], cut), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							callThroughDamage(t, r, cert, roots, direction, func(b []byte) ([]byte, bool) { return d.apply(b, cut) })
						})
					})
				}
			}
		}
	}
}

// proxyCertificate is that of the host of a proxy, and what dialers are to trust.
func proxyCertificate(t *testing.T) (tls.Certificate, *tls.Config) {
	t.Helper()
	ca := trial.NewAuthority(t)
	return ca.Issue(t, "proxy"), &tls.Config{RootCAs: ca.Pool}
}

func callThroughDamage(t *testing.T, r trial.Role, cert tls.Certificate, trust *tls.Config, direction int, apply func([]byte) ([]byte, bool)) {
	const sent = "account=17 amount=0001"
	register := func(m *grid.Manager) error {
		return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
			if string(p) != sent {
				t.Errorf("the handler was given %q", p)
			}
			return bytes.Clone(p), nil
		})
	}
	w := r.World(t, trial.Setup{Apart: true, Register: register, Configure: func(_ *trial.World, name string, o *grid.Options) {
		if name == "b" {
			o.TLS = trust
			o.Peers = []grid.Peer{{Name: "a", Address: "proxy:80"}}
		}
	}})
	p := &terminator{mesh: w.Mesh}
	p.start(t, "proxy", cert)
	w.Connected(t)
	synctest.Wait()
	p.next[direction].Store(&apply)
	reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte(sent))
	if err == nil {
		t.Errorf("the call returned %q and no error", reply)
	}
	trial.WantError(t, "call", err, grid.ErrDisconnected, grid.MayHaveRun)
	reply, err = w.Conn.Request(grid.WaitForReady(t.Context()), trial.IdCall, []byte(sent))
	trial.WantReply(t, "next call", reply, err, sent)
}

// Options.TLS is cloned: what is changed in it later has no effect.
func TestOptionsTLSIsCloned(t *testing.T) {
	cert, trust := proxyCertificate(t)
	synctest.Test(t, func(t *testing.T) {
		w := trial.Role{Caller: "b", Server: "a"}.World(t, trial.Setup{Apart: true, Configure: func(_ *trial.World, name string, o *grid.Options) {
			if name == "b" {
				o.TLS, o.Peers = trust, []grid.Peer{{Name: "a", Address: "proxy:80"}}
			}
		}})
		trust.RootCAs = nil
		p := &terminator{mesh: w.Mesh}
		p.start(t, "proxy", cert)
		w.Connected(t)
	})
}
