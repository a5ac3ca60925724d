package etcdgrid

import (
	"reflect"
	"testing"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"
)

func put(key, value string, revision int64) *clientv3.Event {
	return &clientv3.Event{Type: clientv3.EventTypePut, Kv: &mvccpb.KeyValue{Key: []byte(key), Value: []byte(value), ModRevision: revision}}
}

func gone(key string, revision int64) *clientv3.Event {
	return &clientv3.Event{Type: clientv3.EventTypeDelete, Kv: &mvccpb.KeyValue{Key: []byte(key), ModRevision: revision}}
}

func list(revision int64, keysAndValues ...string) *clientv3.GetResponse {
	r := &clientv3.GetResponse{Header: &etcdserverpb.ResponseHeader{Revision: revision}}
	for i := 0; i < len(keysAndValues); i += 2 {
		r.Kvs = append(r.Kvs, &mvccpb.KeyValue{Key: []byte(keysAndValues[i]), Value: []byte(keysAndValues[i+1])})
	}
	return r
}

// What is news is named, and nothing else: an empty list at first is.
func TestNodes(t *testing.T) {
	var n nodes
	for i, step := range []struct {
		news func() bool
		want bool
		then []grid.Peer
	}{
		{func() bool { return n.replace(list(5)) }, true, []grid.Peer{}},
		{func() bool { return n.replace(list(6)) }, false, []grid.Peer{}},
		{func() bool { return n.replace(list(7, "p/b", "b:1", "p/a", "a:1")) }, true, []grid.Peer{{Name: "a", Address: "a:1"}, {Name: "b", Address: "b:1"}}},
		{func() bool { return n.apply(nil) }, false, []grid.Peer{{Name: "a", Address: "a:1"}, {Name: "b", Address: "b:1"}}},
		// Events that the list had already.
		{func() bool { return n.apply([]*clientv3.Event{gone("p/a", 6), put("p/b", "old", 7)}) }, false, []grid.Peer{{Name: "a", Address: "a:1"}, {Name: "b", Address: "b:1"}}},
		// The same value once more, as a restarted node writes it.
		{func() bool { return n.apply([]*clientv3.Event{put("p/b", "b:1", 8)}) }, false, []grid.Peer{{Name: "a", Address: "a:1"}, {Name: "b", Address: "b:1"}}},
		// One transaction, one revision.
		{func() bool {
			return n.apply([]*clientv3.Event{gone("p/a", 9), put("p/b", "b:2", 9), put("p/x/y", "", 9)})
		}, true, []grid.Peer{{Name: "b", Address: "b:2"}, {Name: "x/y"}}},
		{func() bool { return n.apply([]*clientv3.Event{gone("p/never", 10)}) }, false, []grid.Peer{{Name: "b", Address: "b:2"}, {Name: "x/y"}}},
		// A list of a restored etcd counts although its revision is lower.
		{func() bool { return n.replace(list(3, "p/z", "z:1")) }, true, []grid.Peer{{Name: "z", Address: "z:1"}}},
	} {
		if news := step.news(); news != step.want {
			t.Errorf("step %d: news: %v", i, news)
		}
		if got := n.peers("p/"); !reflect.DeepEqual(got, step.then) {
			t.Errorf("step %d: %v, want %v", i, got, step.then)
		}
	}
}

func TestPrefixes(t *testing.T) {
	for given, want := range map[string]string{"grid/nodes": "grid/nodes/", "grid/nodes/": "grid/nodes/", "/grid": "/grid/", "": "", "/": ""} {
		got, err := folder(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", given, got, err)
		}
	}
	if err := (&Resolver{}).Resolve(t.Context(), nil); err == nil {
		t.Error("a Resolver without a prefix")
	}
	if err := (&Announcer{Prefix: "p"}).Run(t.Context()); err == nil {
		t.Error("an Announcer without a name")
	}
}
