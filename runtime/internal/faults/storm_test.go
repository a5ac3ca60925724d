//go:build unix

package faults

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

var (
	clientsFlag = flag.Int("clients", 250, "how many clients a storm has, of each kind")
	downFlag    = flag.Duration("down", 0, "how long the server of a storm stays away")
	doorFlag    = flag.Int("per-address", grid.DefaultLimits().UnauthenticatedPerAddress, "the server's limit of handshakes with one address")
)

// Many clients, each a Manager with the limits that it has by default, are
// connected to one server, which is killed and started again. All come back by
// themselves, and meanwhile the server shakes hands with no more at a time than
// its limits say.
func TestStorm(t *testing.T) {
	limits := grid.DefaultLimits()
	cases := []struct {
		name    string
		address func(i int) net.Addr
		most    int // handshakes at a time
	}{
		{"each from an address of its own", func(i int) net.Addr {
			return &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/250), byte(i%250+1))}
		}, limits.Unauthenticated},
		{"all from one address", func(int) net.Addr { return nil }, min(*doorFlag, limits.Unauthenticated)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.address(0) != nil && runtime.GOOS != "linux" {
				t.Skip("only Linux has all of 127/8 on its loopback interface, here is " + runtime.GOOS)
			}
			s := newStorm(t, *clientsFlag, c.address)
			s.gather(t, "the first time")
			before := s.empty
			var full Usage
			s.server.ask(&full, "usage")
			t.Logf("the server holds %d sessions: %d bytes and %.1f goroutines each", len(s.clients),
				(full.Memory-before.Memory)/uint64(len(s.clients)), float64(full.Goroutines-before.Goroutines)/float64(len(s.clients)))
			s.call(t)
			s.server.kill()
			time.Sleep(*downFlag)
			s.config.Book++
			s.server = process(t, s.config)
			s.gather(t, "after a restart")
			s.call(t)
			s.server.ask(&full, "usage")
			t.Logf("the new server: at most %d handshakes at a time, %d upgrades refused, %v of the processor",
				full.Handshakes, full.Refused, full.Processor.Round(time.Millisecond))
			// They are counted from outside, a moment longer than they count inside.
			if most := int64(c.most + c.most/4); full.Handshakes > most {
				t.Errorf("%d handshakes were under way at once, the limit is %d", full.Handshakes, c.most)
			}
			s.leave(t)
			s.server.finish()
			if err := s.ledger.Replay(s.config.Journal); err != nil {
				t.Fatal(err)
			}
			sound(t, s.ledger)
		})
	}
}

// storm is a server in a process of its own, and its clients in this one.
type storm struct {
	ledger  *Ledger
	load    *Load
	config  AgentConfig
	server  *agent
	empty   Usage // of the server, before anybody came
	clients []*grid.Manager
}

const serverName = "server"

func newStorm(t *testing.T, n int, address func(int) net.Addr) *storm {
	t.Helper()
	s := &storm{ledger: NewLedger()}
	s.load = NewLoad(s.ledger, 1)
	s.config = AgentConfig{Name: serverName, Listen: restartable, Journal: filepath.Join(t.TempDir(), "journal"), Book: 2, Guests: true,
		Limits: grid.Limits{UnauthenticatedPerAddress: *doorFlag}}
	s.server = process(t, s.config)
	s.server.ask(&s.empty, "usage")
	s.config.Listen = s.server.address
	for i := range n {
		d := net.Dialer{LocalAddr: address(i)}
		m, err := grid.NewManager(grid.Options{
			Name: fmt.Sprintf("client-%d", i), CallOnly: true, Auth: grid.SharedKey(key), Logger: slog.New(slog.DiscardHandler),
			Peers: []grid.Peer{{Name: serverName, Address: s.server.address}},
			Dial:  func(ctx context.Context, to string) (net.Conn, error) { return d.DialContext(ctx, "tcp", to) },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.clients = append(s.clients, m)
	}
	t.Cleanup(func() { s.leave(t) })
	return s
}

// each runs f for all clients at once.
func (s *storm) each(f func(i int, c *grid.Connection)) {
	var work sync.WaitGroup
	for i, m := range s.clients {
		work.Go(func() { f(i, m.Connection(serverName)) })
	}
	work.Wait()
}

// gather waits until all are connected, and tells how long that took.
func (s *storm) gather(t *testing.T, when string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(len(s.clients))*20*time.Millisecond)
	defer cancel()
	began := time.Now()
	took := make([]time.Duration, len(s.clients))
	s.each(func(i int, c *grid.Connection) {
		if err := c.WaitConnected(ctx); err != nil {
			t.Errorf("%s: client %d: %v", when, i, err)
		}
		took[i] = time.Since(began)
	})
	slices.Sort(took)
	t.Logf("%s: %d clients connected: half within %v, 99%% within %v, all within %v", when, len(took),
		took[len(took)/2].Round(time.Millisecond), took[len(took)*99/100].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
}

// call has each client make a call, which must go well.
func (s *storm) call(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(grid.WaitForReady(t.Context()), time.Minute)
	defer cancel()
	s.each(func(i int, c *grid.Connection) {
		if err := s.load.call(ctx, c, order{size: 50, reply: 50}); err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	})
}

// leave shuts all clients down.
func (s *storm) leave(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s.each(func(i int, c *grid.Connection) {
		if err := s.clients[i].Shutdown(ctx); err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	})
	s.clients = nil
}
