package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Wire says what sessions of a world run over.
type Wire int

const (
	Plain Wire = iota
	TLS        // the servers' listeners are those of Manager.Listener
	// UsualTLS has acceptors read and write on goroutines that block: the listeners are not
	// those of Manager.Listener. Only asked for by -wire: two that read at the end of a session
	// wait for each other at a lock of crypto/tls, during which fake time stands still.
	UsualTLS
)

// wireOf draws the wire of a world. A plan is the same over each. Most worlds are plain:
// each handshake of TLS takes as long as a small world.
func wireOf(seed uint64) Wire {
	if seed%8 == 3 {
		return TLS
	}
	return Plain
}

// dial has a node dial over the wire.
func (w Wire) dial(o *grid.Options) {
	if w != Plain {
		o.TLS = identity().client
	}
}

// listen has a node accept over the wire.
func (w Wire) listen(m *grid.Manager, ln net.Listener) net.Listener {
	switch w {
	case TLS:
		return tls.NewListener(m.Listener(ln), identity().server)
	case UsualTLS:
		return tls.NewListener(ln, identity().server)
	}
	return ln
}

type configs struct{ server, client *tls.Config }

// identity is that of all nodes of all worlds. Bubbles of fake time begin in 2000.
var identity = sync.OnceValue(func() configs {
	const name = "sim.test"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(100, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return configs{
		server: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		client: &tls.Config{RootCAs: roots, ServerName: name},
	}
})
