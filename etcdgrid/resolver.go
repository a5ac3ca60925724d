package etcdgrid

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"
)

const (
	defaultInterval = 10 * time.Second
	defaultTimeout  = 5 * time.Second
)

// Resolver is a grid.Resolver of the nodes that are announced below a prefix in etcd. Its
// fields do not change once it is used; the client stays the caller's.
type Resolver struct {
	Client *clientv3.Client
	// Prefix is where the keys of the nodes begin; it ends with "/", which may be left out.
	Prefix string
	// Interval is how often the list is read though nothing seems to have changed: when
	// all of etcd is gone, a watch is silent. 0: 10 seconds.
	Interval time.Duration
	// Timeout is how long reading the list may take. 0: 5 seconds.
	Timeout time.Duration
}

// Resolve implements grid.Resolver: it names all announced nodes, again after each
// change. It returns an error when etcd cannot be reached or has no leader.
func (r *Resolver) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	prefix, err := folder(r.Prefix)
	if err != nil {
		return err
	}
	f := &following{r: r, prefix: prefix, update: update}
	for {
		err := f.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, errCompacted):
			return err
		}
	}
}

// folder is a prefix that ends with "/": "nodes" would be the beginning of "nodes2/x".
func folder(prefix string) (string, error) {
	if strings.Trim(prefix, "/") == "" {
		return "", errors.New("etcdgrid: Prefix is empty: it says where the nodes are, as in \"grid/nodes/\"")
	}
	return strings.TrimSuffix(prefix, "/") + "/", nil
}

// errCompacted says that what was to be watched is no longer kept: the list is read anew.
var errCompacted = errors.New("the revision to watch from is compacted")

// following is a Resolve under way. It belongs to one goroutine.
type following struct {
	r      *Resolver
	prefix string
	update func([]grid.Peer)
	nodes  nodes
}

// follow reads the list, and watches for changes of it until something fails.
func (f *following) follow(ctx context.Context) error {
	if err := f.list(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Without a leader a watch is silent, for ever, unless it requires one.
	changes := f.r.Client.Watch(clientv3.WithRequireLeader(ctx), f.prefix, clientv3.WithPrefix(), clientv3.WithRev(f.nodes.revision+1))
	tick := time.NewTicker(orDefault(f.r.Interval, defaultInterval))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := f.list(ctx); err != nil {
				return err
			}
		case response, open := <-changes:
			if err := watchFault(response, open); err != nil {
				return err
			}
			if f.nodes.apply(response.Events) {
				f.update(f.nodes.peers(f.prefix))
			}
		}
	}
}

// watchFault is why a watch has ended, or nil.
func watchFault(response clientv3.WatchResponse, open bool) error {
	switch {
	case !open:
		return errors.New("etcdgrid: the watch has ended: is the client closed?")
	case response.CompactRevision != 0:
		return errCompacted
	case response.Err() != nil:
		return fmt.Errorf("etcdgrid: watching the nodes: %w", response.Err())
	}
	return nil
}

// list reads all nodes, and names them if that is news.
func (f *following) list(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, orDefault(f.r.Timeout, defaultTimeout))
	defer cancel()
	answer, err := f.r.Client.Get(ctx, f.prefix, clientv3.WithPrefix())
	if err != nil {
		return fmt.Errorf("etcdgrid: reading the nodes: %w", err)
	}
	if f.nodes.replace(answer) {
		f.update(f.nodes.peers(f.prefix))
	}
	return nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
