package grid_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// nameless is the host of an attacker over TLS, which has an address for its name: so
// a certificate for another node is good for the host, as all of issue are.
const nameless = "127.0.0.1"

// identity makes the options of a node that proves itself by a certificate, which is
// for the node named.
func (a *authority) identity(t *testing.T, named string) func(*grid.Options) {
	t.Helper()
	cert := a.issue(t, named)
	return func(o *grid.Options) {
		o.Auth = grid.TLSIdentity()
		o.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: a.pool}
	}
}

// server is the listener of a node whose certificate is for the node named.
func (a *authority) server(t *testing.T, named string) func(net.Listener) net.Listener {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{a.issue(t, named)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool}
	return func(ln net.Listener) net.Listener { return tls.NewListener(ln, config) }
}

// ground is an arena in which nodes prove themselves by certificates, the witness too.
func (a *authority) ground(t *testing.T) ground {
	t.Helper()
	itself := a.identity(t, "witness")
	return ground{change: a.identity(t, "target"), listen: a.server(t, "target"), enter: func(t *testing.T, x *arena) *witness {
		t.Helper()
		m, end := x.caller(t, "witness", itself)
		wantConnected(t, m.Connection("target"))
		return newWitness(t, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), probePatience)
			defer cancel()
			_, err := m.Connection("target").Request(ctx, 1, []byte("alive"))
			return err
		}, end)
	}}
}

// A name is bound to its credential: a valid certificate for another name does not
// do, whichever end dials, and the state of the Connection says so.
func TestTLSIdentityIsBoundToTheName(t *testing.T) {
	ca := newAuthority(t)
	forged := ca.identity(t, "somebody.else")
	t.Run("of a dialer", func(t *testing.T) {
		inArena(t, ca.ground(t), func(t *testing.T, a *arena) {
			m, end := a.caller(t, "probe", forged)
			a.atEnd(end)
			wantKeptOut(t, m.Connection("target"), "the certificate is not for \"probe\"")
			if state := a.Connection("probe").State(); state.Phase != grid.Waiting {
				t.Errorf("the target is %v", state.Phase)
			}
		})
	})
	t.Run("of an acceptor", func(t *testing.T) {
		inArena(t, ca.ground(t), func(t *testing.T, a *arena) {
			m, end := a.caller(t, "other", func(o *grid.Options) {
				forged(o)
				o.Peers = []grid.Peer{{Name: "target"}}
			})
			a.atEnd(end)
			srv := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: quietLog}
			go srv.Serve(ca.server(t, "somebody.else")(a.trapAt(t, nameless)))
			a.atEnd(func() { srv.Close() })
			a.lure(t, "other", nameless)
			wantKeptOut(t, a.Connection("other"), "the certificate is not for \"other\"")
			if state := m.Connection("target").State(); state.Phase != grid.Waiting {
				t.Errorf("the attacker is %v", state.Phase)
			}
		})
	})
}

// wantKeptOut waits until a Connection is refused, for a reason.
func wantKeptOut(t *testing.T, c *grid.Connection, reason string) {
	t.Helper()
	for patience := time.After(probePatience); ; {
		state, changed := c.Changes()
		switch state.Phase {
		case grid.Connected:
			t.Fatalf("connected with %s", c.Name())
		case grid.Refused:
			if !strings.Contains(state.Reason.Error(), reason) {
				t.Errorf("the reason: %v", state.Reason)
			}
			return
		}
		select {
		case <-changed:
		case <-patience:
			t.Fatalf("%s: %+v", c.Name(), state)
		}
	}
}
