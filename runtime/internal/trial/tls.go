package trial

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
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Identity makes the options of a node that proves itself by a certificate, which is
// for the node named.
func (a *Authority) Identity(t *testing.T, named string) func(*grid.Options) {
	t.Helper()
	cert := a.Issue(t, named)
	return func(o *grid.Options) {
		o.Auth = grid.TLSIdentity()
		o.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: a.Pool}
	}
}

// Server is the listener of a node whose certificate is for the node named.
func (a *Authority) Server(t *testing.T, named string) func(net.Listener) net.Listener {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{a.Issue(t, named)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.Pool}
	return func(ln net.Listener) net.Listener { return tls.NewListener(ln, config) }
}

// Ground is an arena in which nodes prove themselves by certificates, the witness too.
func (a *Authority) Ground(t *testing.T) Ground {
	t.Helper()
	itself := a.Identity(t, "witness")
	return Ground{change: a.Identity(t, "target"), listen: a.Server(t, "target"), enter: func(t *testing.T, x *Arena) *witness {
		t.Helper()
		m, end := x.Caller(t, "witness", itself)
		WantConnected(t, m.Connection("target"))
		return newWitness(t, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), ProbePatience)
			defer cancel()
			_, err := m.Connection("target").Request(ctx, 1, []byte("alive"))
			return err
		}, end)
	}}
}

// WantKeptOut waits until a Connection is refused, for a reason.
func WantKeptOut(t *testing.T, c *grid.Connection, reason string) {
	t.Helper()
	for patience := time.After(ProbePatience); ; {
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

// Authority signs the certificates of a test.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	Pool *x509.CertPool
}

func NewAuthority(t *testing.T) *Authority {
	t.Helper()
	a := &Authority{Pool: x509.NewCertPool()}
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
	a.Pool.AddCert(a.cert)
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

// Issue makes a certificate for the name of a node, good on loopback.
func (a *Authority) Issue(t *testing.T, name string) tls.Certificate {
	t.Helper()
	return a.IssueAt(t, name, []string{name}, net.IPv4(127, 0, 0, 1))
}

// IssueAt makes a certificate with these alternative names.
func (a *Authority) IssueAt(t *testing.T, name string, names []string, hosts ...net.IP) tls.Certificate {
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
