package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	"github.com/gridrpc/gridc/kube"
	grid "github.com/gridrpc/gridc/runtime"
)

// listening begins the line that tells a parent, or a person, the address.
const listening = "listening on "

// drainTime is how long a server that ends lets its calls finish.
const drainTime = 3 * time.Second

// serve is one server of a cluster, until ctx ends.
func serve(ctx context.Context, f *flags, stdin io.Reader, stdout, stderr io.Writer) error {
	key, err := os.ReadFile(f.keyFile)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", f.listen)
	if err != nil {
		return err
	}
	var more grid.Resolver
	if f.service != "" {
		more = &kube.Resolver{Service: f.service}
	}
	n, err := startNode(ln, nodeConfig{
		name: f.node, peers: f.peers, more: more, data: f.data, key: key,
		log: slog.New(slog.NewTextHandler(stderr, nil)),
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, listening+n.address)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if f.attached {
		go func() {
			_, _ = io.Copy(io.Discard, stdin) // whatever ends it, there is no parent any more
			cancel()
		}()
	}
	n.watchPeers(ctx, &lines{w: stdout})
	graceful, stop := context.WithTimeout(context.Background(), drainTime)
	defer stop()
	return n.stop(graceful)
}

// watchPeers tells of every peer that comes and goes, until ctx ends.
func (n *node) watchPeers(ctx context.Context, out *lines) {
	var watchers sync.WaitGroup
	for _, peer := range n.manager.Peers() {
		watchers.Go(func() { n.watchPeer(ctx, n.manager.Connection(peer), out) })
	}
	watchers.Wait()
	<-ctx.Done()
}

func (n *node) watchPeer(ctx context.Context, peer *grid.Connection, out *lines) {
	for before := grid.Closed; ; {
		state, changed := peer.Changes()
		if state.Phase != before {
			before = state.Phase
			out.print("%s: %s", peer.Name(), describeState(state))
		}
		if state.Phase == grid.Connected {
			n.showDisks(ctx, peer, out)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// describeState says what a connection is, and why it is not more, if that is known.
func describeState(state grid.State) string {
	if state.Reason == nil {
		return state.Phase.String()
	}
	return fmt.Sprintf("%s: %v", state.Phase, state.Reason)
}

// showDisks asks a peer that has just connected for its disks.
func (n *node) showDisks(ctx context.Context, peer *grid.Connection, out *lines) {
	for _, name := range diskNames {
		info, err := storage.NewStorageClient(peer, name).DiskInfo(ctx, storage.NewDiskInfoOptions())
		if err != nil {
			out.print("%s/%s: %v", peer.Name(), name, err)
			continue
		}
		out.print("%s/%s: %s, %s free of %s", peer.Name(), name, info.State, size(info.Free), size(info.Total))
	}
}
