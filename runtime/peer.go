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

// Peer is another node: a name, which is its identity, and an address, which is
// how to reach it. An empty address means that only the peer can dial.
//
// The two names say which end of a pair dials. If that end has no address, or has
// not dialed within 5 seconds, the other end dials too, if it has one; and a node
// that nobody dials, and that can dial nobody, says what to set.
type Peer struct {
	Name string
	// Address is "host:port", or a URL, as what stands behind a proxy may need:
	// "wss://host/path" or "ws://host:port/path" says for this peer alone whether it is
	// dialed over TLS, and at which path; Options.TLS and Options.Path count where it
	// says nothing.
	Address string
	// Dial makes this end dial, whatever the names say and without waiting first. It
	// needs an address. If both ends dial there is one session all the same.
	Dial bool
}

// UniqueName returns base behind a random label, such as "k3v5x2q7pa.operator": the name of
// one run of a tool that may run in several shells at once. Nodes know each other by name,
// and of two with the same name the later one takes the place of the earlier. Peers let such
// names in by an Options.Accept that looks at the end; a certificate for "*.operator" is for
// all of them.
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

// Resolver finds out who the peers are. Resolve calls update with the whole list
// whenever it may have changed, and returns when ctx ends. When it returns before, that
// is logged, once for each reason, and it is called again: at first soon, then after
// pauses that grow from Limits.BackoffMin to BackoffMax. Peers stay as they are
// meanwhile, and one that a list does not name any more for Options.PeerGrace.
//
// A list is checked as Options.Peers is, but one that is wrong is no reason to do
// without the rest: a peer that cannot be one is left out, and of several that have
// the same name and other addresses, as SRV records of several ports have, the one
// at its present address stays, else the first counts. That is logged once for as
// long as the faults are the same. The node itself may be named. update may be
// called by several goroutines, and keeps nothing of the list.
type Resolver interface {
	Resolve(ctx context.Context, update func([]Peer)) error
}

// StaticResolver names the same peers for ever.
func StaticResolver(peers ...Peer) Resolver { return staticResolver(slices.Clone(peers)) }

type staticResolver []Peer

func (r staticResolver) Resolve(ctx context.Context, update func([]Peer)) error {
	update(r)
	<-ctx.Done()
	return nil
}

// DNSResolver names the targets of SRV records (RFC 2782): the name of a peer is
// its target, without the last dot, its address the target and port. They are
// looked up every Interval. While a look-up fails, the peers stay as they are.
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
