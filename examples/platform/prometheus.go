package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// showMetrics has the nodes scraped, by a real Prometheus if there is one.
func (p *platform) showMetrics(ctx context.Context) error {
	path, err := exec.LookPath("prometheus")
	if err != nil {
		p.print("\nThere is no prometheus on PATH (Debian: apt-get install prometheus), so the nodes are scraped by this program:")
		return p.scrape(ctx)
	}
	if p.prom, err = p.startPrometheus(ctx, path); err != nil {
		return fmt.Errorf("starting prometheus: %w", err)
	}
	p.print("\nPrometheus at http://%s scrapes the nodes:", p.prom.address)
	for _, query := range []string{
		`count(up{job="storage"} == 1)`,
		`sum(grid_peers_connected)`,
		`sum by (handler) (grid_server_call_duration_seconds_count)`,
	} {
		answer, err := p.prom.ask(ctx, query)
		if err != nil {
			return err
		}
		p.print("  %s\n    %s", query, strings.Join(answer, "\n    "))
	}
	return nil
}

// scrape reads the metrics of all nodes, and shows some of each.
func (p *platform) scrape(ctx context.Context) error {
	for _, n := range p.nodes {
		text, err := get(ctx, "http://"+n.address+"/metrics")
		if err != nil {
			return err
		}
		shown := 0
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "grid_peers_connected ") || strings.HasPrefix(line, "grid_node_ready ") {
				p.print("  %s: %s", n.manager.Name(), strings.TrimSpace(line))
				shown++
			}
		}
		if shown != 2 {
			return fmt.Errorf("the metrics of %s lack what they should have:\n%s", n.manager.Name(), text)
		}
	}
	return nil
}

func get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", address, answer.Status, body)
	}
	return body, err
}

// prometheusServer is a Prometheus in a process of its own.
type prometheusServer struct {
	address string
	process *exec.Cmd
	log     bytes.Buffer // read after its end alone
	ended   chan struct{}
}

// startPrometheus starts one that scrapes the nodes each second. The port that is found
// for it may be taken by somebody else before it listens: then it tries another.
func (p *platform) startPrometheus(ctx context.Context, path string) (*prometheusServer, error) {
	var targets []string
	for _, n := range p.nodes {
		targets = append(targets, n.address)
	}
	config := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs: [{job_name: storage, static_configs: [{targets: [%s]}]}]\n", strings.Join(targets, ", "))
	if err := os.WriteFile(filepath.Join(p.dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	var fault error
	for range 5 {
		s, err := launch(path, p.dir)
		if err == nil {
			err = s.ready(ctx)
		}
		if err == nil || ctx.Err() != nil {
			return s, err
		}
		fault = err
	}
	return nil, fault
}

func launch(path, dir string) (*prometheusServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &prometheusServer{address: l.Addr().String(), ended: make(chan struct{})}
	_ = l.Close()
	s.process = exec.Command(path, "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus", "--web.listen-address="+s.address)
	s.process.Dir, s.process.Stdout, s.process.Stderr = dir, &s.log, &s.log
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.process.Wait()
		close(s.ended)
	}()
	return s, nil
}

// ready waits until it answers.
func (s *prometheusServer) ready(ctx context.Context) error {
	for {
		if _, err := get(ctx, "http://"+s.address+"/-/ready"); err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.ended:
			return fmt.Errorf("it has ended: %s", s.log.Bytes())
		case <-ctx.Done():
			s.stop()
			return errors.Join(ctx.Err(), fmt.Errorf("it is not ready: %s", s.log.Bytes()))
		}
	}
}

// ask repeats a query until it has an answer that covers all nodes.
func (s *prometheusServer) ask(ctx context.Context, query string) (lines []string, err error) {
	for {
		lines, err := s.query(ctx, query)
		if err != nil {
			return nil, err
		}
		if len(lines) > 0 && (!strings.HasPrefix(query, "count(up") || lines[0] == "3") {
			return lines, nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("no answer to %s: %w", query, ctx.Err())
		}
	}
}

func (s *prometheusServer) query(ctx context.Context, query string) (lines []string, err error) {
	body, err := get(ctx, "http://"+s.address+"/api/v1/query?query="+url.QueryEscape(query))
	if err != nil {
		return nil, err
	}
	var reply struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, err
	}
	for _, r := range reply.Data.Result {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(r.Value[1], " ", r.Metric["handler"])))
	}
	return lines, nil
}

// stop ends it, and waits until it has.
func (s *prometheusServer) stop() {
	_ = s.process.Process.Signal(os.Interrupt)
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		_ = s.process.Process.Kill()
		<-s.ended
	}
}
