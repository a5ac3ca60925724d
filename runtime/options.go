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
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

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
	// Auth proves the two ends of a connection to each other: see SharedKey.
	Auth Authenticator
	// Accept decides about authenticated nodes that are not among the peers, such
	// as a tool that only calls. Nil refuses them. It may itself use the Manager.
	Accept func(name string) bool

	// ClientInterceptors stand around the calls that this node makes,
	// ServerInterceptors around the handlers that it runs; the first is outermost.
	ClientInterceptors []Interceptor
	ServerInterceptors []Interceptor

	// CallOnly is for a node outside of the mesh, such as a tool: it dials all of
	// its peers itself, which must Accept it.
	CallOnly bool

	// TLS, when set, is used for dialing. It is cloned: what is changed in it after
	// NewManager has no effect.
	TLS *tls.Config
	// Dial opens the byte stream to an address. Nil dials TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Path is the HTTP path that is dialed; empty means DefaultPath.
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
	// Limits bound time and memory; zero fields take their defaults.
	Limits Limits
	// Logger receives what an operator should see. Nil means slog.Default. It may
	// be slow, and may itself use the Manager: no connection waits for it.
	Logger *slog.Logger
}

// Peer is another node: a name, which is its identity, and an address, which is
// how to reach it. An empty address means that only the peer can dial.
//
// The two names say which end of a pair dials. If that end has no address, or has
// not dialed within 5 seconds, the other end dials too, if it has one; and a node
// that nobody dials, and that can dial nobody, says what to set.
type Peer struct {
	Name    string
	Address string // "host:port"
	// Dial makes this end dial, whatever the names say and without waiting first. It
	// needs an address. If both ends dial there is one session all the same.
	Dial bool
}

// Limits are all bounds of a Manager. A zero field takes the default that
// DefaultLimits gives; sizes are in bytes.
type Limits struct {
	Message     int // largest payload of a call or stream message
	Hello       int // largest hello of a handshake
	SchemaTable int // largest table of routes and shapes that a peer may announce

	Handshake    time.Duration // from the upgrade to the welcome, absolute
	PingInterval time.Duration // silence after which a peer is asked for a sign of life
	PongTimeout  time.Duration // further silence after which it is dead
	WriteStall   time.Duration // a write without progress for so long ends the session
	BackoffMin   time.Duration // first pause between dial attempts
	BackoffMax   time.Duration // longest pause
	CallTimeout  time.Duration // deadline of a call where nothing else says

	RunningCalls      int // handlers of calls at a time, each session
	RunningCallsTotal int // the same over the whole Manager
	OpenStreams       int // each session, each direction

	BulkWindow      int // bytes of chunks in flight at first, each session and direction
	BulkWindowMax   int // the same on a link that is long and fast
	Unread          int // bytes that stream readers have not taken yet, each session
	Reassembly      int // bytes of messages being put together, each session
	SendQueue       int // bytes waiting to be written, each session
	OwedAnswers     int // answers to the peer that cannot be merged, each session
	StreamWindowMin int // bytes that a stream may hold unread at first
	StreamWindowMax int // the same for a reader that keeps up

	Unauthenticated           int // sockets before the end of their handshake
	UnauthenticatedPerAddress int // the same from one address
}

// DefaultLimits returns the defaults.
func DefaultLimits() Limits {
	return Limits{
		Message: 32 << 20, Hello: 4 << 10, SchemaTable: 1 << 20,
		Handshake: 5 * time.Second, PingInterval: 10 * time.Second, PongTimeout: 10 * time.Second,
		WriteStall: 10 * time.Second, BackoffMin: 100 * time.Millisecond, BackoffMax: 15 * time.Second,
		CallTimeout:  60 * time.Second,
		RunningCalls: 1024, RunningCallsTotal: 16384, OpenStreams: 16384,
		BulkWindow: 512 << 10, BulkWindowMax: 8 << 20, Unread: 32 << 20, Reassembly: 64 << 20, SendQueue: 4 << 20, OwedAnswers: 1024,
		StreamWindowMin: 64 << 10, StreamWindowMax: 512 << 10,
		Unauthenticated: 128, UnauthenticatedPerAddress: 16,
	}
}

// fill replaces every zero field of v by the one of d.
func fill[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// withDefaults returns l with its zero fields filled in.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for i, p := range l.ints() {
		fill(p, *d.ints()[i])
	}
	for i, p := range l.durations() {
		fill(p, *d.durations()[i])
	}
	return l
}

func (l *Limits) ints() []*int {
	return []*int{&l.Message, &l.Hello, &l.SchemaTable, &l.RunningCalls, &l.RunningCallsTotal, &l.OpenStreams,
		&l.BulkWindow, &l.BulkWindowMax, &l.Unread, &l.Reassembly, &l.SendQueue, &l.OwedAnswers, &l.StreamWindowMin, &l.StreamWindowMax,
		&l.Unauthenticated, &l.UnauthenticatedPerAddress}
}

func (l *Limits) durations() []*time.Duration {
	return []*time.Duration{&l.Handshake, &l.PingInterval, &l.PongTimeout, &l.WriteStall, &l.BackoffMin, &l.BackoffMax, &l.CallTimeout}
}

// The least that a node can work with.
const (
	minHello     = 1 << 10
	minSendQueue = 3 << 10
)

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
	if err := o.checkDialing(); err != nil {
		fault("%w", err)
	}
	if o.Path != "" && !strings.HasPrefix(o.Path, "/") {
		fault("Options.Path: %q does not start with /", o.Path)
	}
	faults = append(faults, o.Limits.check()...)
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
	return auth.checkTLS(o.TLS)
}

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
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("%q is not host:port", address)
	}
	return nil
}

func (l *Limits) check() []error {
	var faults []error
	for _, p := range l.ints() {
		if *p < 0 {
			faults = append(faults, fmt.Errorf("Options.Limits: %d is negative", *p))
		}
	}
	for _, p := range l.durations() {
		if *p < 0 {
			faults = append(faults, fmt.Errorf("Options.Limits: %v is negative", *p))
		}
	}
	full := l.withDefaults()
	for name, d := range map[string]time.Duration{"PingInterval": full.PingInterval, "PongTimeout": full.PongTimeout, "WriteStall": full.WriteStall} {
		if d < time.Millisecond {
			faults = append(faults, fmt.Errorf("Options.Limits.%s: %v is less than a millisecond", name, d))
		}
	}
	if full.Hello < minHello {
		faults = append(faults, fmt.Errorf("Options.Limits.Hello: %d does not hold a hello, which may need %d", full.Hello, minHello))
	}
	if full.SendQueue < minSendQueue {
		faults = append(faults, fmt.Errorf("Options.Limits.SendQueue: %d is less than %d, one small frame a lane", full.SendQueue, minSendQueue))
	}
	if full.SendQueue > streams.MaxSendQueue {
		faults = append(faults, fmt.Errorf("Options.Limits.SendQueue: %d is more than %d", full.SendQueue, streams.MaxSendQueue))
	}
	if full.BulkWindow < wire.ChunkSize {
		faults = append(faults, fmt.Errorf("Options.Limits.BulkWindow: %d is less than one chunk of %d", full.BulkWindow, wire.ChunkSize))
	}
	if full.BulkWindowMax < full.BulkWindow || full.BulkWindowMax > out.MaxBulkCredit {
		faults = append(faults, fmt.Errorf("Options.Limits.BulkWindowMax: %d is not between BulkWindow %d and %d", full.BulkWindowMax, full.BulkWindow, out.MaxBulkCredit))
	}
	if full.Reassembly < full.Message {
		faults = append(faults, fmt.Errorf("Options.Limits.Reassembly: %d does not hold one message of %d", full.Reassembly, full.Message))
	}
	if full.StreamWindowMax < full.StreamWindowMin {
		faults = append(faults, fmt.Errorf("Options.Limits.StreamWindowMax: %d is less than StreamWindowMin %d", full.StreamWindowMax, full.StreamWindowMin))
	}
	if full.StreamWindowMax > streams.MaxStreamWindow {
		faults = append(faults, fmt.Errorf("Options.Limits.StreamWindowMax: %d is more than %d", full.StreamWindowMax, streams.MaxStreamWindow))
	}
	if full.BackoffMax < full.BackoffMin {
		faults = append(faults, fmt.Errorf("Options.Limits.BackoffMax: %v is less than BackoffMin %v", full.BackoffMax, full.BackoffMin))
	}
	return faults
}
