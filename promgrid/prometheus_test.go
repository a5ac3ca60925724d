package promgrid

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	grid "github.com/gridrpc/gridc/runtime"
)

// patience is how long a real Prometheus may take for what takes a second or two.
const patience = time.Minute

// loopback is three nodes on loopback that are busy with each other, each with its
// metrics.
type loopback struct {
	peers    []grid.Peer
	managers []*grid.Manager
	servers  []*http.Server
}

func newLoopback(t *testing.T) *loopback {
	t.Helper()
	c := &loopback{}
	var listeners []net.Listener
	for _, name := range []string{"a", "b", "c"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		c.peers = append(c.peers, grid.Peer{Name: name, Address: l.Addr().String()})
	}
	for i, l := range listeners {
		c.start(t, c.peers[i].Name, l)
	}
	t.Cleanup(func() {
		for i := range c.managers {
			c.kill(i)
		}
	})
	c.work(t)
	return c
}

func (c *loopback) start(t *testing.T, name string, l net.Listener) {
	t.Helper()
	figures := NewObserver(Options{})
	m, err := grid.NewManager(grid.Options{
		Name: name, Peers: c.peers, Auth: grid.SharedKey([]byte("only for this test, 32 bytes....")), Register: register,
		Observers: []grid.Observer{figures}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(figures, NewCollector(m, Options{}))
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	s := &http.Server{Handler: mux}
	go func() { _ = s.Serve(l) }()
	c.managers, c.servers = append(c.managers, m), append(c.servers, s)
}

// kill ends a node at once.
func (c *loopback) kill(i int) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = c.servers[i].Close()
	_ = c.managers[i].Shutdown(ctx)
}

// work keeps each node calling the next until the test ends.
func (c *loopback) work(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	t.Cleanup(func() { cancel(); workers.Wait() })
	for i, m := range c.managers {
		next := m.Connection(c.peers[(i+1)%len(c.peers)].Name)
		workers.Go(func() {
			for tick := time.NewTicker(20 * time.Millisecond); ; {
				_, _ = next.Subroute("d1").Request(ctx, idEcho, make([]byte, 100))
				_, _ = next.Request(ctx, idFail, nil)
				if stream, err := next.NewStream(ctx, idCount, nil); err == nil {
					close(stream.Requests)
					_ = stream.Results(func([]byte) error { return nil })
				}
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
}

// realPrometheus is a Prometheus that scrapes a cluster, with the alerts loaded.
type realPrometheus struct{ address string }

// startPrometheus starts the one that is installed, or skips the test.
func startPrometheus(t *testing.T, c *loopback, flags ...string) *realPrometheus {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("there is no prometheus here; it is in Debian's package of that name")
	}
	dir := t.TempDir()
	alerts, err := filepath.Abs("alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, p := range c.peers {
		targets = append(targets, p.Address)
	}
	config := fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs: [{job_name: grid, static_configs: [{targets: [%s]}]}]
`, alerts, strings.Join(targets, ", "))
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 5 { // the port may be taken by somebody else before it is Prometheus's
		if p := try(t, path, dir, flags); p != nil {
			return p
		}
	}
	t.Fatal("prometheus does not start")
	return nil
}

func try(t *testing.T, path, dir string, flags []string) *realPrometheus {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &realPrometheus{address: l.Addr().String()}
	_ = l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, path, append([]string{"--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=" + p.address}, flags...)...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if line := lines.Text(); strings.Contains(line, "error") {
				t.Log(line)
			}
		}
		_ = cmd.Wait()
	}()
	for range int(patience / (100 * time.Millisecond)) {
		if answer, err := http.Get("http://" + p.address + "/-/ready"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case <-ended:
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("prometheus is not ready")
	return nil
}

// get asks Prometheus's API, and returns what it calls data.
func (p *realPrometheus) get(path string, data any) error {
	answer, err := http.Get("http://" + p.address + "/api/v1/" + path)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	reply := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(answer.Body).Decode(&reply); err != nil {
		return err
	}
	if reply.Status != "success" {
		return errors.New(reply.Error)
	}
	return nil
}

// sample is one line of an answer.
type sample struct {
	Metric map[string]string
	Value  [2]any
}

func (p *realPrometheus) query(expression string) (lines []sample, err error) {
	var data struct{ Result []sample }
	err = p.get("query?query="+url.QueryEscape(expression), &data)
	return data.Result, err
}

// await asks until a query has an answer.
func (p *realPrometheus) await(t *testing.T, expression string) []sample {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		lines, err := p.query(expression)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		if len(lines) > 0 {
			return lines
		}
		if time.Now().After(end) {
			t.Fatalf("no answer to %s", expression)
		}
	}
}

// quiet are panels that are empty while nothing is wrong.
var quiet = map[string]bool{"Peers without a session": true, "New sessions": true, "Turned away at the door": true, "Sessions that ended": true}

// A real Prometheus scrapes three nodes; each query of the dashboard is one that it
// understands, and has an answer; the alerts are loaded, and one is under way as soon as a
// node is dead.
func TestRealPrometheus(t *testing.T) {
	c := newLoopback(t)
	p := startPrometheus(t, c)
	p.await(t, `count(up{job="grid"} == 1) == 3`)
	variables := strings.NewReplacer("$job", ".*", "$instance", ".*", "$__rate_interval", "20s")
	for _, panel := range dashboard(t) {
		for _, target := range panel.Targets {
			expression := variables.Replace(target.Expr)
			if quiet[panel.Title] {
				if _, err := p.query(expression); err != nil {
					t.Errorf("panel %q: %s: %v", panel.Title, expression, err)
				}
				continue
			}
			p.await(t, expression)
		}
	}
	rules := p.rules(t)
	if want := strings.Count(readFile(t, "alerts.yml"), "alert: "); len(rules) != want {
		t.Errorf("%d rules are loaded, want %d", len(rules), want)
	}
	for name, state := range rules {
		if state != "inactive" {
			t.Errorf("%s is %s in a healthy cluster", name, state)
		}
	}
	c.kill(2)
	p.await(t, `ALERTS{alertname="GridPeerDown", peer="c", alertstate="pending"}`)
	p.await(t, variables.Replace(`grid_peer_up{peer="c"} == 0`))
}

// rules returns the states of the alerts, once each was evaluated.
func (p *realPrometheus) rules(t *testing.T) map[string]string {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		var data struct {
			Groups []struct {
				Rules []struct{ Name, Health, State, LastError string }
			}
		}
		if err := p.get("rules", &data); err != nil {
			t.Fatal(err)
		}
		states, evaluated := make(map[string]string), true
		for _, g := range data.Groups {
			for _, r := range g.Rules {
				states[r.Name] = r.State
				evaluated = evaluated && r.Health == "ok"
				if r.LastError != "" {
					t.Fatalf("%s: %s", r.Name, r.LastError)
				}
			}
		}
		if evaluated && len(states) > 0 {
			return states
		}
		if time.Now().After(end) {
			t.Fatalf("the rules are not evaluated: %v", data)
		}
	}
}

// Where Prometheus takes native histograms in, it has ours, in place of the classic ones.
func TestRealPrometheusWithNativeHistograms(t *testing.T) {
	c := newLoopback(t)
	version, err := exec.Command("prometheus", "--version").CombinedOutput()
	if err == nil && !strings.Contains(string(version), "version 2.") {
		t.Skip("this Prometheus takes another way to switch native histograms on")
	}
	p := startPrometheus(t, c, "--enable-feature=native-histograms")
	for _, expression := range []string{
		`histogram_count(grid_server_call_duration_seconds{handler="7"}) > 2`,
		`histogram_quantile(0.99, sum by (handler) (rate(grid_server_call_duration_seconds{handler="7"}[20s]))) > 0.002`,
		`absent(grid_server_call_duration_seconds_bucket)`,
	} {
		p.await(t, expression)
	}
}
