package peers_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// An acceptor tells of requests that are no upgrades, as a proxy passes them on that
// knows none: the first, and how many there were since, however many come.
func TestRequestsThatAreNoUpgradesAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := trial.Role{Caller: "b", Server: "a"}.World(t, trial.Setup{})
		client := &http.Client{Transport: &http.Transport{DialContext: w.Dialer("proxy"), DisableKeepAlives: true}}
		ask := func() {
			t.Helper()
			resp, err := client.Get("http://a:80" + grid.DefaultPath)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("status %d", resp.StatusCode)
			}
		}
		const line = `msg="grid: not an upgrade, perhaps a proxy does not forward it" remote=proxy:`
		for range 100 {
			ask()
		}
		if n := strings.Count(w.Logs.String(), line); n != 1 || !strings.Contains(w.Logs.String(), `Upgrade`) {
			t.Errorf("%d lines:\n%s", n, w.Logs)
		}
		time.Sleep(time.Minute)
		ask()
		synctest.Wait() // the answer comes before the line
		w.Logs.Want(t, "more=99")
		if n := strings.Count(w.Logs.String(), line); n != 2 {
			t.Errorf("%d lines:\n%s", n, w.Logs)
		}
	})
}

// A node that dials with TLS a server without says so.
func TestTLSToAServerWithoutTLS(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: trial.QuietLog}
	go srv.Serve(ln)
	defer srv.Close()
	m, err := grid.NewManager(grid.Options{Name: "a", CallOnly: true, Auth: grid.InsecureNoAuth(), TLS: &tls.Config{},
		Peers: []grid.Peer{{Name: "b", Address: ln.Addr().String()}}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(t.Context())
	want := fmt.Sprintf("the server at %q does not speak TLS, for which Options.TLS is set", ln.Addr())
	for patience := time.After(20 * time.Second); ; {
		state, changed := m.Connection("b").Changes()
		if state.Reason != nil {
			if !strings.Contains(state.Reason.Error(), want) {
				t.Errorf("%v, want %s", state.Reason, want)
			}
			return
		}
		select {
		case <-changed:
		case <-patience:
			t.Fatal("no reason")
		}
	}
}
