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

// Options say what a Manager is. Only Name and Auth are required.
type Options struct {
	// Name is the identity of this node. Peers know it by this name.
	Name string
	// Peers are the nodes to be connected to from the start.
	Peers []Peer
	// Register, if set, registers handlers before the node dials anybody, so that
	// whoever is connected to it finds them. Its error fails NewManager. Handlers
	// registered later are announced to peers that are connected already.
	Register func(*Manager) error
	// Resolver, if set, names further peers while the node runs.
	Resolver Resolver
	// PeerGrace is how long a peer that the Resolver does not name any more stays a
	// peer, with its session: what names them may have lapsed, and calls that work must
	// not end for it. One that has gone in good order is removed at once. 0 means
	// DefaultPeerGrace, 5 minutes; with less than 0 none stays.
	PeerGrace time.Duration
	// Auth proves the two ends of a connection to each other: see SharedKey.
	Auth Authenticator
	// Accept decides about authenticated nodes that are not among the peers, such
	// as a tool that only calls. Nil refuses them. It may itself use the Manager.
	Accept func(name string) bool

	// ClientInterceptors stand around the calls that this node makes,
	// ServerInterceptors around the handlers that it runs; the first is outermost.
	ClientInterceptors []Interceptor
	ServerInterceptors []Interceptor

	// Observers are told of all calls and streams, at both ends, and of all sessions.
	// They see no payload and change nothing, so buffers are lent as without them:
	// tracing, metrics and audit logs are observers. One that does nothing takes about
	// 0.1 µs of a call, both ends together, which is 3 to 7 % of a call of 512 B with many
	// in flight (BenchmarkObserver), and no allocation.
	// Interceptors are for what changes, refuses or looks into calls.
	Observers []Observer

	// Ready, if set, is asked whether the node is ready for work, whenever somebody asks
	// Health of a node that serves: with a quorum of its peers, say. Its error says why
	// not. Nil is always ready.
	Ready func(h Health) error

	// CallOnly is for a node outside of the mesh, such as a tool: it dials all of
	// its peers itself, which must Accept it.
	CallOnly bool

	// TLS, when set, is used for dialing; nil dials without TLS. It is cloned: what is
	// changed in it after NewManager has no effect. To accept over TLS is the business of
	// the http.Server.
	TLS *tls.Config
	// Dial opens the byte stream to an address, which is host:port, also of a peer whose
	// address is a URL. Nil dials TCP. DialProxy makes one that goes through a proxy.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Path is the HTTP path that is dialed; empty means DefaultPath, "/grid/v1".
	Path string
	// AllowOrigin admits upgrade requests that carry an Origin header, as
	// browsers send; it is asked about an empty one too. Nil refuses them all.
	AllowOrigin func(origin string) bool

	// Random draws from [0,1) for the jitter between dial attempts; it is called
	// from several goroutines. Nil uses math/rand/v2; tests bring a seeded one.
	Random func() float64
	// NoChecksum does without the checksum of each batch. It is for measurements:
	// TLS takes the checksum's place only where no proxy ends it, and of a batch
	// that a proxy cuts or changes the bytes would pass for the peer's. The other
	// end must agree, which every node does.
	NoChecksum bool
	// Limits bound time and memory; zero fields take their defaults, which stand at Limits.
	Limits Limits
	// Logger receives what an operator should see. Nil means slog.Default. It may
	// be slow, and may itself use the Manager: no connection waits for it.
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

// DialProxy returns a function for Options.Dial that opens byte streams through an HTTP
// proxy, by CONNECT (RFC 9110 section 9.3.6). The proxy is a URL such as
// "http://user:password@proxy:3128". Which addresses are to be dialed without it is for
// the caller to decide; the environment is not looked at.
func DialProxy(proxy string) (func(ctx context.Context, address string) (net.Conn, error), error) {
	return websocket.DialProxy(proxy, dialTCP)
}
