package kube

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// What holds for all Resolvers holds for this one. Each peer has a slice of its own, for
// a slice has one port for all of its endpoints.
func TestConformance(t *testing.T) {
	gridtest.TestResolver(t, func(t *testing.T) gridtest.Registry {
		s := newFakeServer(t)
		registered := make(map[string]bool)
		return gridtest.Registry{
			Resolver: s.resolver(),
			Set: func(peers []grid.Peer) {
				wanted := make(map[string]bool)
				for _, p := range peers {
					wanted[p.Name] = true
					s.set(p.Name, pods(p))
				}
				for name := range registered {
					if !wanted[name] {
						s.set(name, nil)
					}
				}
				registered = wanted
			},
			Break: func() { s.with(func() { s.down = true }) },
			Mend:  func() { s.with(func() { s.down = false }) },
		}
	})
}

// follower collects what a Resolver names.
type follower struct {
	t     *testing.T
	lists chan string
	done  chan error
}

func follow(t *testing.T, r *Resolver) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{t: t, lists: make(chan string, 100), done: make(chan error, 1)}
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		f.done <- r.Resolve(ctx, func(peers []grid.Peer) {
			var all []string
			for _, p := range peers {
				all = append(all, p.Name+"="+p.Address)
			}
			f.lists <- strings.Join(all, " ")
		})
	}()
	return f
}

// next is the next list that is named.
func (f *follower) next(want string) {
	f.t.Helper()
	select {
	case got := <-f.lists:
		if got != want {
			f.t.Fatalf("it names %q, want %q", got, want)
		}
	case <-time.After(time.Minute):
		f.t.Fatalf("it names nobody, want %q; has it returned? %d", want, len(f.done))
	}
}

func (f *follower) fails(want string) {
	f.t.Helper()
	select {
	case got := <-f.lists:
		f.t.Fatalf("it names %q, want an error", got)
	case err := <-f.done:
		if err == nil || !strings.Contains(err.Error(), want) {
			f.t.Fatalf("Resolve returned %v, want %q", err, want)
		}
	case <-time.After(time.Minute):
		f.t.Fatalf("no error, want %q", want)
	}
}

func peerOf(i int) grid.Peer {
	return grid.Peer{Name: fmt.Sprintf("storage-%d", i), Address: fmt.Sprintf("10.0.0.%d:9000", i)}
}

// A list comes in pages; a bookmark is no news, and the next watch begins behind it, so
// that nothing is read anew; a watch that ends is followed by another.
func TestPagesBookmarksAndEnds(t *testing.T) {
	s := newFakeServer(t)
	s.pages = 2
	for i := range 5 {
		s.set(peerOf(i).Name, pods(peerOf(i)))
	}
	s.with(func() {
		s.after = []string{`{"type":"BOOKMARK","object":{"kind":"EndpointSlice","metadata":{"resourceVersion":"1000"}}}`, `{"type":"LATER","object":{"metadata":{"resourceVersion":"1000"}}}`}
	})
	f := follow(t, s.resolver())
	f.next("storage-0=10.0.0.0:9000 storage-1=10.0.0.1:9000 storage-2=10.0.0.2:9000 storage-3=10.0.0.3:9000 storage-4=10.0.0.4:9000")
	for i := range 4 {
		s.set(peerOf(i).Name, nil)
		if i == 0 { // the watch ends behind this one, with its bookmark
			f.next("storage-1=10.0.0.1:9000 storage-2=10.0.0.2:9000 storage-3=10.0.0.3:9000 storage-4=10.0.0.4:9000")
			s.with(func() { s.version = 1000 })
		}
	}
	f.next("storage-2=10.0.0.2:9000 storage-3=10.0.0.3:9000 storage-4=10.0.0.4:9000")
	f.next("storage-3=10.0.0.3:9000 storage-4=10.0.0.4:9000")
	f.next("storage-4=10.0.0.4:9000")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists != 3 {
		t.Errorf("it has asked for %d pages, want those of one list", s.lists)
	}
}

// What the server has forgotten is read anew at once, whether it says so by its status or
// by an event.
func TestGone(t *testing.T) {
	gone := failure(http.StatusGone, "too old resource version: 11 (99)")
	for what, answer := range map[string]func(w http.ResponseWriter){
		"status": func(w http.ResponseWriter) { fail(w, http.StatusGone, "Expired") },
		"event":  func(w http.ResponseWriter) { writeEvent(w, "ERROR", gone) },
	} {
		t.Run(what, func(t *testing.T) {
			s := newFakeServer(t)
			s.set("a", pods(peerOf(1)))
			s.answer = func(w http.ResponseWriter) {
				s.set("b", pods(peerOf(2)))
				s.compact()
				answer(w)
			}
			f := follow(t, s.resolver())
			f.next("storage-1=10.0.0.1:9000")
			f.next("storage-1=10.0.0.1:9000 storage-2=10.0.0.2:9000")
			s.set("a", nil)
			f.next("storage-2=10.0.0.2:9000")
		})
	}
}

// Whatever else goes wrong is an error that says what to do, and nobody is taken back.
func TestFailures(t *testing.T) {
	for want, answer := range map[string]func(w http.ResponseWriter){
		"needs a role that may list and watch": func(w http.ResponseWriter) { fail(w, http.StatusForbidden, "endpointslices is forbidden") },
		"automountServiceAccountToken":         func(w http.ResponseWriter) { fail(w, http.StatusUnauthorized, "Unauthorized") },
		"etcdserver: leader changed":           func(w http.ResponseWriter) { writeEvent(w, "ERROR", failure(500, "etcdserver: leader changed")) },
		"502 Bad Gateway <html>":               func(w http.ResponseWriter) { http.Error(w, "<html>", http.StatusBadGateway) },
		"invalid character":                    func(w http.ResponseWriter) { _, _ = fmt.Fprint(w, "<html>") },
		"ends the watch at once":               func(w http.ResponseWriter) {},
		"unexpected EOF":                       func(w http.ResponseWriter) { _, _ = fmt.Fprint(w, `{"type":"ADDED","object":{"meta`) },
	} {
		t.Run(want, func(t *testing.T) {
			s := newFakeServer(t)
			s.set("a", pods(peerOf(1)))
			s.answer = answer
			f := follow(t, s.resolver())
			f.next("storage-1=10.0.0.1:9000")
			f.fails(want)
		})
	}
}

// What is missing is said, with what to set.
func TestWhatIsMissing(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for want, r := range map[string]*Resolver{
		"Resolver.Service is empty":     {},
		"Resolver.Namespace is empty":   {Service: "s", account: t.TempDir()},
		"KUBERNETES_SERVICE_HOST":       {Service: "s", Namespace: "n"},
		"the cluster's certificate":     {Service: "s", Namespace: "n", Server: "https://127.0.0.1:1", account: t.TempDir()},
		"connection refused":            {Service: "s", Namespace: "n", Server: "http://127.0.0.1:1", Client: http.DefaultClient},
		"unsupported protocol scheme":   {Service: "s", Namespace: "n", Server: "ftp://h", Client: http.DefaultClient},
		"the token of the service acco": {Service: "s", Namespace: "n", Server: "http://127.0.0.1:1", Client: &http.Client{Transport: &accountTransport{token: "/nowhere"}}},
	} {
		if err := r.Resolve(t.Context(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// account is the folder of a service account, as Kubernetes mounts it.
func account(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// In a pod everything is found by itself, the server by the cluster's certificate. The
// token is read anew, for Kubernetes replaces it while the pod lives.
func TestServiceAccount(t *testing.T) {
	s := newFakeServer(t)
	s.set("a", pods(peerOf(1)))
	s.token = "first"
	secure := httptest.NewUnstartedServer(s.Config.Handler)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Cleanup(secure.CloseClientConnections)
	where, err := url.Parse(secure.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", where.Hostname())
	t.Setenv("KUBERNETES_SERVICE_PORT", where.Port())
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	r := &Resolver{Service: testService, account: account(t, map[string]string{"namespace": "ns\n", "token": "first\n", "ca.crt": certificate})}
	f := follow(t, r)
	f.next("storage-1=10.0.0.1:9000")
	<-s.watched
	if err := os.WriteFile(filepath.Join(r.account, "token"), []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.with(func() { s.token = "second" })
	secure.CloseClientConnections()
	if err := <-f.done; err == nil {
		t.Error("the watch was cut, and Resolve returned nil")
	}
	follow(t, r).next("storage-1=10.0.0.1:9000")

	s.with(func() { s.token = "third" })
	if err := r.Resolve(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "Unauthorized") {
		t.Errorf("with an old token: %v", err)
	}
	r = &Resolver{Service: testService, account: account(t, map[string]string{"namespace": "ns", "ca.crt": "nothing"})}
	if err := r.Resolve(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("without a certificate: %v", err)
	}
	if _, err := http.Get(secure.URL); err == nil {
		t.Error("anybody trusts the cluster's certificate")
	}
}
