package peers_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// servers starts nodes behind one address, each at a path of its own.
func servers(t *testing.T, overTLS bool, names ...string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for _, name := range names {
		m, err := grid.NewManager(grid.Options{Name: name, Auth: grid.InsecureNoAuth(), Accept: func(string) bool { return true },
			Register: trial.RegisterEcho, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Shutdown(context.Background()) })
		mux.Handle("/"+name+"/grid", m.Handler())
	}
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if overTLS {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// client starts a node that dials peers and serves nobody.
func client(t *testing.T, change func(o *grid.Options), peers ...grid.Peer) *grid.Manager {
	t.Helper()
	o := grid.Options{Name: "client", CallOnly: true, Auth: grid.InsecureNoAuth(), Peers: peers, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown(context.Background()) })
	return m
}

func wantEchoOf(t *testing.T, m *grid.Manager, peer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reply, err := m.Connection(peer).Request(grid.WaitForReady(ctx), trial.IdCall, []byte("x"))
	trial.WantReply(t, peer, reply, err, "x")
}

// One node has peers behind one host by path, some of them over TLS and some not: the
// address of each says so.
func TestAddressesAreURLs(t *testing.T) {
	plain, secure := servers(t, false, "a", "b"), servers(t, true, "c", "d")
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	at := func(s *httptest.Server, scheme, name string) grid.Peer {
		return grid.Peer{Name: name, Address: scheme + "://" + s.Listener.Addr().String() + "/" + name + "/grid"}
	}
	m := client(t, func(o *grid.Options) { o.TLS = &tls.Config{RootCAs: roots} },
		at(plain, "ws", "a"), at(plain, "ws", "b"), at(secure, "wss", "c"), at(secure, "wss", "d"))
	for _, peer := range []string{"a", "b", "c", "d"} {
		wantEchoOf(t, m, peer)
	}
}

// An address that cannot be one is refused when it is given, in words that say what one
// is; so is one without TLS where the certificate is the identity.
func TestAddressesThatCannotBe(t *testing.T) {
	for address, why := range map[string]string{
		"https://host/grid": "the scheme is ws or wss, not https", "host": "neither host:port nor ws://host or wss://host",
	} {
		o := grid.Options{Name: "a", Auth: grid.InsecureNoAuth(), Peers: []grid.Peer{{Name: "b", Address: address}}}
		if _, err := grid.NewManager(o); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", address, err)
		}
	}
	identity := func(o *grid.Options) {
		o.Auth, o.TLS = grid.TLSIdentity(), &tls.Config{Certificates: make([]tls.Certificate, 1)}
	}
	o := grid.Options{Name: "a", Peers: []grid.Peer{{Name: "b", Address: "ws://host"}}}
	identity(&o)
	const why = "without TLS, which Options.Auth needs: write wss://"
	if _, err := grid.NewManager(o); err == nil || !strings.Contains(err.Error(), why) {
		t.Error(err)
	}
	m := client(t, identity)
	if err := m.AddPeer(grid.Peer{Name: "b", Address: "ws://host"}); err == nil || !strings.Contains(err.Error(), why) {
		t.Error(err)
	}
}

// proxy is an HTTP proxy that knows CONNECT. It answers with what says, if it is not
// empty, else as asked.
func proxy(t *testing.T, says string) (address string, asked <-chan string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 100)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Method + " " + r.Host + " " + r.Header.Get("Proxy-Authorization")
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer near.Close()
		if says != "" {
			io.WriteString(near, says)
			return
		}
		far, err := net.Dial("tcp", r.Host)
		if err != nil {
			return
		}
		defer far.Close()
		fmt.Fprint(near, "HTTP/1.1 200 Connection established\r\n\r\n")
		go io.Copy(far, near)
		io.Copy(near, bufio.NewReader(far))
	})}
	go server.Serve(ln)
	t.Cleanup(func() { server.Close() })
	return ln.Addr().String(), got
}

// A node reaches its peers through an HTTP proxy, also over TLS.
func TestDialProxy(t *testing.T) {
	plain, secure := servers(t, false, "a"), servers(t, true, "c")
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	via, asked := proxy(t, "")
	dial, err := grid.DialProxy("http://user:secret@" + via)
	if err != nil {
		t.Fatal(err)
	}
	m := client(t, func(o *grid.Options) { o.Dial, o.TLS = dial, &tls.Config{RootCAs: roots} },
		grid.Peer{Name: "a", Address: "ws://" + plain.Listener.Addr().String() + "/a/grid"},
		grid.Peer{Name: "c", Address: "wss://" + secure.Listener.Addr().String() + "/c/grid"})
	wantEchoOf(t, m, "a")
	wantEchoOf(t, m, "c")
	if got := <-asked; !strings.HasPrefix(got, "CONNECT 127.0.0.1:") || !strings.HasSuffix(got, " Basic dXNlcjpzZWNyZXQ=") {
		t.Errorf("it asked %q", got)
	}
}

// What a proxy says instead of opening a tunnel is told, in the state of the Connection.
func TestDialProxyThatRefuses(t *testing.T) {
	for says, why := range map[string]string{
		"HTTP/1.1 403 Not for you\r\n\r\n":                   "it answers CONNECT with \"403 Not for you\"",
		"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n": "407",
		"SSH-2.0-OpenSSH_9\r\n":                              "its answer to CONNECT",
		"HTTP/1.1 200 OK\r\n\r\nmore":                        "it sends more than its answer to CONNECT",
	} {
		via, _ := proxy(t, says)
		dial, err := grid.DialProxy("http://" + via)
		if err != nil {
			t.Fatal(err)
		}
		m := client(t, func(o *grid.Options) { o.Dial = dial }, grid.Peer{Name: "a", Address: "127.0.0.1:1"})
		c := m.Connection("a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		for state, changed := c.Changes(); state.Reason == nil && ctx.Err() == nil; state, changed = c.Changes() {
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
		cancel()
		if reason := c.State().Reason; reason == nil || !strings.Contains(reason.Error(), why) {
			t.Errorf("%q: %v", says, reason)
		}
	}
	for _, wrong := range []string{"proxy:3128", "socks5://proxy", "http://", "http://user:secret@ho st"} {
		if _, err := grid.DialProxy(wrong); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
