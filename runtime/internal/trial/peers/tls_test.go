package peers_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// tlsNode is one side of a pair over TLS.
type tlsNode struct {
	name string
	auth grid.Authenticator
	cert tls.Certificate
	ask  tls.ClientAuthType // of the clients that it accepts
}

// tlsPair starts two nodes on loopback TCP, and returns the Managers.
func tlsPair(t *testing.T, roots *x509.CertPool, nodes ...tlsNode) []*grid.Manager {
	t.Helper()
	var listeners []net.Listener
	var peers []grid.Peer
	for _, n := range nodes {
		ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{n.cert}, ClientAuth: n.ask, ClientCAs: roots})
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, ln)
		peers = append(peers, grid.Peer{Name: n.name, Address: ln.Addr().String()})
	}
	var out []*grid.Manager
	for i, n := range nodes {
		m, err := grid.NewManager(grid.Options{Name: n.name, Peers: peers, Auth: n.auth,
			TLS: &tls.Config{Certificates: []tls.Certificate{n.cert}, RootCAs: roots}})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RegisterSingleHandler(trial.IdCall, trial.Echo); err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: m.Handler()}
		go server.Serve(listeners[i])
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if err := m.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			server.Close()
		})
		out = append(out, m)
	}
	return out
}

// Over TLS everything goes as without it, large messages too. The nodes prove
// themselves by a key, by their certificates (mutual TLS), or by a token.
func TestTLS(t *testing.T) {
	ca := trial.NewAuthority(t)
	token := func() grid.Authenticator { return grid.Token("sesame, open", grid.SameToken("sesame, open")) }
	for how, node := range map[string]struct {
		auth func() grid.Authenticator
		ask  tls.ClientAuthType
	}{
		"shared key": {func() grid.Authenticator { return grid.SharedKey(make([]byte, 32)) }, tls.NoClientCert},
		"mutual TLS": {grid.TLSIdentity, tls.RequireAndVerifyClientCert},
		"token":      {token, tls.NoClientCert},
	} {
		t.Run(how, func(t *testing.T) {
			nodes := tlsPair(t, ca.Pool,
				tlsNode{"a.test", node.auth(), ca.Issue(t, "a.test"), node.ask},
				tlsNode{"b.test", node.auth(), ca.Issue(t, "b.test"), node.ask})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for i, m := range nodes {
				c := m.Connection(nodes[1-i].Name())
				for _, size := range []int{0, 1000, 2 << 20} {
					reply, err := c.Request(grid.WaitForReady(ctx), trial.IdCall, make([]byte, size))
					if err != nil || len(reply) != size {
						t.Errorf("%s calls %s: %d of %d bytes, %v", m.Name(), c.Name(), len(reply), size, err)
					}
				}
			}
		})
	}
}
