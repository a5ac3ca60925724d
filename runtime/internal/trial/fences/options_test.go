package fences_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// slipperyLog is a log handler that slips at every line, and at every question.
type slipperyLog struct {
	slog.Handler
	slip  func()
	lines atomic.Int64
}

func (l *slipperyLog) Enabled(context.Context, slog.Level) bool { l.slip(); return true }
func (l *slipperyLog) Handle(context.Context, slog.Record) error {
	l.lines.Add(1)
	l.slip()
	return nil
}

// tryLogger slips in the log of both ends, which hears of connections, of handlers that
// panic and of errors that were not declared.
func tryLogger(t *testing.T, r trial.Role, slip func()) {
	log := &slipperyLog{slip: slip}
	w := r.World(t, trial.Setup{Configure: func(_ *trial.World, _ string, o *grid.Options) { o.Logger = slog.New(log) }, Register: func(m *grid.Manager) error {
		return errors.Join(trial.RegisterEcho(m), m.RegisterSingleHandler(trial.IdOther, func(_ context.Context, p []byte) ([]byte, error) {
			if len(p) > 0 {
				panic("hunter2")
			}
			return nil, errors.New("undeclared")
		}), trial.TypedStream(2, 2, func(context.Context, string, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
			panic("hunter2")
		})(m))
	}})
	for _, p := range []string{"", "x"} {
		_, err := w.Conn.Request(t.Context(), trial.IdOther, []byte(p))
		wantFenced(t, err, grid.Ran)
	}
	_, err := trial.OpenStream(t, w, "").Recv()
	wantFenced(t, err, grid.Ran)
	w.Alive(t)
	w.Cut(r.Caller, r.Server)
	w.HealAll()
	w.Connected(t)
}

// slipperyResolver slips twice before it resolves.
type slipperyResolver struct {
	slip  func()
	calls atomic.Int64
	peers []grid.Peer
}

func (s *slipperyResolver) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	if s.calls.Add(1) <= 2 {
		s.slip()
	}
	update(s.peers)
	<-ctx.Done()
	return nil
}

// tryResolver slips in the resolver, which is called again.
func tryResolver(t *testing.T, r trial.Role, slip func()) {
	w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(w *trial.World, name string, o *grid.Options) {
		o.Resolver = &slipperyResolver{slip: slip, peers: o.Peers}
		o.Peers = nil
	}, Apart: true})
	w.Resolved(t)
	w.Alive(t)
}

// tryRandom slips where pauses are drawn.
func tryRandom(t *testing.T, r trial.Role, slip func()) {
	w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
		o.Random = func() float64 { slip(); return 0 }
	}})
	w.Cut(r.Caller, r.Server)
	w.HealAll()
	w.Connected(t)
}

// slipsTwice slips the first two times only.
func slipsTwice(slip func()) func() {
	var n atomic.Int64
	return func() {
		if n.Add(1) <= 2 {
			slip()
		}
	}
}

// tryDial slips in the dial function: the next attempts succeed.
func tryDial(t *testing.T, r trial.Role, slip func()) {
	w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
		dial, slip := o.Dial, slipsTwice(slip)
		o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			slip()
			return dial(ctx, address)
		}
	}})
	w.Alive(t)
}

// A dial function may return neither a connection nor an error, or an error that cannot
// be read.
func TestDialFunctionsThatReturnNothing(t *testing.T) {
	for what, bad := range map[string]func() (net.Conn, error){
		"nothing":      func() (net.Conn, error) { return nil, nil },
		"a typed nil":  func() (net.Conn, error) { return nil, (*net.OpError)(nil) },
		"no text":      func() (net.Conn, error) { return nil, &slippery{onError: func() { panic("hunter2") }} },
		"no end":       func() (net.Conn, error) { return nil, selfWrapping{} },
		"is":           func() (net.Conn, error) { return nil, &slippery{onIs: func() { panic("hunter2") }} },
		"a nil socket": func() (net.Conn, error) { return (*slipperyConn)(nil), nil },
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
					dial := o.Dial
					var n atomic.Int64
					o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
						if n.Add(1) <= 2 {
							return bad()
						}
						return dial(ctx, address)
					}
				}})
				w.Alive(t)
			})
		})
	}
}

// tryAccept slips in the decision about a guest, who is refused for it.
func tryAccept(t *testing.T, r trial.Role, slip func()) {
	w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(w *trial.World, name string, o *grid.Options) {
		if name == w.Server {
			o.Peers, o.Accept = nil, func(string) bool { slip(); return true }
		} else {
			o.CallOnly = true
		}
	}, Apart: true})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := w.Conn.WaitConnected(ctx); err == nil {
		t.Error("a guest was let in by a panic")
	}
}

// tryAllowOrigin slips in the decision about a browser, which is refused for it.
func tryAllowOrigin(t *testing.T, r trial.Role, slip func()) {
	w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
		o.AllowOrigin = func(string) bool { slip(); return true }
	}})
	req := httptest.NewRequest(http.MethodGet, grid.DefaultPath, nil)
	req.Header.Set("Origin", "https://example.org")
	answer := httptest.NewRecorder()
	served := make(chan struct{})
	go func() { // as a server does, which such a goroutine may end
		defer close(served)
		w.Node(r.Server).Manager().Handler().ServeHTTP(answer, req)
	}()
	<-served
	if answer.Code == http.StatusSwitchingProtocols {
		t.Error("a browser was let in by a panic")
	}
	w.Alive(t)
}

// slipperyAuth slips in one of its methods.
type slipperyAuth struct {
	grid.Authenticator
	on map[string]func()
}

func (a *slipperyAuth) Scheme() string { run(a.on["scheme"]); return a.Authenticator.Scheme() }
func (a *slipperyAuth) Prove(info grid.AuthInfo) ([]byte, error) {
	run(a.on["prove"])
	return a.Authenticator.Prove(info)
}
func (a *slipperyAuth) Verify(info grid.AuthInfo, proof []byte) error {
	run(a.on["verify"])
	if slip := a.on["error"]; slip != nil {
		return &slippery{onError: slip}
	}
	return a.Authenticator.Verify(info, proof)
}

// tryAuthenticator slips in an authenticator of both ends: they refuse each other.
func tryAuthenticator(where string) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.Auth = &slipperyAuth{o.Auth, map[string]func(){where: slip}}
		}, Apart: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.Conn.WaitConnected(ctx); err == nil {
			t.Error("a peer was let in by a panic")
		}
	}
}

// slipperyConn slips in one of its methods, once a few bytes have gone through. It has
// no method but those of net.Conn.
type slipperyConn struct {
	net.Conn
	where string
	slip  func()
}

func (c *slipperyConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && c.where == "error" {
		return n, &slippery{onError: c.slip, onIs: c.slip, onUnwrap: c.slip}
	}
	if c.where == "read" {
		c.slip()
	}
	return n, err
}

func (c *slipperyConn) Write(b []byte) (int, error) {
	if c.where == "write" {
		c.slip()
	}
	return c.Conn.Write(b)
}

func (c *slipperyConn) Close() error {
	err := c.Conn.Close()
	if c.where == "close" {
		c.slip()
	}
	return err
}

// tryConn slips in a method of a connection, of which each fifth dial makes a sound one.
func tryConn(where string) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			dial := o.Dial
			var armed atomic.Bool
			time.AfterFunc(time.Minute, func() { armed.Store(true) })
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				conn, err := dial(ctx, address)
				if err != nil || armed.Load() {
					return conn, err
				}
				later := time.Now().Add(time.Second)
				return &slipperyConn{conn, where, func() {
					if time.Now().After(later) {
						slip()
					}
				}}, nil
			}
		}})
		ctx, cancel := context.WithTimeout(grid.WaitForReady(t.Context()), 5*time.Minute)
		defer cancel()
		for range 20 { // calls fail while the connection slips, and go on when it is sound
			time.Sleep(5 * time.Second)
			if _, err := w.Conn.Request(ctx, trial.IdCall, nil); err != nil && !errors.Is(err, grid.ErrDisconnected) {
				t.Error(err)
			}
			if where == "close" || where == "error" {
				w.Cut(r.Caller, r.Server)
				w.HealAll()
			}
		}
		time.Sleep(time.Minute)
		reply, err := w.Conn.Request(ctx, trial.IdCall, []byte("alive"))
		trial.WantReply(t, "afterwards", reply, err, "alive")
	}
}

// slipperyContext slips when it is asked why it ended.
type slipperyContext struct {
	context.Context
	slip  func()
	armed atomic.Bool
}

func (c *slipperyContext) Err() error {
	if c.armed.Load() {
		c.slip()
	}
	return c.Context.Err()
}

// tryContext slips in the context of a stream, on the goroutine that notices its end.
func tryContext(t *testing.T, r trial.Role, slip func()) {
	w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
		return errors.Join(trial.RegisterEcho(m), trial.TypedStream(2, 2, trial.EchoBack)(m))
	}})
	inner, cancel := context.WithCancel(t.Context())
	ctx := &slipperyContext{Context: inner, slip: slip}
	st, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message(""))
	if err != nil {
		t.Fatal(err)
	}
	ctx.armed.Store(true)
	cancel()
	trial.Settle()
	st.Close() // where nobody could tell
	if _, err := st.Recv(); !errors.Is(err, grid.ErrCanceled) {
		t.Errorf("got %v", err)
	}
	w.Alive(t)
}

// What a tls.Config calls is code of others, too: an attempt in which it panics, or ends
// its goroutine, fails, and the next one is made.
func TestCallbacksOfATLSConfigThatSlip(t *testing.T) {
	for how, slip := range slips {
		t.Run(how, func(t *testing.T) {
			server := httptest.NewUnstartedServer(nil)
			m, err := grid.NewManager(grid.Options{Name: "server", Auth: grid.InsecureNoAuth(), Accept: func(string) bool { return true }})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Shutdown(context.Background())
			server.Config.Handler = m.Handler()
			server.StartTLS()
			defer server.Close()
			roots := x509.NewCertPool()
			roots.AddCert(server.Certificate())
			slip := slipsTwice(slip)
			tool, err := grid.NewManager(grid.Options{Name: "tool", CallOnly: true, Auth: grid.InsecureNoAuth(), Limits: grid.Limits{BackoffMin: time.Millisecond},
				Peers: []grid.Peer{{Name: "server", Address: server.Listener.Addr().String()}},
				TLS:   &tls.Config{RootCAs: roots, VerifyConnection: func(tls.ConnectionState) error { slip(); return nil }}})
			if err != nil {
				t.Fatal(err)
			}
			defer tool.Shutdown(context.Background())
			if err := tool.Connection("server").WaitConnected(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
