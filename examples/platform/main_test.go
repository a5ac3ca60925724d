package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// What the command shows is what README.md says: nodes that find each other, a trace over
// three of them, and metrics, of a real Prometheus where there is one.
func TestPlatform(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out strings.Builder
	if err := run(t.Context(), &out, false); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	text := out.String()
	t.Log(text)
	const took = `, \d[^ \n]*s`
	want := []string{
		`etcd listens on 127\.0\.0\.1:\d+`, `node3 listens on`, `Each has found the other two`,
		`only node3 has: "hello from node3"`,
		`  node1: read hello\.txt, internal` + took + `
    node1: storage\.Storage/ReadVersion, client` + took + `
      node2: storage\.Storage/ReadVersion, server` + took + `
        node2: storage\.Storage/ReadVersion, client` + took + `
          node3: storage\.Storage/ReadVersion, server` + took + "\n",
	}
	if _, err := exec.LookPath("prometheus"); err == nil {
		want = append(want, `count\(up\{job="storage"\} == 1\)\n    3\n`, `sum\(grid_peers_connected\)\n    6\n`, `\n    2 storage\.Storage\.ReadVersion\n`)
	} else {
		want = append(want, `There is no prometheus on PATH`, `node1: grid_peers_connected 2\n`, `node3: grid_node_ready 1\n`)
	}
	for _, pattern := range want {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("it does not show %s", pattern)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

// Where there is no Prometheus, the nodes are scraped all the same.
func TestPlatformWithoutPrometheus(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := exec.LookPath("prometheus"); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(t.Context(), &out, false); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if strings.Count(out.String(), "grid_peers_connected 2\n") != 3 {
		t.Errorf("it shows\n%s", &out)
	}
}

// With -stay it goes on until it is told to end; what nobody has is not found, and no
// request goes round.
func TestStayAndNotFound(t *testing.T) {
	p := &platform{out: t.Output(), dir: t.TempDir()}
	defer func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, step := range []func(context.Context) error{p.startEtcd, p.startNodes} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.nodes[0].storeOf("node2").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "v", Path: "nowhere"})
	if missing := new(storage.FileNotFound); !errors.As(err, &missing) || missing.Path != "nowhere" {
		t.Errorf("what nobody has: %v", err)
	}
	if err := p.nodes[2].stop(); err != nil {
		t.Fatal(err)
	}
	p.nodes = p.nodes[:2]
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if state := p.nodes[0].manager.Connection("node3"); state == nil || state.State().Phase == grid.Closed {
			break // it went in good order, so it is no peer any more
		}
		if time.Now().After(end) {
			t.Fatal("node1 does not hear that node3 is gone")
		}
	}
}
