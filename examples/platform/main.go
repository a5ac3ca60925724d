// Command platform shows what a cluster has around gridc, on one machine: three storage
// nodes find each other through etcd, are scraped by Prometheus, and a request that
// touches all three is one trace of OpenTelemetry.
//
//	go run .          shows it and ends, with status 0 if all was as expected
//	go run . -stay    goes on until Ctrl-C, to look around
//
// etcd is embedded, a single member. Prometheus is the one on PATH; where there is none, the
// nodes are scraped by this program, which says so. Start with node.go, which has all
// that a node of yours needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// showTime is how long it may take to show everything.
const showTime = 2 * time.Minute

func main() {
	stay := flag.Bool("stay", false, "go on until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *stay); err != nil {
		fmt.Fprintln(os.Stderr, "platform:", err)
		os.Exit(1)
	}
}

// run starts everything, shows it on out, and ends it again.
func run(ctx context.Context, out io.Writer, stay bool) (err error) {
	dir, err := os.MkdirTemp("", "gridc-platform-")
	if err != nil {
		return err
	}
	p := &platform{out: out, dir: dir}
	defer func() { err = errors.Join(err, p.stop(), os.RemoveAll(dir)) }()
	limited, cancel := context.WithTimeout(ctx, showTime)
	defer cancel()
	for _, step := range []func(context.Context) error{p.startEtcd, p.startNodes, p.showTrace, p.showMetrics} {
		if err := step(limited); err != nil {
			return err
		}
	}
	if stay {
		p.print("\nCtrl-C ends it.")
		<-ctx.Done()
	}
	return nil
}

// platform is all that runs.
type platform struct {
	out   io.Writer
	dir   string // temporary
	etcd  *registry
	nodes []*node
	spans recorder
	prom  *prometheusServer // nil: none
}

func (p *platform) print(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

func (p *platform) startEtcd(context.Context) (err error) {
	if p.etcd, err = startRegistry(p.dir); err != nil {
		return fmt.Errorf("starting etcd: %w", err)
	}
	p.print("etcd listens on %s.", p.etcd.address)
	return nil
}

// startNodes starts three nodes that know nothing of each other, and waits until each
// is connected with the other two.
func (p *platform) startNodes(ctx context.Context) error {
	key := []byte("for this example alone, and known to all")
	for _, name := range []string{"node1", "node2", "node3"} {
		n, err := startNode(name, key, p.etcd, &p.spans)
		if err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
		p.nodes = append(p.nodes, n)
		p.print("%s listens on %s, with its page at http://%s%s.", name, n.address, n.address, debugPath)
	}
	for _, n := range p.nodes {
		if err := waitForPeers(ctx, n.manager, len(p.nodes)-1); err != nil {
			return fmt.Errorf("%s: %w", n.manager.Name(), err)
		}
	}
	p.print("Each has found the other two in etcd, and is connected with them.")
	return nil
}

// waitForPeers waits until a node is connected with so many others.
func waitForPeers(ctx context.Context, m *grid.Manager, want int) error {
	for {
		if health := m.Health(); health.Connected >= want {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("connected with %d of %d peers: %w", m.Health().Connected, want, ctx.Err())
		}
	}
}

// stop ends all that was started, the last first.
func (p *platform) stop() error {
	var faults []error
	if p.prom != nil {
		p.prom.stop()
	}
	for _, n := range p.nodes {
		faults = append(faults, n.stop())
	}
	if p.etcd != nil {
		p.etcd.stop()
	}
	return errors.Join(faults...)
}
