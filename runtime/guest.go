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

// GuestOptions say which guests a GuestHandler admits, and what they may call. Guests are
// not nodes: they are pages in browsers, and programs that may call no more than a page.
// Only Check is required. The functions are called concurrently.
type GuestOptions struct {
	// Check decides by the token whether a guest is admitted, and returns its user, such as
	// "ann", or one word for all guests. The guest gets the text of the error.
	//
	// r is the upgrade request, for checks of a cookie or an address; it must not be changed
	// or kept. Check has the time of the handshake, 5 s; then r.Context() ends.
	//
	// The name of a guest is a random label of its own, a dot, and the user:
	// "k3v5x2q7pa.ann". So each tab has a different name. Users should not have the names of
	// nodes or tools.
	Check func(r *http.Request, token string) (user string, err error)
	// Handlers are the handlers that guests may call and can see: by name, such as
	// "lock.Lock.Acquire"; all of a service, such as "lock.Lock.*"; or by number, such as
	// "100", if they have no name. They must be registered before GuestHandler is called,
	// see Options.Register. If it is empty, guests can only be called.
	Handlers []string

	// AllowOrigin decides about the Origin header that a browser sends. Nil allows the host
	// of the request only, so that pages of other sites cannot use the cookies of a user.
	// Set it if a proxy changes the Host. A request without an Origin does not come from a
	// browser, and is allowed.
	AllowOrigin func(origin string) bool
	// Plain accepts tokens without TLS: for a proxy in front of this node that terminates
	// TLS, or for a trusted network. Otherwise such guests are refused.
	Plain bool
	// Address returns the address by which Limits.UnauthenticatedPerAddress counts
	// handshakes: behind a proxy, what the proxy says about the client. Nil takes the
	// address of the socket.
	//
	// Address has the time of the handshake, Limits.Handshake; then r.Context() ends, and the
	// guest is turned away if Address has not returned a second later. No more than
	// Limits.Unauthenticated calls of Address run at a time.
	Address func(r *http.Request) string

	Guests        int // 1,024: sessions of this handler at a time
	GuestsPerUser int // 128: the same of one user

	// Limits bound each guest, and all guests together, as those of a Manager do. Zero
	// fields take the values of DefaultGuestLimits. BackoffMin and BackoffMax have no
	// effect, because guests are not dialed. Liveness of all peers and guests is checked four
	// times in the shortest PingInterval, PongTimeout and WriteStall of any of them.
	Limits Limits
}

// DefaultGuestLimits returns the defaults of GuestOptions.Limits: DefaultLimits with less
// for each session, because there may be many guests, and they are trusted less than
// nodes.
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

	asking  handshake.Pending // for whom address runs
	pending handshake.Pending
	refused node.Ration // lines of the log about those who are refused
}

// GuestHandler returns the http.Handler that accepts guests, to be mounted on a path of
// its own, GuestPath. There may be several, with other checks and handlers. While a guest
// is connected, it has a Connection like a peer, under its name: its handlers can be
// called, Snapshot and Guests list it, and observers are told when it comes and goes.
// RemovePeer disconnects it, for example when its token was revoked; it may return if
// Check admits it.
//
// If options are wrong, one error names all of them.
func (m *Manager) GuestHandler(o GuestOptions) (http.Handler, error) {
	limits := o.Limits.or(DefaultGuestLimits())
	terms := &guestTerms{only: make(map[HandlerID]bool), limits: node.Limits(limits)}
	g := &guests{guestTerms: terms, m: m, check: o.Check, allowOrigin: o.AllowOrigin, address: o.Address, plain: o.Plain,
		most: o.Guests, each: o.GuestsPerUser}
	fill(&g.most, defaultGuests)
	fill(&g.each, defaultGuestsPerUser)
	var faults []error
	if o.Check == nil {
		faults = append(faults, errors.New("GuestOptions.Check is nil, and is required"))
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
	g.asking.Limit, g.asking.PerAddress = limits.Unauthenticated, limits.Unauthenticated // all have that of the proxy
	m.node.Clock.CheckEvery(terms.limits.Liveness())
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

// Guests returns the names of the connected guests, sorted: those that a GuestHandler or
// Options.Accept admitted.
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

// AllGuests returns the group of all guests: each call goes to those that are connected
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
