package peers_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// socketPair is two nodes over real sockets: a dials b, through a gate.
type socketPair struct {
	nodes map[string]*grid.Manager
	books map[string]*socketBook // the sockets of each node
	gate  *gate
}

// newSocketPair starts both nodes. Both serve trial.IdCall. They find out nothing about a
// dead socket by themselves for a minute.
func newSocketPair(t *testing.T, secure bool, serve func(context.Context, []byte) ([]byte, error)) *socketPair {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &socketPair{nodes: map[string]*grid.Manager{}, books: map[string]*socketBook{"a": {}, "b": {}}}
	limits := grid.Limits{PingInterval: time.Minute, PongTimeout: time.Minute, WriteStall: time.Minute}
	a := grid.Options{Name: "a", CallOnly: true, Limits: limits, Dial: func(ctx context.Context, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			p.books["a"].add(c)
		}
		return c, err
	}}
	b := grid.Options{Name: "b", CallOnly: true, Limits: limits, Peers: []grid.Peer{{Name: "a"}}}
	identity := &tls.Config{}
	if secure {
		ca := trial.NewAuthority(t)
		identity.Certificates = []tls.Certificate{ca.Issue(t, "b")}
		a.TLS = &tls.Config{RootCAs: ca.Pool, ServerName: "b"}
		b.TLS = a.TLS
	}
	p.start(t, b, serve)
	served := p.nodes["b"].Listener(&bookedListener{ln, p.books["b"]})
	if secure {
		served = tls.NewListener(served, identity)
	}
	server := &http.Server{Handler: p.nodes["b"].Handler(), ErrorLog: trial.QuietLog}
	go server.Serve(served)
	t.Cleanup(func() { server.Close() })
	p.gate = newGate(t, ln.Addr().String(), secure)
	a.Peers = []grid.Peer{{Name: "b", Address: p.gate.ln.Addr().String()}}
	p.start(t, a, serve)
	return p
}

func (p *socketPair) start(t *testing.T, o grid.Options, serve func(context.Context, []byte) ([]byte, error)) {
	t.Helper()
	o.Auth, o.Logger = grid.SharedKey(trial.TestKey), slog.New(slog.DiscardHandler)
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	p.nodes[o.Name] = m
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := m.RegisterSingleHandler(trial.IdCall, serve); err != nil {
		t.Fatal(err)
	}
}

// eachSocketPair runs a test with a pair of its own for each transport and caller.
func eachSocketPair(t *testing.T, test func(t *testing.T, secure bool, caller, server string)) {
	for transport, secure := range map[string]bool{"tls": true, "plain": false} {
		for caller, server := range map[string]string{"a": "b", "b": "a"} {
			t.Run(transport+", "+caller+" calls", func(t *testing.T) {
				t.Parallel()
				test(t, secure, caller, server)
			})
		}
	}
}

// socketBook knows the sockets of a test.
type socketBook struct {
	mu  sync.Mutex
	all []*net.TCPConn
}

func (s *socketBook) add(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, c.(*net.TCPConn))
}

// resize gives the buffers of all sockets another size.
func (s *socketBook) resize(t *testing.T, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.all {
		if err := c.SetWriteBuffer(n); err != nil {
			t.Error(err)
		}
	}
}

// closeWrite makes all sockets take nothing more. What they have taken is sent.
func (s *socketBook) closeWrite(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.all {
		if err := c.CloseWrite(); err != nil {
			t.Error(err)
		}
	}
}

type bookedListener struct {
	net.Listener
	book *socketBook
}

func (l *bookedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.book.add(c)
	}
	return c, err
}
