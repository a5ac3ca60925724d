package embedded

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"

	"github.com/gridrpc/gridc/etcdgrid"
)

const prefix = "grid/nodes/"

// resolver is one that looks often, so that tests need not wait for it.
func resolver(client *clientv3.Client) *etcdgrid.Resolver {
	return &etcdgrid.Resolver{Client: client, Prefix: prefix, Interval: 500 * time.Millisecond, Timeout: 2 * time.Second}
}

// What holds for all Resolvers holds for this one.
func TestConformance(t *testing.T) {
	t.Parallel()
	gridtest.TestResolver(t, func(t *testing.T) gridtest.Registry {
		c := newCluster(t, 1)
		writer, reader := c.client(), resolver(c.client())
		reader.Timeout = 10 * time.Second // it is not called again after a slow moment
		registered := make(map[string]string)
		return gridtest.Registry{
			Resolver: reader,
			Set: func(peers []grid.Peer) {
				wanted := make(map[string]string)
				for _, p := range peers {
					wanted[p.Name] = p.Address
					put(t, writer, prefix+p.Name, p.Address)
				}
				for name := range registered {
					if _, stays := wanted[name]; !stays {
						remove(t, writer, prefix+name)
					}
				}
				registered = wanted
			},
			Break: func() { c.stop(0) },
			Mend:  func() { c.restart(0) },
		}
	})
}

// follower is what a Resolver names, which is called again and again, as a Manager does.
type follower struct {
	t *testing.T

	mu       sync.Mutex
	named    map[string]string
	failures []error
}

func follow(t *testing.T, r *etcdgrid.Resolver) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{t: t}
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := r.Resolve(ctx, f.update); err != nil {
				f.failed(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	return f
}

func (f *follower) update(peers []grid.Peer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.named = make(map[string]string)
	for _, p := range peers {
		f.named[p.Name] = p.Address
	}
}

func (f *follower) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures = append(f.failures, err)
}

// state is the names of those that are named, with blanks between, and how often
// Resolve has failed.
func (f *follower) state() (names string, failures []error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(f.named)), " "), f.failures
}

// want waits until these are named.
func (f *follower) want(names string) {
	f.t.Helper()
	f.await(func(now string, _ []error) bool { return now == names }, "want "+names)
}

// fails waits until Resolve fails once more, and returns how.
func (f *follower) fails() error {
	f.t.Helper()
	_, before := f.state()
	f.await(func(_ string, failures []error) bool { return len(failures) > len(before) }, "want a failure")
	_, failures := f.state()
	return failures[len(before)]
}

func (f *follower) await(reached func(names string, failures []error) bool, what string) {
	f.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		names, failures := f.state()
		if reached(names, failures) {
			return
		}
		if time.Now().After(end) {
			f.t.Fatalf("%s; it names %q, after %v", what, names, failures)
		}
	}
}

// Three members lose their leader: what is announced afterwards is named, whether Resolve
// went on or had to be called again. They lose their quorum: that is an error, not a
// silence, and nobody is taken back. They get it back: it works again.
func TestLeaderAndQuorum(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	client, reader := c.client(), resolver(c.client())
	put(t, client, prefix+"one", "127.0.0.1:9001")
	f := follow(t, reader)
	f.want("one")

	first := c.leader()
	c.stop(first)
	put(t, client, prefix+"two", "127.0.0.1:9002")
	f.want("one two")

	// One does not read the list again and again: its watch alone must tell.
	watcher := resolver(c.client())
	watcher.Interval = time.Hour
	watching := follow(t, watcher)
	watching.want("one two")

	second := c.leader()
	c.stop(second)
	t.Logf("without a quorum: %v", f.fails())
	t.Logf("without a quorum: %v", watching.fails())
	follow(t, reader).fails() // one that begins now
	if names, _ := f.state(); names != "one two" {
		t.Errorf("without a quorum it names %q", names)
	}

	c.restart(second)
	c.restart(first)
	put(t, client, prefix+"three", "127.0.0.1:9003")
	remove(t, client, prefix+"one")
	f.want("three two")
	watching.want("three two")
}

// compacting is a KV that, once, changes and compacts what was read before the reader can
// watch for it.
type compacting struct {
	clientv3.KV
	once    sync.Once
	between func(revision int64)
}

func (k *compacting) Get(ctx context.Context, key string, opts ...clientv3.OpOption) (*clientv3.GetResponse, error) {
	answer, err := k.KV.Get(ctx, key, opts...)
	if err == nil {
		k.once.Do(func() { k.between(answer.Header.Revision) })
	}
	return answer, err
}

// What is compacted between the list and the watch is read anew, at once.
func TestCompactionUnderAWatch(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	writer, client := c.client(), c.client()
	put(t, writer, prefix+"one", "127.0.0.1:9001")
	client.KV = &compacting{KV: client.KV, between: func(revision int64) {
		put(t, writer, prefix+"two", "127.0.0.1:9002")
		remove(t, writer, prefix+"one")
		put(t, writer, prefix+"three", "127.0.0.1:9003")
		do(t, "compact", func(ctx context.Context) error {
			_, err := writer.Compact(ctx, revision+3)
			return err
		})
	}}
	r := resolver(client)
	r.Interval = time.Hour // the watch alone must tell
	f := follow(t, r)
	f.want("three two")
	put(t, writer, prefix+"four", "127.0.0.1:9004")
	f.want("four three two")
}

// Nodes of another cluster whose prefix begins alike are not named.
func TestPrefixIsAFolder(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	client := c.client()
	put(t, client, "grid/nodes2/other", "127.0.0.1:9001")
	put(t, client, "grid/nodes/mine", "127.0.0.1:9001")
	r := resolver(client)
	r.Prefix = "grid/nodes"
	follow(t, r).want("mine")
}
