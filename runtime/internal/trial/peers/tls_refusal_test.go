package peers_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A certificate that one end does not accept is a refusal, as a wrong key is: calls that
// wait for a connection fail at once, with the reason, and not at their deadline.
func TestCallsDoNotWaitForACertificateThatIsRefused(t *testing.T) {
	good, other := trial.NewAuthority(t), trial.NewAuthority(t)
	for what, c := range map[string]struct {
		theirs, ours *trial.Authority // who signed the certificate of the acceptor, and of the dialer
		reason       string
	}{
		"the acceptor's": {other, good, "certificate signed by unknown authority"},
		"the dialer's":   {good, other, "certificate"},
	} {
		t.Run(what, func(t *testing.T) {
			server := tlsServer(t, "server", &tls.Config{
				Certificates: []tls.Certificate{c.theirs.Issue(t, "server")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: good.Pool,
			}, trial.Echo)
			m := tlsTool(t, "tool", server, &tls.Config{Certificates: []tls.Certificate{c.ours.Issue(t, "tool")}, RootCAs: good.Pool})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := m.Connection("server").Request(grid.WaitForReady(ctx), trial.IdCall, nil)
			trial.WantError(t, "a call that waits", err, grid.ErrDisconnected, grid.NotSent)
			if ctx.Err() != nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("%v", err)
			}
			if s := m.Connection("server").State(); s.Phase != grid.Refused {
				t.Errorf("%v: %v", s.Phase, s.Reason)
			}
		})
	}
}

// tlsServer is a node that lets everybody in who has a certificate, and returns its address.
func tlsServer(t *testing.T, name string, config *tls.Config, handler func(context.Context, []byte) ([]byte, error)) string {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	m, err := grid.NewManager(grid.Options{
		Name: name, Auth: grid.TLSIdentity(), Accept: func(string) bool { return true },
		Register: func(m *grid.Manager) error { return m.RegisterSingleHandler(trial.IdCall, handler) },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: m.Handler(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go server.Serve(ln)
	t.Cleanup(func() {
		endSoon(t, m)
		server.Close()
	})
	return ln.Addr().String()
}

// tlsTool is a node that calls the server.
func tlsTool(t *testing.T, name, server string, config *tls.Config) *grid.Manager {
	t.Helper()
	m, err := grid.NewManager(grid.Options{
		Name: name, CallOnly: true, Peers: []grid.Peer{{Name: "server", Address: server}}, Auth: grid.TLSIdentity(), TLS: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endSoon(t, m) })
	return m
}

func endSoon(t *testing.T, m *grid.Manager) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := m.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// A handler finds out who calls it, from where, and with which certificate.
func TestCallerInfo(t *testing.T) {
	ca := trial.NewAuthority(t)
	var info grid.CallerInfo
	server := tlsServer(t, "server", &tls.Config{
		Certificates: []tls.Certificate{ca.Issue(t, "server")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool,
	}, func(ctx context.Context, _ []byte) ([]byte, error) {
		info = grid.GetCallerInfo(ctx)
		return nil, nil
	})
	m := tlsTool(t, "tool", server, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, "tool")}, RootCAs: ca.Pool})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := m.Connection("server").Request(grid.WaitForReady(ctx), trial.IdCall, nil); err != nil {
		t.Fatal(err)
	}
	switch {
	case info.Name != "tool" || info.Session != 1 || info.Local != server || !strings.HasPrefix(info.Remote, "127.0.0.1:"):
		t.Errorf("%+v", info)
	case info.TLS == nil || len(info.TLS.PeerCertificates) == 0 || info.TLS.PeerCertificates[0].DNSNames[0] != "tool":
		t.Errorf("the certificate of the caller is not there: %+v", info.TLS)
	}
	if outside := grid.GetCallerInfo(t.Context()); outside != (grid.CallerInfo{}) {
		t.Errorf("outside of a handler: %+v", outside)
	}
}
