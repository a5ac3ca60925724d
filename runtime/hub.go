package grid

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/observe"
)

// hub is what a Manager lends to its Connections: what it was made with, and what all
// of them share. It knows neither Connections nor the Manager.
type hub struct {
	// Static.
	name        string
	auth        Authenticator
	callOnly    bool
	noChecksum  bool
	incarnation [16]byte

	clientInterceptors []Interceptor
	serverInterceptors []Interceptor
	observers          *observers.Chain // nil: none
	shown              []observe.RequestObserver
	checks             []Check

	tls    *tls.Config
	dial   func(ctx context.Context, address string) (net.Conn, error)
	path   string
	random func() float64

	node     node.Node
	registry handlers.Registry
	callees  handlers.Callees
	sessions mux.Sessions

	// attempts counts the dials of this incarnation, to all peers, so that it also
	// grows for one that was removed and added again.
	attempts atomic.Uint64

	down    atomic.Bool   // Shutdown has begun
	leaving chan struct{} // closed then
}

// isShut reports whether Shutdown has begun.
func (m *hub) isShut() bool { return m.down.Load() }

// hello is what this node says of itself to one peer.
func (m *hub) hello(call *node.ForeignCall, target string, attempt uint64) *handshake.Hello {
	return &handshake.Hello{
		MinVersion: handshake.ProtocolVersion, MaxVersion: handshake.ProtocolVersion, Name: m.name, Target: target,
		Incarnation: m.incarnation, Attempt: attempt, Nonce: handshake.NewNonce(), Scheme: m.scheme(call, target),
		Checksums: m.checksums(), Message: uint64(m.node.Limits.Message),
		Bulk: uint64(m.node.Limits.BulkWindow), Window: uint64(m.node.Limits.StreamWindowMin),
	}
}

// checksums are those that this node agrees to. TLS is no reason to do without:
// it protects one hop, and a proxy that ends it may stand between two nodes.
func (m *hub) checksums() string {
	if m.noChecksum {
		return "-"
	}
	return "x-"
}

func (m *hub) handshakeConn(conn net.Conn, dialer bool, left []byte) *websocket.HandshakeConn {
	return m.handshakeConnOf(&m.node.Limits, conn, dialer, left)
}

// handshakeConnOf is handshakeConn within limits that need not be those of the node.
func (m *hub) handshakeConnOf(limits *node.Limits, conn net.Conn, dialer bool, left []byte) *websocket.HandshakeConn {
	return &websocket.HandshakeConn{Conn: conn, R: websocket.NewReader(conn, dialer, &m.node.Buffers, limits.Hello, left), W: websocket.NewWriter(dialer)}
}
