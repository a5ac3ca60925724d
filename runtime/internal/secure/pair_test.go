package secure

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/node"
)

// pair is a server's Conn, as an HTTP server would have given it away, and what the other
// end has: any tls.Conn.
type pair struct {
	ours   *Conn
	theirs *tls.Conn
	raw    [2]net.Conn // of ours and theirs
}

// newPair shakes hands over a connection, and begins the session at our end.
func newPair(t *testing.T, ours, theirs net.Conn, client *tls.Config) *pair {
	t.Helper()
	p := &pair{raw: [2]net.Conn{ours, theirs}}
	m := &node.Node{}
	m.Log = slog.New(slog.DiscardHandler)
	m.Goroutines.Left = make(chan struct{}, 1)
	ln := Listen(&oneListener{conn: ours})
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server := tls.Server(accepted, identity().server)
	conn, ok := Accepted(m, server).(*Conn)
	if !ok {
		t.Fatalf("what the listener accepted is %T", Accepted(m, server))
	}
	p.ours, p.theirs = conn, tls.Client(theirs, client)
	done := make(chan error)
	go func() { done <- p.theirs.Handshake() }()
	// What a node says to shake hands takes the usual way.
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if b := p.read(t, 5); string(b) != "hello" {
		t.Fatalf("the other end reads %q", b)
	}
	Begin(conn)
	t.Cleanup(func() {
		p.ours.Close()
		theirs.Close()
	})
	return p
}

// memPair is newPair in memory: each direction holds so many bytes.
func memPair(t *testing.T, buffer int) (p *pair, ours, theirs *memconn.Conn) {
	t.Helper()
	ours, theirs = memconn.Pair(memconn.Options{Buffer: buffer})
	return newPair(t, ours, theirs, identity().client), ours, theirs
}

// tcpPair is newPair over loopback.
func tcpPair(t *testing.T, client *tls.Config) *pair {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	theirs, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return newPair(t, ours, theirs, client)
}

// read has the other end read n bytes.
func (p *pair) read(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	for at := 0; at < n; {
		m, err := p.theirs.Read(b[at:])
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", at, n, err)
		}
		at += m
	}
	return b
}

// ready reads once at our end, into a buffer of that size.
func (p *pair) ready(size int) ([]byte, error) {
	b := make([]byte, size)
	n, err := p.ours.ReadReady(func() []byte { return b }, func([]byte) {})
	return b[:n], err
}

// wantRead reads at our end until all of want has come.
func (p *pair) wantRead(t *testing.T, want []byte) {
	t.Helper()
	var got []byte
	for len(got) < len(want) {
		b, err := p.ready(64 << 10)
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", len(got), len(want), err)
		}
		got = append(got, b...)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("other bytes than those that were sent")
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// oneListener accepts one connection.
type oneListener struct {
	net.Listener
	conn net.Conn
}

func (l *oneListener) Accept() (net.Conn, error) { return l.conn, nil }

type configs struct{ server, client *tls.Config }

// identity is that of the server in all tests. Bubbles of fake time begin in 2000.
var identity = sync.OnceValue(func() configs {
	const name = "secure.test"
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
