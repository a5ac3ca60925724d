package grid

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/node"
)

// GuestPath is where a GuestHandler is mounted, unless the guests are told another path.
const GuestPath = "/grid/guest"

// GuestOptions say who may come in at a GuestHandler, and what for. Guests are no nodes of
// the mesh: pages in browsers, and programs that are to call no more than a page may.
// Only Check is required. Its functions are called by several goroutines.
type GuestOptions struct {
	// Check decides by its token whether a guest may come in, and says whose the token is:
	// a user, as "ann", or one word for all. The text of its error is shown to the guest.
	//
	// r is the request of the upgrade, for whoever goes by a cookie or an address instead;
	// it must not be changed or kept. Check has as long as the handshake, 5 s, after which
	// r.Context() has ended.
	//
	// A guest's name is the label that it has drawn for itself, a dot, and the user:
	// "k3v5x2q7pa.ann". So each tab has a name of its own, and users should not have the
	// names of nodes or tools.
	Check func(r *http.Request, token string) (user string, err error)
	// Handlers are those that guests may call, and hear of: by name, as "lock.Lock.Acquire",
	// all of a service, as "lock.Lock.*", or by number, as "100", for those without a name.
	// They are registered before the GuestHandler is made, see Options.Register. Empty:
	// guests are only called.
	Handlers []string

	// AllowOrigin decides about the Origin that a browser sends. Nil allows the host that
	// the request is for, so that no other site's page comes in with the cookies of a user;
	// set it where a proxy changes the Host. Who sends no Origin is no browser, and is allowed.
	AllowOrigin func(origin string) bool
	// Plain believes tokens that come without TLS: where TLS ends at a proxy in front of
	// this node, or nobody else is on the network. Without it such guests are refused.
	Plain bool
	// Address says whom handshakes are counted for, as Limits.UnauthenticatedPerAddress
	// counts them: behind a proxy, what that says of the client. Nil takes the address of
	// the socket.
	Address func(r *http.Request) string

	Guests        int // 1,024: sessions of this handler at a time
	GuestsPerUser int // 128: the same of one user

	// Limits bound each guest, and all together, as those of a Manager do. Zero fields take
	// their defaults, which are those of DefaultGuestLimits. Guests are not dialed, so BackoffMin
	// and BackoffMax say nothing; and whether one is alive is looked at four times in the shortest of
	// the Manager's own PingInterval, PongTimeout and WriteStall, no more often.
	Limits Limits
}

// DefaultGuestLimits returns the defaults of GuestOptions.Limits: DefaultLimits, with less
// for each session, as there may be many and nobody vouches for them.
func DefaultGuestLimits() Limits {
	l := DefaultLimits()
	l.Message, l.Hello, l.SchemaTable = 4<<20, 8<<10, 64<<10
	l.RunningCalls, l.RunningCallsTotal, l.OpenStreams = 64, 1024, 64
	l.BulkWindowMax, l.Unread, l.Reassembly, l.SendQueue, l.OwedAnswers = 2<<20, 8<<20, 8<<20, 1<<20, 256
	l.Unauthenticated, l.UnauthenticatedPerAddress = 256, 64
	return l
}

const (
	defaultGuests        = 1024
	defaultGuestsPerUser = 128
)

// guests are all that came in at one GuestHandler.
type guests struct {
	*guestTerms
	m *Manager

	// Static.
	check       func(r *http.Request, token string) (user string, err error)
	allowOrigin func(origin string) bool
	address     func(r *http.Request) string
	plain       bool
	most, each  int // sessions, and those of one user

	pending handshake.Pending
	refused node.Ration // lines of the log about those who are refused
}

// GuestHandler returns the http.Handler that accepts guests, to be mounted on a path of
// its own, GuestPath. There may be several, with other checks and handlers. A guest is a
// Connection like that of a peer, under the name that it was given, for as long as it is
// connected: handlers of the guest can be called, it stands in Snapshot and Guests, and
// observers are told when it comes and goes. RemovePeer sends it away, as when its token has
// been revoked; it may come back if Check lets it in.
//
// Wrong options are all named in one error.
func (m *Manager) GuestHandler(o GuestOptions) (http.Handler, error) {
	limits := o.Limits.or(DefaultGuestLimits())
	terms := &guestTerms{only: make(map[HandlerID]bool), limits: node.Limits(limits)}
	g := &guests{guestTerms: terms, m: m, check: o.Check, allowOrigin: o.AllowOrigin, address: o.Address, plain: o.Plain,
		most: o.Guests, each: o.GuestsPerUser}
	fill(&g.most, defaultGuests)
	fill(&g.each, defaultGuestsPerUser)
	var faults []error
	if o.Check == nil {
		faults = append(faults, errors.New("GuestOptions.Check is nil: who may come in?"))
	}
	if min(o.Guests, o.GuestsPerUser) < 0 {
		faults = append(faults, errors.New("GuestOptions.Guests and GuestsPerUser must not be negative"))
	}
	faults = append(faults, limits.check("GuestOptions.Limits")...)
	for i, name := range o.Handlers {
		if err := g.allow(name); err != nil {
			faults = append(faults, fmt.Errorf("GuestOptions.Handlers[%d]: %w", i, err))
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("grid: wrong guest options: %w", errors.Join(faults...))
	}
	g.running.Left.Store(int64(limits.RunningCallsTotal))
	g.pending.Limit, g.pending.PerAddress = limits.Unauthenticated, limits.UnauthenticatedPerAddress
	return http.HandlerFunc(g.accept), nil
}

// allow lets guests call what a name stands for.
func (g *guests) allow(name string) error {
	service, all := strings.CutSuffix(name, "*")
	if all && !strings.HasSuffix(service, ".") {
		return fmt.Errorf("%q: all handlers of a service are written as %q", name, service+".*")
	}
	number, err := strconv.ParseUint(name, 10, 16)
	found := false
	for _, h := range g.m.registry.All() {
		called := h.Settings.Name
		if called == name || err == nil && uint64(h.ID) == number || all && isHandlerOf(service, called) {
			g.only[h.ID] = true
			found = true
		}
	}
	if !found {
		return fmt.Errorf("%q: no such handler is registered: write package.Service.Handler, package.Service.* or a number, and register it first, in Options.Register", name)
	}
	return nil
}

// isHandlerOf reports whether a handler is one of the service whose name, with a dot, is
// prefix.
func isHandlerOf(prefix, handler string) bool {
	rest, ok := strings.CutPrefix(handler, prefix)
	return ok && !strings.Contains(rest, ".")
}

// Guests returns the names of the guests that are connected, sorted: those that a
// GuestHandler or Options.Accept let in.
func (m *Manager) Guests() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := []string{}
	for name, c := range m.peers {
		if c.guest && c.live.Load() != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// AllGuests returns a group that follows Guests: each call goes to those who are connected
// at that moment.
func (m *Manager) AllGuests() *Group { return &Group{m: m, names: m.Guests} }

// place makes the Connection of a guest, or finds it where the guest comes back.
func (g *guests) place(name, user string) (*Connection, error) {
	m := g.m
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.peers[name]
	switch {
	case m.shut:
		return nil, handshake.Reject(Unavailable, "the node is shutting down")
	case name == m.name || c != nil && (c.terms != g.guestTerms || c.user != user):
		return nil, handshake.Reject(PermissionDenied, "the name %q is taken, by a node or by other guests", name)
	case c != nil:
		return c, nil
	}
	if err := g.roomLocked(user); err != nil {
		return nil, err
	}
	c = newConnection(&m.hub, Peer{Name: name}, true)
	c.terms, c.user = g.guestTerms, user
	c.forget = func() { m.forget(c) }
	m.peers[name] = c
	return c, nil
}

// roomLocked reports why there is no room for one more guest. It counts them each time:
// that takes microseconds, and nothing can go wrong with a sum that nobody keeps.
func (g *guests) roomLocked(user string) error {
	all, same := 0, 0
	for _, c := range g.m.peers {
		if c.terms == g.guestTerms {
			all++
			if c.user == user {
				same++
			}
		}
	}
	switch {
	case all >= g.most:
		return handshake.Reject(ResourceExhausted, "%d guests are connected, there is no room for more: try again later", all)
	case same >= g.each:
		return handshake.Reject(ResourceExhausted, "%d guests of this user are connected, there is no room for more: close some", same)
	}
	return nil
}
