package grid

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/status"
)

// resolve follows a Resolver until the Manager is closed.
func (m *Manager) resolve(r Resolver, o *Options) {
	f := &following{m: m, grace: o.PeerGrace, fixed: make(map[string]bool), missing: make(map[string]time.Time),
		pause: handshake.Backoff{Min: m.node.Limits.BackoffMin, Max: m.node.Limits.BackoffMax}}
	if f.grace == 0 {
		f.grace = DefaultPeerGrace
	}
	for _, p := range o.Peers {
		f.fixed[p.Name] = true
	}
	m.resolveWith(r, f)
}

// resolveWith calls the resolver again and again.
func (m *Manager) resolveWith(r Resolver, f *following) {
	returned := false
	defer func() {
		if !returned && m.node.Closing.Err() == nil { // it has ended the goroutine
			m.node.Goroutines.Go(func() {
				f.rest()
				m.resolveWith(r, f)
			})
		}
	}()
	for m.node.Closing.Err() == nil {
		f.resolveOnce(r)
		f.rest()
	}
	returned = true
	f.stop()
}

// resolveOnce calls the resolver, which normally returns when the node is shut down.
func (f *following) resolveOnce(r Resolver) {
	var err error
	defer f.m.node.Enter("Options.Resolver").Leave()
	fault := f.m.node.Guard("resolver", func() { err = r.Resolve(f.m.node.Closing, f.update) })
	if fault == nil && f.m.node.Closing.Err() == nil {
		f.failed(err)
	}
}

// failed logs why the resolver has returned, once for each reason.
func (f *following) failed(err error) {
	text := "it returned before its context had ended"
	if err != nil {
		text = status.TextOf(err)
	}
	f.mu.Lock()
	news := text != f.failure
	f.failure = text
	f.mu.Unlock()
	if news {
		f.m.node.LogQueue.Note(slog.LevelWarn, "grid: resolver failed", "err", status.LoggedReason(text))
	}
}

// rest waits between two calls of the resolver, as between two attempts to connect.
func (f *following) rest() {
	f.mu.Lock()
	d := f.pause.Next()
	f.mu.Unlock()
	select {
	case <-time.After(d):
	case <-f.m.node.Closing.Done():
	}
}

// following is what a Manager has made of the lists of its Resolver. Peers that a
// list does not name any more are removed after a while; those of Options.Peers stay
// as they are.
type following struct {
	m     *Manager
	grace time.Duration
	fixed map[string]bool // names of Options.Peers; static

	mu      sync.Mutex // held while a list is applied: lists come one after the other
	known   map[string]bool
	missing map[string]time.Time // peers that the last list did not name, and until when they may stay
	sweeper *time.Timer          // until the first of them is to go; nil: there is none
	told    string               // the faults of the last list
	failure string               // why Resolve has returned, since the last list
	pause   handshake.Backoff
}

// update applies a list.
func (f *following) update(peers []Peer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.worksLocked()
	named, faults := f.sort(peers)
	now := make(map[string]bool)
	for _, n := range named {
		p, ok := f.choose(n, &faults)
		_, missing := f.missing[n.name]
		if ok || f.known[n.name] || missing { // who is there already stays where it is
			now[n.name] = true
			f.foundLocked(n.name)
		}
		if ok && f.m.addPeer(p) != nil {
			return // the node is shut down
		}
	}
	f.tell(faults)
	for name := range f.known {
		if !now[name] {
			f.missLocked(name)
		}
	}
	f.known = now
	f.sweepLocked()
}

// worksLocked notes that the resolver names somebody.
func (f *following) worksLocked() {
	f.pause.Reset()
	if f.failure != "" {
		f.m.node.LogQueue.Note(slog.LevelWarn, "grid: resolver works again") // as loud as its failure
		f.failure = ""
	}
}

// missLocked lets a peer that is not named any more stay for a while, unless it went
// in good order.
func (f *following) missLocked(name string) {
	c := f.m.peer(name)
	if c == nil {
		return
	}
	if f.grace < 0 || c.unname(func() { f.m.node.Goroutines.Go(func() { f.left(name) }) }) {
		f.m.RemovePeer(name)
		return
	}
	f.missing[name] = time.Now().Add(f.grace)
	f.m.node.LogQueue.Note(slog.LevelInfo, "grid: peer is not named any more", "peer", status.Logged(name), "stays", f.grace)
}

// foundLocked notes that a peer is named.
func (f *following) foundLocked(name string) {
	if _, missing := f.missing[name]; missing {
		delete(f.missing, name)
		if c := f.m.peer(name); c != nil {
			c.rename()
		}
	}
}

// left removes a peer that is not named any more and has gone in good order.
func (f *following) left(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, missing := f.missing[name]; missing {
		f.dropLocked(name, "it went in good order")
	}
}

// sweepLocked removes who has been missing for long enough, and sees to the next.
func (f *following) sweepLocked() {
	first := time.Time{}
	for name, until := range f.missing {
		if !time.Now().Before(until) {
			f.dropLocked(name, "it has not been named for "+f.grace.String())
		} else if first.IsZero() || until.Before(first) {
			first = until
		}
	}
	if f.sweeper != nil {
		f.sweeper.Stop()
		f.sweeper = nil
	}
	if !first.IsZero() && f.m.node.Closing.Err() == nil {
		f.sweeper = time.AfterFunc(time.Until(first), f.sweep)
	}
}

func (f *following) sweep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sweepLocked()
}

// stop ends the wait for those that are missing.
func (f *following) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.missing)
	f.sweepLocked()
}

// dropLocked removes a peer, unless somebody else has added it meanwhile.
func (f *following) dropLocked(name, why string) {
	delete(f.missing, name)
	if c := f.m.peer(name); c != nil && c.isUnnamed() {
		f.m.node.LogQueue.Note(slog.LevelInfo, "grid: peer removed", "peer", status.Logged(name), "reason", why)
		f.m.RemovePeer(name)
	}
}

// namedPeer is a peer of a list, with every address that the list has for it.
type namedPeer struct {
	name      string
	addresses []string // without those that are wrong, and none twice
	dial      bool     // Peer.Dial, of any
}

// sort puts together what a list says of each peer, in order, without those that it
// has no say in.
func (f *following) sort(peers []Peer) (named []*namedPeer, faults []string) {
	byName := make(map[string]*namedPeer)
	for i, p := range peers {
		if err := handshake.CheckName(p.Name); err != nil {
			faults = append(faults, fmt.Sprintf("the name of peer %d %v", i, err))
			continue
		}
		if p.Name == f.m.name || f.fixed[p.Name] {
			continue
		}
		n := byName[p.Name]
		if n == nil {
			n = &namedPeer{name: p.Name}
			byName[p.Name], named = n, append(named, n)
		}
		if err := p.checkAddress(); err != nil {
			faults = append(faults, fmt.Sprintf("the address of %s: %v", status.Quoted(p.Name), err))
			continue
		}
		n.dial = n.dial || p.Dial
		if !slices.Contains(n.addresses, p.Address) {
			n.addresses = append(n.addresses, p.Address)
		}
	}
	return named, faults
}

// choose decides where a peer is, if the list says so at all. The order of the
// answers of a name server is another each time: so who has one of the addresses
// keeps it.
func (f *following) choose(n *namedPeer, faults *[]string) (p Peer, ok bool) {
	if len(n.addresses) > 1 { // one that says nothing contradicts nobody
		n.addresses = slices.DeleteFunc(n.addresses, func(a string) bool { return a == "" })
	}
	if len(n.addresses) == 0 {
		return p, false
	}
	p = Peer{Name: n.name, Address: n.addresses[0], Dial: n.dial}
	if len(n.addresses) == 1 {
		return p, true
	}
	if present, there := f.m.addressOf(n.name); there && slices.Contains(n.addresses, present) {
		p.Address = present
	}
	all := slices.Sorted(slices.Values(n.addresses))
	*faults = append(*faults, fmt.Sprintf("%s has %d addresses, %s: %q counts", status.Quoted(n.name), len(all), status.Quoted(strings.Join(all, ", ")), p.Address))
	return p, true
}

// tell logs the faults of a list, unless they were those of the last one.
func (f *following) tell(faults []string) {
	slices.Sort(faults)
	text := strings.Join(faults, "; ")
	if text != "" && text != f.told {
		f.m.node.LogQueue.Note(slog.LevelWarn, "grid: the resolver's list of peers has faults", "faults", len(faults), "reason", status.LoggedReason(text))
	}
	f.told = text
}
