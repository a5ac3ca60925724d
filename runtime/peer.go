package grid

import (
	"context"
	crand "crypto/rand"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// Peer is another node: its name is its identity, and its address is how to reach it. An
// empty address means that only the peer can dial.
//
// The two names decide which end of a pair dials. If that end has no address, or has not
// dialed within 5 seconds, the other end dials too, if it has an address. If neither can
// dial, the log of both ends says what to set.
type Peer struct {
	Name string
	// Address is "host:port", or a URL for a peer behind a proxy: "wss://host/path" or
	// "ws://host:port/path" says for this peer whether it is dialed over TLS, and at which
	// path. Otherwise Options.TLS and Options.Path apply.
	Address string
	// Dial makes this end dial at once, whatever the names say. It needs an address. If both
	// ends dial, there is still only one session.
	Dial bool
}

// UniqueName returns base with a random label in front, such as "k3v5x2q7pa.operator". It
// is the name of one run of a tool, so that the tool can run several times at once: if
// two nodes have the same name, the later one replaces the earlier one. Peers admit such
// names by an Options.Accept that checks the end; a certificate for "*.operator" is valid
// for all of them.
func UniqueName(base string) string { return strings.ToLower(crand.Text()[:10]) + "." + base }

func (p Peer) check() error { return errors.Join(handshake.CheckName(p.Name), p.checkAddress()) }

func (p Peer) checkAddress() error {
	if p.Dial && p.Address == "" {
		return errors.New("is empty, and Dial needs one")
	}
	return checkAddress(p.Address)
}

func checkAddress(address string) error {
	if address == "" {
		return nil
	}
	_, err := websocket.ParseTarget(address, "/", false)
	return err
}

// Resolver lists the peers. Resolve calls update with the whole list whenever it may have
// changed, and returns when ctx ends. If it returns earlier, that is logged once for each
// reason, and Resolve is called again, after pauses that grow from Limits.BackoffMin to
// BackoffMax. Until then the peers stay as they are. A peer that is no longer in the list
// stays for Options.PeerGrace.
//
// A list is checked like Options.Peers, but invalid entries are left out and the rest is
// used. If several entries have the same name with different addresses, such as SRV
// records of several ports, the current address is kept, or else the first one is used.
// Such faults are logged when they change. The list may contain the node itself. update
// may be called concurrently, and does not keep the list.
type Resolver interface {
	Resolve(ctx context.Context, update func([]Peer)) error
}

// StaticResolver always lists the same peers.
func StaticResolver(peers ...Peer) Resolver { return staticResolver(slices.Clone(peers)) }

type staticResolver []Peer

func (r staticResolver) Resolve(ctx context.Context, update func([]Peer)) error {
	update(r)
	<-ctx.Done()
	return nil
}

// DNSResolver lists the targets of SRV records (RFC 2782). The name of a peer is the
// target, without the final dot; its address is target and port. The records are looked
// up every Interval. While lookups fail, the peers stay as they are.
type DNSResolver struct {
	Service, Proto, Domain string        // as in net.LookupSRV; Service and Proto may be empty
	Interval               time.Duration // 0: 30 seconds
	Resolver               *net.Resolver // nil: net.DefaultResolver
}

// Resolve implements Resolver.
func (r *DNSResolver) Resolve(ctx context.Context, update func([]Peer)) error {
	lookup := r.Resolver
	if lookup == nil {
		lookup = net.DefaultResolver
	}
	every := r.Interval
	if every <= 0 {
		every = 30 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		_, records, err := lookup.LookupSRV(ctx, r.Service, r.Proto, r.Domain)
		if err != nil {
			return err
		}
		peers := make([]Peer, 0, len(records))
		for _, rec := range records {
			name := strings.TrimSuffix(rec.Target, ".")
			peers = append(peers, Peer{Name: name, Address: net.JoinHostPort(name, strconv.Itoa(int(rec.Port)))})
		}
		update(peers)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// strangers are nodes that have proved who they are, and were turned away because they are
// no peers. One that becomes a peer is dialed at once: its own pauses may have grown to
// the longest.
type strangers struct {
	mu    sync.Mutex
	names map[string]bool
}

// maxStrangers is how many are remembered.
const maxStrangers = 1024

func (s *strangers) note(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = make(map[string]bool)
	}
	if len(s.names) < maxStrangers {
		s.names[name] = true
	}
}

// take reports whether a node was turned away, and forgets it.
func (s *strangers) take(name string) (was bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was = s.names[name]
	delete(s.names, name)
	return was
}
