package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// tourTime is the most that a tour may take.
const tourTime = 18 * time.Second

// cluster is the three servers of a tour: alpha and beta in this process, gamma
// in one of its own, so that it can be killed.
type cluster struct {
	*lines // what the person reads

	dir   string // temporary; each node's folder is in it
	alpha *node
	beta  *node
	gamma *child

	log    *lines       // what the servers log
	logged bytes.Buffer // shown if something goes wrong

	copied map[string][]byte // what Replicate brought to gamma, by path
	asked  chan answered     // a call that is under way while gamma dies
}

// step is one stop of the tour.
type step struct {
	title string
	run   func(c *cluster, ctx context.Context) error
}

var steps = []step{
	{"Three servers, each connected to the other two", (*cluster).meet},
	{"DiskInfo: alpha asks every disk of every server", (*cluster).diskInfo},
	{"WalkDir: alpha has beta stream what is on a disk", (*cluster).walkDir},
	{"ReadVersion: a small file comes with its content, a large one without", (*cluster).readVersion},
	{"Errors: what beta means is what alpha gets", (*cluster).declaredErrors},
	{"Replicate: files go to gamma while acknowledgements come back", (*cluster).replicate},
	{"The other direction: beta calls alpha over the connection that is there", (*cluster).reverse},
	{"gamma is killed in the middle of three calls", (*cluster).crash},
	{"gamma comes back", (*cluster).comeback},
	{"The end: every server finishes what it has begun", (*cluster).leave},
}

// tour starts a cluster, shows what it can do, and removes every trace of it. It
// fails at the first answer that is not the expected one.
func tour(ctx context.Context, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, tourTime)
	defer cancel()
	began := time.Now()
	c := &cluster{lines: &lines{w: out}, copied: make(map[string][]byte)}
	c.log = &lines{w: &c.logged}
	defer func() {
		if err = errors.Join(err, c.cleanUp()); err != nil {
			c.print("\nWhat the servers logged:\n%s", c.logged.String())
		}
	}()
	if err := c.start(ctx); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	c.print("While the tour lasts, alpha shows itself at http://%s%s", c.alpha.address, debugPath)
	for i, s := range steps {
		c.print("\n%d. %s", i+1, s.title)
		if err := s.run(c, ctx); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, s.title, err)
		}
	}
	c.print("\nAll as it should be, in %s.", took(began))
	return nil
}

// start fills the disks and starts the servers. Listeners come first, so that
// all addresses are known before anybody dials.
func (c *cluster) start(ctx context.Context) (err error) {
	if c.dir, err = os.MkdirTemp("", "storage-tour-"); err != nil {
		return err
	}
	if err := fillDisks(c.dir); err != nil {
		return err
	}
	key := []byte(rand.Text())
	if err := os.WriteFile(c.keyFile(), key, 0o600); err != nil {
		return err
	}
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, a.Close())
	}
	alpha := grid.Peer{Name: "alpha", Address: a.Addr().String()}
	beta := grid.Peer{Name: "beta", Address: b.Addr().String()}
	if c.gamma, err = c.startGamma(ctx, "127.0.0.1:0", alpha, beta); err != nil {
		return errors.Join(err, a.Close(), b.Close())
	}
	gamma := grid.Peer{Name: "gamma", Address: c.gamma.address}
	if c.alpha, err = c.startNode(a, alpha.Name, key, beta, gamma); err != nil {
		return errors.Join(err, b.Close())
	}
	c.beta, err = c.startNode(b, beta.Name, key, alpha, gamma)
	return err
}

func (c *cluster) startNode(ln net.Listener, name string, key []byte, peers ...grid.Peer) (*node, error) {
	return startNode(ln, nodeConfig{
		name: name, peers: peers, data: c.folder(name), key: key,
		log: slog.New(slog.NewTextHandler(c.log, nil)).With("node", name),
	})
}

func (c *cluster) keyFile() string { return filepath.Join(c.dir, "key") }

// folder returns the folder of a server, or of something in it.
func (c *cluster) folder(server string, below ...string) string {
	return filepath.Join(c.dir, server, filepath.Join(below...))
}

// cleanUp ends whatever runs and removes the files, however far the tour came.
func (c *cluster) cleanUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var errs []error
	for _, n := range []*node{c.alpha, c.beta} {
		if n != nil {
			errs = append(errs, n.stop(ctx))
		}
	}
	if c.gamma != nil {
		c.gamma.kill()
	}
	if c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}
