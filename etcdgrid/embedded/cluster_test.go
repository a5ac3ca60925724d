package embedded

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
)

// patience is how long anything may take that takes a second or so as a rule.
const patience = 60 * time.Second

// cluster is an etcd of some members on loopback.
type cluster struct {
	t       *testing.T
	members []*member
}

// member is one server. Its addresses and its data stay when it is stopped.
type member struct {
	config embed.Config
	server *embed.Etcd // nil: stopped
}

// newCluster starts one. A port may be taken by somebody else before it is etcd's; then
// others are tried.
func newCluster(t *testing.T, n int) *cluster {
	t.Helper()
	for range 5 {
		c := &cluster{t: t}
		c.configure(n)
		err := c.startAll()
		if err == nil {
			t.Cleanup(c.stopAll)
			return c
		}
		t.Logf("once more: %v", err)
		c.stopAll()
	}
	t.Fatal("etcd does not start")
	return nil
}

func (c *cluster) configure(n int) {
	var initial []string
	for i := range n {
		config := embed.NewConfig()
		config.Name = fmt.Sprintf("m%d", i)
		config.Dir = c.t.TempDir()
		config.Logger, config.LogLevel, config.LogOutputs = "zap", "error", []string{"/dev/null"}
		config.UnsafeNoFsync = true
		config.ListenClientUrls, config.ListenPeerUrls = []url.URL{free(c.t)}, []url.URL{free(c.t)}
		config.AdvertiseClientUrls, config.AdvertisePeerUrls = config.ListenClientUrls, config.ListenPeerUrls
		initial = append(initial, config.Name+"="+config.ListenPeerUrls[0].String())
		c.members = append(c.members, &member{config: *config})
	}
	for _, m := range c.members {
		m.config.InitialCluster = strings.Join(initial, ",")
	}
}

// free is a URL of a port that was free a moment ago.
func free(t *testing.T) url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return url.URL{Scheme: "http", Host: l.Addr().String()}
}

// startAll starts all members, which wait for each other.
func (c *cluster) startAll() error {
	faults := make(chan error, len(c.members))
	for _, m := range c.members {
		go func() { faults <- m.start() }()
	}
	var fault error
	for range c.members {
		if err := <-faults; err != nil {
			fault = err
		}
	}
	return fault
}

func (m *member) start() error {
	config := m.config
	server, err := embed.StartEtcd(&config)
	if err != nil {
		return err
	}
	m.server = server
	select {
	case <-server.Server.ReadyNotify():
		return nil
	case err := <-server.Err():
		return err
	case <-time.After(patience):
		return fmt.Errorf("%s is not ready", m.config.Name)
	}
}

// restart starts a member again, on its old addresses.
func (c *cluster) restart(i int) {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		err := c.members[i].start()
		if err == nil {
			return
		}
		c.stop(i)
		if time.Now().After(end) {
			c.t.Fatal(err)
		}
	}
}

// stop ends a member at once, without telling the others.
func (c *cluster) stop(i int) {
	if s := c.members[i].server; s != nil {
		c.members[i].server = nil
		s.Server.HardStop()
		s.Close()
	}
}

func (c *cluster) stopAll() {
	for i := range c.members {
		c.stop(i)
	}
}

// leader is the number of the member that leads.
func (c *cluster) leader() int {
	c.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for i, m := range c.members {
			if m.server != nil && m.server.Server.Leader() == m.server.Server.MemberID() {
				return i
			}
		}
	}
	c.t.Fatal("nobody leads")
	return 0
}

// client returns a new client of all members, which ends with the test.
func (c *cluster) client() *clientv3.Client {
	c.t.Helper()
	var endpoints []string
	for _, m := range c.members {
		endpoints = append(endpoints, m.config.ListenClientUrls[0].Host)
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: patience})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = client.Close() })
	return client
}

// do repeats what a client does until it succeeds: an election may be under way.
func do(t *testing.T, what string, try func(ctx context.Context) error) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := try(ctx)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

func put(t *testing.T, client *clientv3.Client, key, value string) {
	t.Helper()
	do(t, "put", func(ctx context.Context) error {
		_, err := client.Put(ctx, key, value)
		return err
	})
}

func remove(t *testing.T, client *clientv3.Client, key string) {
	t.Helper()
	do(t, "delete", func(ctx context.Context) error {
		_, err := client.Delete(ctx, key)
		return err
	})
}
