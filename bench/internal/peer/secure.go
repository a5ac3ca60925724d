package peer

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
	"time"
)

// Target is a server to connect to.
type Target struct {
	Address string
	// Flight is how many calls each connection will carry at a time.
	Flight int
	// TLS, if set, is how to connect; peers keep it and change nothing in it.
	TLS *tls.Config
}

// dial opens a connection to the target, over TLS where that is asked for.
func (t Target) dial(ctx context.Context) (net.Conn, error) {
	if t.TLS == nil {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", t.Address)
	}
	d := tls.Dialer{Config: t.TLS}
	return d.DialContext(ctx, "tcp", t.Address)
}

// secured is a listener whose connections are over TLS where that is asked for.
func secured(ln net.Listener, secure *tls.Config) net.Listener {
	if secure == nil {
		return ln
	}
	return tls.NewListener(ln, secure)
}

// serverName is what certificates of this package are for.
const serverName = "bench.test"

// NewIdentity makes a certificate for a server, with a key that nobody else has.
// Clients that Trust it can connect.
func NewIdentity() (secure *tls.Config, certificate []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: serverName}, DNSNames: []string{serverName},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	if certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		return nil, nil, err
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}},
	}, certificate, nil
}

// Trust is how to connect to the server with a certificate, and to no other.
func Trust(certificate []byte) (*tls.Config, error) {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(c)
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: serverName}, nil
}
