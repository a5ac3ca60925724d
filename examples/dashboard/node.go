package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gridrpc/gridc/examples/dashboard/gen/disks"
	grid "github.com/gridrpc/gridc/runtime"
)

// node is a storage node with its page.
type node struct {
	disks.UnimplementedNodeServer
	name    string
	disks   []*disk
	manager *grid.Manager
	server  *http.Server
	over    chan struct{}
	work    sync.WaitGroup

	mu      sync.Mutex
	now     *disks.Disks  // replaced, never changed
	changed chan struct{} // closed and replaced with now
}

// startNode starts a node that serves its disks to pages which show the token, and its peers
// nothing that a page may not have: this example is about pages.
func startNode(name string, peers []grid.Peer, key []byte, token, folder string, l net.Listener) (*node, error) {
	n := &node{name: name, over: make(chan struct{}), changed: make(chan struct{}), now: &disks.Disks{Node: name}}
	for i := range 3 {
		d, err := newDisk(folder, fmt.Sprintf("disk%d", i+1))
		if err != nil {
			return nil, err
		}
		n.disks = append(n.disks, d)
	}
	m, err := grid.NewManager(grid.Options{
		Name: name, Peers: peers, Auth: grid.SharedKey(key),
		Register: func(m *grid.Manager) error { return disks.RegisterNode(m, n) },
	})
	if err != nil {
		return nil, err
	}
	n.manager = m
	guests, err := m.GuestHandler(grid.GuestOptions{
		Check:    checkToken(token),
		Handlers: []string{"disks.Node.*"},
		// The page of one node watches the other, too, whose host is another.
		AllowOrigin: func(origin string) bool { return isOfPeer(origin, peers) },
		Plain:       true, // on this machine alone
	})
	if err != nil {
		return nil, errors.Join(err, m.Shutdown(context.Background()))
	}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	mux.Handle(grid.GuestPath, guests)
	mux.Handle("/", pageHandler(peers))
	n.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = n.server.Serve(l) }() // until stop
	n.work.Go(n.run)
	return n, nil
}

// checkToken lets in who shows the token. All of them are one user.
func checkToken(want string) func(*http.Request, string) (string, error) {
	return func(_ *http.Request, token string) (user string, err error) {
		if subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
			return "", errors.New("this is not the token that the command printed: open the address with all that follows #")
		}
		return "operator", nil
	}
}

func isOfPeer(origin string, peers []grid.Peer) bool {
	for _, p := range peers {
		if origin == "http://"+p.Address {
			return true
		}
	}
	return false
}

// stop ends the node in good order: pages are told, and come back when there is a node again.
func (n *node) stop() {
	close(n.over)
	n.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := n.manager.Shutdown(ctx); err != nil {
		slog.Warn("dashboard: shutdown", "node", n.name, "err", err)
	}
	n.server.Close()
}

// run writes to the disks and looks at them, until the node stops.
func (n *node) run() {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, d := range n.disks {
			d.write()
		}
		n.look()
		select {
		case <-tick.C:
		case <-n.over:
			return
		}
	}
}

// look looks at all disks, and tells who watches. It calls the pages about those that have
// gone offline since the last look.
func (n *node) look() {
	now := &disks.Disks{Node: n.name}
	for _, d := range n.disks {
		now.Disks = append(now.Disks, d.look())
	}
	n.mu.Lock()
	before := n.now
	n.now = now
	close(n.changed)
	n.changed = make(chan struct{})
	n.mu.Unlock()
	for i, d := range now.Disks {
		if d.State == disks.StateOffline && i < len(before.Disks) && before.Disks[i].State == disks.StateOnline {
			n.work.Go(func() { n.callPages(d) })
		}
	}
}

// callPages calls all pages that are open.
func (n *node) callPages(d disks.Disk) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for answer := range disks.NewPageGroup(n.manager.AllGuests()).DiskOffline(ctx, &disks.Offline{Node: n.name, Disk: d}) {
		if answer.Err != nil {
			slog.Warn("dashboard: a page was not told", "node", n.name, "disk", d.Name, "page", answer.Peer, "err", answer.Err)
			continue
		}
		slog.Info("dashboard: a page has shown it", "node", n.name, "disk", d.Name, "page", answer.Peer, "notices", answer.Value.Notices)
	}
}

// Watch implements disks.NodeServer. A page that is slow gets the latest, not all in between.
func (n *node) Watch(ctx context.Context, out *grid.Sender[*disks.Disks]) error {
	for {
		n.mu.Lock()
		now, changed := n.now, n.changed
		n.mu.Unlock()
		if err := out.Send(now); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-grid.Draining(ctx):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Pull implements disks.NodeServer.
func (n *node) Pull(_ context.Context, req *disks.PullRequest) error {
	for _, d := range n.disks {
		if d.name == req.Disk {
			return d.pull(req.Back)
		}
	}
	return &disks.NoSuchDisk{Disk: req.Disk}
}
