package grid

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// DefaultPeerGrace is 5 minutes, longer than what names peers is usually away, by a restart of it
// or a lost quorum that somebody has to mend.
const DefaultPeerGrace = 5 * time.Minute

// DefaultPath is the route that a Manager's Handler is mounted on and dialed at.
const DefaultPath = "/grid/v1"

// Options configure a Manager. Only Name and Auth are required.
type Options struct {
	// Name is the identity of this node. Peers know it by this name.
	Name string
	// Peers are the nodes to connect to from the start.
	Peers []Peer
	// Register, if set, registers handlers before the node dials anybody, so that every
	// connected peer finds them. If it returns an error, NewManager fails. Handlers
	// registered later are announced to connected peers.
	Register func(*Manager) error
	// Resolver, if set, lists further peers while the node runs.
	Resolver Resolver
	// PeerGrace is how long a peer stays, with its session, after the Resolver no longer
	// lists it: the source of the list may have an outage, which must not end calls that
	// work. A peer that was shut down gracefully is removed at once. 0 means
	// DefaultPeerGrace, 5 minutes; a negative value removes peers at once.
	PeerGrace time.Duration
	// Auth authenticates the two ends of a connection: see SharedKey and TLSIdentity.
	Auth Authenticator
	// Accept decides whether to admit authenticated nodes that are not among the peers, such
	// as a tool that only calls. Nil refuses them. It may use the Manager.
	Accept func(name string) bool

	// ClientInterceptors wrap the calls that this node makes, ServerInterceptors the
	// handlers that it runs; the first one is outermost.
	ClientInterceptors []Interceptor
	ServerInterceptors []Interceptor

	// Checks are rules of the node's own for messages that arrive for its handlers, see
	// CheckOf. They are called in this order.
	Checks []Check

	// Observers are told about all calls and streams, at both ends, and about all sessions.
	// They see no payload and change nothing: use them for tracing, metrics and audit logs.
	// An observer that does nothing takes about 0.1 µs of a call, both ends together, which
	// is 3 to 7 % of a call of 512 B with many in flight (BenchmarkObserver), and no
	// allocation. To change, reject or read calls, use interceptors.
	Observers []Observer

	// Ready, if set, decides whether a serving node is ready for work, for example when it
	// has a quorum of its peers. It is called by Health; its error says why the node is not
	// ready. Nil means always ready.
	Ready func(h Health) error

	// CallOnly is for a node outside of the cluster, such as a tool: it dials all of its
	// peers, and they must Accept it.
	CallOnly bool

	// TLS, if set, is used for dialing; nil dials without TLS. It is cloned, so later
	// changes have no effect. To accept over TLS, configure the http.Server.
	TLS *tls.Config
	// Dial connects to an address, which is host:port, also for a peer whose address is a
	// URL. Nil dials TCP. DialProxy returns such a function for a proxy.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Path is the HTTP path that is dialed; empty means DefaultPath, "/grid/v1".
	Path string
	// AllowOrigin decides about upgrade requests that have an Origin header, as browsers
	// send; it is also called for an empty one. Nil refuses them all.
	AllowOrigin func(origin string) bool

	// Random returns numbers in [0,1) for the jitter between dial attempts; it is called
	// concurrently. Nil uses math/rand/v2; tests set a seeded one.
	Random func() float64
	// NoChecksum omits the checksum of each batch. It is for measurements: TLS replaces the
	// checksum only if no proxy terminates it; otherwise the bytes of a batch that a proxy
	// cut or changed would be taken for those of the peer. The other end must agree, which
	// every node does.
	NoChecksum bool
	// Limits bound time and memory; zero fields take the defaults documented at Limits.
	Limits Limits
	// Logger gets what an operator should see. Nil means slog.Default. It may be slow, and
	// may use the Manager: no connection waits for it.
	Logger *slog.Logger
}

// check returns all faults of the options at once.
func (o *Options) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if err := handshake.CheckName(o.Name); err != nil {
		fault("Options.Name: %w", err)
	}
	if o.Auth == nil {
		fault("Options.Auth is nil: set grid.SharedKey(key), or grid.InsecureNoAuth() where nobody else can connect")
	}
	if k, ok := o.Auth.(interface{ check() error }); ok {
		if err := k.check(); err != nil {
			fault("Options.Auth: %w", err)
		}
	}
	seen := map[string]bool{o.Name: true}
	for i, p := range o.Peers {
		if err := handshake.CheckName(p.Name); err != nil {
			fault("Options.Peers[%d].Name: %w", i, err)
		} else if p.Name != o.Name && seen[p.Name] {
			fault("Options.Peers[%d].Name: %q is there twice", i, p.Name)
		}
		seen[p.Name] = true
		if err := p.checkAddress(); err != nil {
			fault("Options.Peers[%d].Address: %w", i, err)
		}
	}
	for i, x := range o.Observers {
		if x == nil {
			fault("Options.Observers[%d] is nil", i)
		}
	}
	for i, c := range o.Checks {
		if c.run == nil {
			fault("Options.Checks[%d] has no function: CheckOf makes one", i)
		}
	}
	if err := o.checkDialing(); err != nil {
		fault("%w", err)
	}
	if o.Path != "" && !strings.HasPrefix(o.Path, "/") {
		fault("Options.Path: %q does not start with /", o.Path)
	}
	faults = append(faults, o.Limits.check("Options.Limits")...)
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("grid: wrong options: %w", errors.Join(faults...))
}

// checkDialing looks for what keeps every dial from success. A node that has no
// address to dial may do without, and what a Dial of its own makes is not known.
func (o *Options) checkDialing() error {
	auth, ok := o.Auth.(byCertificate)
	dials := o.CallOnly || o.Resolver != nil
	for _, p := range o.Peers {
		dials = dials || p.Name != o.Name && p.Address != ""
	}
	if !ok || !dials || o.Dial != nil && o.TLS == nil {
		return nil
	}
	return errors.Join(auth.checkTLS(o.TLS), o.checkPlain())
}

// checkPlain looks for peers that are dialed without TLS where the identity of a node is
// its certificate.
func (o *Options) checkPlain() error {
	for _, p := range o.Peers {
		if to, err := websocket.ParseTarget(p.Address, o.Path, true); err == nil && !to.TLS {
			return fmt.Errorf("the address of %q is %q, without TLS, which Options.Auth needs: write wss://", p.Name, p.Address)
		}
	}
	return nil
}

// DialProxy returns a function for Options.Dial that connects through an HTTP proxy, by
// CONNECT (RFC 9110 section 9.3.6). The proxy is a URL such as
// "http://user:password@proxy:3128". It does not read the environment, and uses the proxy
// for all addresses.
func DialProxy(proxy string) (func(ctx context.Context, address string) (net.Conn, error), error) {
	return websocket.DialProxy(proxy, dialTCP)
}
