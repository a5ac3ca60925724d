package debug_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node starts a node with a page on a server of its own.
func node(t testing.TB, change func(*grid.Options)) (*grid.Manager, *httptest.Server) {
	t.Helper()
	o := grid.Options{Name: "alone", Auth: grid.InsecureNoAuth()}
	if change != nil {
		change(&o)
	}
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/debug/grid/", debug.Handler(m))
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		_ = m.Shutdown(context.Background())
		server.CloseClientConnections()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return m, server
}

func get(t testing.TB, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(body)
}

// The page names what there is, and lets nothing run but its own script.
func TestPage(t *testing.T) {
	m, server := node(t, func(o *grid.Options) {
		o.Register = func(m *grid.Manager) error {
			return m.RegisterSingleHandler(7, func(_ context.Context, p []byte) ([]byte, error) { return p, nil }, "disk1")
		}
	})
	if _, err := m.Connection("alone").Subroute("disk1").Request(t.Context(), 7, nil); err != nil {
		t.Fatal(err)
	}
	r, body := get(t, server.URL+"/debug/grid/")
	policy := r.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'nonce-") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
	for _, want := range []string{"<title>alone", "disk1", "itself", "connected", `<svg class="hist"`, `<svg class="rates"`, "RunningCallsTotal", "ready"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	for _, forbidden := range []string{"http://", "https://", " style=", "onclick", "ZgotmplZ"} {
		if strings.Contains(body, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
}

// The JSON is a Snapshot, also in the stream, which goes on.
func TestJSONAndStream(t *testing.T) {
	_, server := node(t, nil)
	_, body := get(t, server.URL+"/debug/grid/?json")
	var s grid.Snapshot
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Version != 1 || s.Node.Name != "alone" || len(s.Node.Limits) == 0 {
		t.Fatalf("%v: %s", err, body)
	}
	r, err := http.Get(server.URL + "/debug/grid/?stream")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	var last time.Time
	for seen := 0; seen < 2 && lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(text), &s); err != nil || !s.At.After(last) {
			t.Fatalf("event %d: %v, of %v after %v", seen, err, s.At, last)
		}
		last = s.At
		seen++
	}
	if r.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("the stream is %v", r.Header)
	}
}

// Probes see the node's health, and nothing can be changed.
func TestProbes(t *testing.T) {
	ready := true
	m, server := node(t, func(o *grid.Options) {
		o.Ready = func(grid.Health) error {
			if !ready {
				return fmt.Errorf("not yet <b>")
			}
			return nil
		}
	})
	probe := func(path string, want int) {
		t.Helper()
		r, body := get(t, server.URL+"/debug/grid/"+path)
		var h grid.Health
		if err := json.Unmarshal([]byte(body), &h); err != nil || r.StatusCode != want {
			t.Errorf("%s: %d, not %d: %s", path, r.StatusCode, want, body)
		}
	}
	probe("healthz", 200)
	probe("readyz", 200)
	alone := httptest.NewRecorder() // mounted at the path of the probe, without the page
	debug.Handler(m).ServeHTTP(alone, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if alone.Code != http.StatusOK || !strings.Contains(alone.Body.String(), `"ready":true`) {
		t.Errorf("a probe at a path of its own: %d: %s", alone.Code, alone.Body)
	}
	ready = false
	probe("healthz", 200)
	probe("readyz", 503)
	r, err := http.Post(server.URL+"/debug/grid/", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", r.StatusCode)
	}
	_ = m.Shutdown(t.Context())
	probe("healthz", 503)
	probe("readyz", 503)
}

// Names and reasons of others are text, short, and hide nothing.
func TestHostileNames(t *testing.T) {
	hostile := "<script>alert(1)</script>\u202egnp.\u0000\u200b" + strings.Repeat("x", 5000)
	m, server := node(t, func(o *grid.Options) {
		o.Ready = func(grid.Health) error { return fmt.Errorf("%s", hostile) }
	})
	for i := range 3 {
		_ = m.RegisterSingleHandler(grid.HandlerID(i+1), func(context.Context, []byte) ([]byte, error) { return nil, nil }, strings.ReplaceAll(hostile[:60], "/", "-"))
	}
	request, _ := http.NewRequest(http.MethodGet, server.URL+"/debug/grid/", nil)
	request.Header.Set("Origin", hostile[:20])
	_, body := get(t, server.URL+"/debug/grid/")
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "\u202e") || strings.Contains(body, "\u200b") || strings.Contains(body, strings.Repeat("x", 300)) {
		t.Error("the page has what a peer or handler made up, as it is")
	}
	if !strings.Contains(body, "&lt;script&gt;alert") {
		t.Error("the page hides it")
	}
}

// A thousand who ask for streams, and never read, take sixty-four places: the others are
// told to come again, and the page answers all the while. Once they are gone, so are
// their places.
func TestManyWatchersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := gridtest.NewNetwork(1)
		defer network.Close()
		m, err := grid.NewManager(grid.Options{Name: "alone", Auth: grid.InsecureNoAuth()})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Shutdown(context.Background())
		ln, err := network.Listen("node")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: debug.Handler(m)}
		go server.Serve(ln)
		defer server.Close()
		client := &http.Client{Transport: &http.Transport{DialContext: network.Dialer("watcher"), DisableKeepAlives: true}}
		ask := func(ctx context.Context, url string) (code int) {
			request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://node:80/"+url, nil)
			r, err := client.Do(request)
			if err != nil {
				t.Error(err)
				return 0
			}
			if r.StatusCode != http.StatusOK || url == "" {
				r.Body.Close()
			} // else it is open, and nobody reads
			return r.StatusCode
		}
		ctx, cancel := context.WithCancel(t.Context())
		codes := make(chan int, 1000)
		for range cap(codes) {
			go func() { codes <- ask(ctx, "?stream") }()
		}
		count := map[int]int{}
		for range cap(codes) {
			count[<-codes]++
		}
		if count[200] != 64 || count[503] != 936 {
			t.Errorf("answers: %v", count)
		}
		if code := ask(t.Context(), ""); code != http.StatusOK {
			t.Errorf("the page: %d", code)
		}
		cancel()
		time.Sleep(time.Second) // until the next event finds nobody
		synctest.Wait()
		again, stop := context.WithCancel(t.Context())
		defer stop()
		if code := ask(again, "?stream"); code != http.StatusOK {
			t.Errorf("a stream, once the others are gone: %d", code)
		}
	})
}

// BenchmarkPage is the page of a node with 100 peers and 200 handlers at each end.
func BenchmarkPage(b *testing.B) {
	m, server := node(b, func(o *grid.Options) {
		for i := range 100 {
			o.Peers = append(o.Peers, grid.Peer{Name: fmt.Sprintf("peer%03d", i)})
		}
		o.Register = func(m *grid.Manager) (err error) {
			for i := range 200 {
				err = errors.Join(err, m.RegisterSingleHandler(grid.HandlerID(i+1), func(_ context.Context, p []byte) ([]byte, error) { return p, nil }))
			}
			return err
		}
	})
	for i := range 200 {
		if _, err := m.Connection("alone").Request(b.Context(), grid.HandlerID(i+1), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("snapshot", func(b *testing.B) {
		for b.Loop() {
			m.Snapshot()
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			_, body := get(b, server.URL+"/debug/grid/")
			b.ReportMetric(float64(len(body)), "bytes")
		}
	})
}
