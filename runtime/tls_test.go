package grid_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour), // bubbles of fake time are in the past
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate for the name of a node, good on loopback.
func (a *authority) issue(t *testing.T, name string) tls.Certificate {
	t.Helper()
	return a.issueAt(t, name, []string{name}, net.IPv4(127, 0, 0, 1))
}

// issueAt makes a certificate with these alternative names.
func (a *authority) issueAt(t *testing.T, name string, names []string, hosts ...net.IP) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour), // bubbles of fake time are in the past
		DNSNames: names, IPAddresses: hosts,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

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
		if err := m.RegisterSingleHandler(idCall, echo); err != nil {
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
	ca := newAuthority(t)
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
			nodes := tlsPair(t, ca.pool,
				tlsNode{"a.test", node.auth(), ca.issue(t, "a.test"), node.ask},
				tlsNode{"b.test", node.auth(), ca.issue(t, "b.test"), node.ask})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for i, m := range nodes {
				c := m.Connection(nodes[1-i].Name())
				for _, size := range []int{0, 1000, 2 << 20} {
					reply, err := c.Request(grid.WaitForReady(ctx), idCall, make([]byte, size))
					if err != nil || len(reply) != size {
						t.Errorf("%s calls %s: %d of %d bytes, %v", m.Name(), c.Name(), len(reply), size, err)
					}
				}
			}
		})
	}
}
