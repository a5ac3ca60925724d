package embedded

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"

	"github.com/gridrpc/gridc/etcdgrid"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// announce runs an Announcer, and returns what ends it.
func announce(t *testing.T, client *clientv3.Client, peer grid.Peer, ttl time.Duration, log io.Writer) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	a := &etcdgrid.Announcer{Client: client, Prefix: prefix, Peer: peer, TTL: ttl, Logger: slog.New(slog.NewTextHandler(log, nil))}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	t.Cleanup(end)
	return end
}

// A node that ends in good order is gone at once, without its lease's running out.
func TestAnnouncementIsTakenBack(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	f := follow(t, resolver(c.client()))
	end := announce(t, c.client(), grid.Peer{Name: "one", Address: "127.0.0.1:9001"}, 2*time.Second, io.Discard)
	announce(t, c.client(), grid.Peer{Name: "two", Address: "127.0.0.1:9002"}, 2*time.Second, io.Discard)
	f.want("one two")
	end()
	f.want("two")
}

// A node that dies says nothing; its lease runs out, and it is named no more.
func TestLeaseRunsOut(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	f := follow(t, resolver(c.client()))
	dies := c.client()
	announce(t, dies, grid.Peer{Name: "one", Address: "127.0.0.1:9001"}, 2*time.Second, io.Discard)
	announce(t, c.client(), grid.Peer{Name: "two", Address: "127.0.0.1:9002"}, 2*time.Second, io.Discard)
	f.want("one two")
	_ = dies.Close() // as far as etcd can see
	f.want("two")
}

// An announcement whose lease or key somebody has removed comes back by itself, and the
// operator is told.
func TestLostAnnouncementComesBack(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	client, log := c.client(), &lines{}
	announce(t, c.client(), grid.Peer{Name: "one", Address: "127.0.0.1:9001"}, 2*time.Second, log)
	f := follow(t, resolver(c.client()))
	f.want("one")
	lease := func() (lease clientv3.LeaseID) {
		do(t, "the announcement", func(ctx context.Context) error {
			key, err := client.Get(ctx, prefix+"one")
			if err == nil && len(key.Kvs) == 0 {
				return errors.New("it is not there")
			}
			if err == nil {
				lease = clientv3.LeaseID(key.Kvs[0].Lease)
			}
			return err
		})
		return lease
	}
	first := lease()
	do(t, "revoke", func(ctx context.Context) error {
		_, err := client.Revoke(ctx, first)
		if errors.Is(err, rpctypes.ErrLeaseNotFound) {
			return nil // on a busy machine it has run out
		}
		return err
	})
	if again := lease(); again == first || again == 0 {
		t.Errorf("it has lease %d after %d was revoked", again, first)
	}
	for end := time.Now().Add(patience); !strings.Contains(log.String(), "announced again"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the log says:\n%s", log)
		}
	}
	remove(t, client, prefix+"one")
	lease()
	f.want("one")
}

// A new process announces a name that the old one still has: the new one stands, also when
// the old one ends.
func TestTheLaterAnnouncementStands(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	client, log := c.client(), &lines{}
	endOld := announce(t, c.client(), grid.Peer{Name: "one", Address: "127.0.0.1:1"}, 8*time.Second, log)
	f := follow(t, resolver(c.client()))
	f.want("one")
	announce(t, c.client(), grid.Peer{Name: "one", Address: "127.0.0.1:2"}, 8*time.Second, io.Discard)
	do(t, "the new address", func(ctx context.Context) error {
		key, err := client.Get(ctx, prefix+"one")
		if err == nil && string(key.Kvs[0].Value) != "127.0.0.1:2" {
			err = errors.New("it is not there yet")
		}
		return err
	})
	for end := time.Now().Add(patience); !strings.Contains(log.String(), "another process"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the old process does not notice: %s", log)
		}
	}
	endOld()
	key, err := client.Get(t.Context(), prefix+"one")
	if err != nil || len(key.Kvs) != 1 || string(key.Kvs[0].Value) != "127.0.0.1:2" {
		t.Errorf("after the end of the old one: %v, %v", key, err)
	}
}

// Two nodes that know nothing but etcd find each other. Then etcd is gone, and calls go
// on; it comes back empty of leases, and they still do.
func TestNodesFindEachOther(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	const echo grid.HandlerID = 1
	managers := make(map[string]*grid.Manager)
	for _, name := range []string{"a", "b"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		m, err := grid.NewManager(grid.Options{
			Name: name, Auth: grid.SharedKey([]byte("only for this test, 32 bytes....")), Resolver: resolver(c.client()),
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Register: func(m *grid.Manager) error {
				return m.RegisterSingleHandler(echo, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: m.Handler()}
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() {
			_ = server.Close()
			_ = m.Shutdown(context.Background())
		})
		announce(t, c.client(), grid.Peer{Name: name, Address: l.Addr().String()}, 2*time.Second, io.Discard)
		managers[name] = m
	}
	call := func(when string) {
		t.Helper()
		do(t, when, func(ctx context.Context) error {
			b := managers["a"].Connection("b")
			if b == nil {
				return errors.New("b is not known yet")
			}
			_, err := b.Request(ctx, echo, []byte("hello"))
			return err
		})
	}
	call("etcd is there")
	number := managers["a"].Connection("b").State().Session
	c.stop(0)
	time.Sleep(3 * time.Second) // longer than the leases
	call("etcd is gone")
	c.restart(0)
	call("etcd is back")
	if again := managers["a"].Connection("b").State().Session; again != number {
		t.Errorf("session %d has become %d because etcd was gone", number, again)
	}
}
