package call

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Target is the node to call, and who calls it.
type Target struct {
	Name    string // the node's own name, which it has to prove
	Address string // host:port
	Path    string // of its Handler; "" is grid.DefaultPath
	As      string // the caller's name, which the node must accept; "" makes one up

	Credentials Credentials
}

// ParseTarget reads NAME@HOST:PORT.
func ParseTarget(text string) (name, address string, err error) {
	at := strings.LastIndexByte(text, '@')
	if at <= 0 {
		return "", "", fmt.Errorf("%q is not NAME@HOST:PORT: which node is to be called, and where is it?", text)
	}
	name, address = text[:at], text[at+1:]
	if _, _, err := net.SplitHostPort(address); err != nil {
		return "", "", fmt.Errorf("%q in %q is not HOST:PORT", address, text)
	}
	return name, address, nil
}

// NamePrefix begins the names of callers that were given none.
const NamePrefix = "gridc-"

// madeUpName is one that nobody else has: of two callers with one name the newer takes
// the place of the older.
func madeUpName() string { return NamePrefix + strings.ToLower(rand.Text()[:10]) }

// Peer is a node that was dialed.
type Peer struct {
	name    string
	as      string
	address string
	manager *grid.Manager
	conn    *grid.Connection
}

// connectTime is how long a node may take to be connected to where nothing else ends.
const connectTime = 10 * time.Second

// Dial connects to a node. One attempt is made: a tool that waits in silence is of no
// help. Close ends the session.
func Dial(ctx context.Context, t Target) (*Peer, error) {
	auth, config, named, err := t.Credentials.load()
	if err != nil {
		return nil, err
	}
	p := &Peer{name: t.Name, address: t.Address, as: t.As}
	if p.as == "" {
		p.as = named
	}
	if p.as == "" {
		p.as = madeUpName()
	}
	if p.as == p.name {
		return nil, fmt.Errorf("%q is to call itself: choose another name for the caller with --as", p.name)
	}
	p.manager, err = grid.NewManager(grid.Options{
		Name: p.as, Auth: auth, TLS: config, CallOnly: true, Path: t.Path,
		Peers:  []grid.Peer{{Name: t.Name, Address: t.Address}},
		Logger: slog.New(slog.DiscardHandler), // what it would say is in the errors
	})
	if err != nil {
		return nil, err
	}
	p.conn = p.manager.Connection(t.Name)
	if err := p.await(ctx); err != nil {
		_ = p.Close() // it was never connected
		return nil, err
	}
	return p, nil
}

// await waits for the first attempt to succeed or to fail.
func (p *Peer) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	for {
		state, changed := p.conn.Changes()
		switch {
		case state.Phase == grid.Connected:
			return nil
		case state.Reason != nil:
			return p.unreachable(state.Reason)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return p.unreachable(fmt.Errorf("no answer from %s: %w", p.address, context.Cause(ctx)))
		}
	}
}

// closeTime is how long the end of a session may take.
const closeTime = time.Second

// Close ends the session.
func (p *Peer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return p.manager.Shutdown(ctx)
}
