package etcdgrid

import (
	"maps"
	"slices"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"
)

// nodes are the announced nodes, as of a revision of etcd: addresses by key. The zero
// value is of before the first list.
type nodes struct {
	known     bool
	revision  int64
	addresses map[string]string
}

// replace takes a list in, and reports whether it is news. Reads are linearizable: none is
// older than what watching has told, unless etcd was restored from a backup.
func (n *nodes) replace(list *clientv3.GetResponse) bool {
	addresses := make(map[string]string, len(list.Kvs))
	for _, kv := range list.Kvs {
		addresses[string(kv.Key)] = string(kv.Value)
	}
	news := !n.known || !maps.Equal(n.addresses, addresses)
	n.known, n.revision, n.addresses = true, list.Header.Revision, addresses
	return news
}

// apply takes changes in, and reports whether they are news. Those that the last list has
// already come again when it was read while the watch went on.
func (n *nodes) apply(events []*clientv3.Event) (news bool) {
	for _, e := range events {
		if e.Kv.ModRevision <= n.revision {
			continue
		}
		key, address := string(e.Kv.Key), string(e.Kv.Value)
		old, known := n.addresses[key]
		if e.Type == clientv3.EventTypeDelete {
			delete(n.addresses, key)
			news = news || known
		} else {
			n.addresses[key] = address
			news = news || !known || old != address
		}
	}
	if len(events) > 0 {
		n.revision = max(n.revision, events[len(events)-1].Kv.ModRevision)
	}
	return news
}

// peers are the nodes by name. What is wrong with one the Manager says, which leaves it out.
func (n *nodes) peers(prefix string) []grid.Peer {
	all := make([]grid.Peer, 0, len(n.addresses))
	for _, key := range slices.Sorted(maps.Keys(n.addresses)) {
		all = append(all, grid.Peer{Name: strings.TrimPrefix(key, prefix), Address: n.addresses[key]})
	}
	return all
}
