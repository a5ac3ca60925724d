// Package peer has the ways to make calls that are compared: gridc's generated
// stubs and what one could use instead. Each is set up as its own documentation
// recommends, does the same work, and keeps to one connection where it can.
package peer

import (
	"context"
	"crypto/tls"
	"net"
	"strings"

	"github.com/gridrpc/gridc/bench/gen/echo"
)

// Peer is one way to make calls.
type Peer struct {
	Name  string
	About string // how it is set up, for the reader of the tables
	// Module is what its version is read from.
	Module string
	// Serve answers on ln until stop is called, over TLS if secure is not nil. It
	// owns ln.
	Serve func(ln net.Listener, secure *tls.Config) (stop func(), err error)
	// Dialer makes connections to a server.
	Dialer func(to Target) (Dialer, error)
	// MaxMessage is the largest payload that the peer can carry, 0 for any.
	MaxMessage int
	// NoStreams is set where the peer has calls only.
	NoStreams bool
	// Restart is how it is restarted under load, nil where it is not measured so.
	Restart *Restart
	// StreamConnects is set where every stream needs a connection of its own.
	StreamConnects bool

	// node starts a node on ln; nil where that is a server and clients. client is
	// how it connects to others over TLS.
	node func(name string, ln net.Listener, server, client *tls.Config) (Node, error)
}

// Dialer makes connections to one server.
type Dialer interface {
	Dial(ctx context.Context) (Client, error)
	Close()
}

// Client is one connection. Calls may be made concurrently.
type Client interface {
	// Echo sends Text and Data of the call and fills in what came back.
	Echo(ctx context.Context, c *Call) error
	// Down asks for count items of size bytes.
	Down(ctx context.Context, count uint64, size int) (Receiver, error)
	// Up sends items, whose number and bytes are counted.
	Up(ctx context.Context) (Upload, error)
	// Chat sends items, each of which comes back.
	Chat(ctx context.Context) (Chat, error)
	Close()
}

// Call is a unary call. It is used again and again by one worker, so that a peer
// that needs no allocation can do without.
type Call struct {
	Text string
	Data []byte

	GotText string
	GotData []byte

	buf     []byte         // for peers that read into memory of the caller
	reply   echo.Response  // likewise
	message *echo.Response // for peers that make a new one
}

// Receiver is the receiving side of a stream. Recv returns io.EOF at its good
// end; what it returns is valid until the next Recv.
type Receiver interface {
	Recv() ([]byte, error)
	Close()
}

// Upload is a stream to the server. Finish returns what the server counted.
type Upload interface {
	Send(data []byte) error
	Finish() (count, bytes uint64, err error)
}

// Chat is a stream both ways. One goroutine may send while another receives.
type Chat interface {
	Send(data []byte) error
	CloseSend() error
	Receiver
}

// All returns the peers in the order in which they are shown.
func All() []Peer {
	ours := append([]Peer{gridPeer, gridReusePeer, gridBytesPeer}, observedPeer()...)
	return append(append([]Peer{tcpPeer, wsPeer, muxPeer, muxTypedPeer}, ours...), grpcPeer, connectPeer, drpcPeer, ttrpcPeer, netrpcPeer)
}

// Observed is the name of the peer that is gridc with an observer. There are no older builds of it.
const Observed = "gridc-observed"

// Find returns the peer of that name. A peer of gridc may be named with the
// commit whose build is meant, such as "gridc@4abbec9": it is set up in the same
// way, by a program that was built with that version of gridc.
func Find(name string) (Peer, bool) {
	base, commit := Version(name)
	for _, p := range All() {
		if p.Name == base && (commit == "" || p.Module == gridPeer.Module && p.Name != Observed) {
			p.Name = name
			return p, true
		}
	}
	return Peer{}, false
}

// Version splits the name of a peer; commit is empty where it means this build.
func Version(name string) (peer, commit string) {
	peer, commit, _ = strings.Cut(name, "@")
	return peer, commit
}

// maxMessage is what peers with a limit of their own are told to accept: the
// largest payload of the plan, and a header.
const maxMessage = 32 << 20
