package grid

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// upgrade turns a byte stream into a WebSocket, over TLS if the peer is dialed so. It
// returns the bytes that were read too far.
func (c *Connection) upgrade(call *node.ForeignCall, to websocket.Target, conn net.Conn) (_ net.Conn, left []byte, err error) {
	what := "a method of the connection"
	if to.TLS {
		conn, what = c.m.node.FenceConn(tls.Client(conn, c.tlsConfig(to.Address))), "Options.TLS"
	}
	fault := call.Guard(what, " to "+to.Address, func() { left, err = websocket.AskUpgrade(conn, to.Host(), to.Path) })
	switch {
	case fault != nil:
		return nil, nil, fault
	case err != nil:
		return nil, nil, c.upgradeFault(to, err)
	}
	return conn, left, nil
}

// tlsConfig is what one address is dialed with. The certificate must be for the
// peer itself where it is what the peer proves itself by, else for the host.
func (c *Connection) tlsConfig(address string) *tls.Config {
	config := &tls.Config{} // of a peer whose address says wss, where nothing else is said of TLS
	if c.m.tls != nil {
		config = c.m.tls.Clone()
	}
	config.NextProtos = []string{"http/1.1"} // HTTP/2 cannot be upgraded
	if config.ServerName != "" {
		return config
	}
	if _, ok := c.m.auth.(byCertificate); ok {
		config.ServerName = c.name
	} else {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	return config
}

// upgradeFault says in words why an upgrade came to nothing. Only a server that
// speaks another protocol, or is another node, is a refusal: all else may be over
// in a moment.
func (c *Connection) upgradeFault(to websocket.Target, err error) error {
	var wrong x509.HostnameError
	var plain tls.RecordHeaderError
	_, named := c.m.auth.(byCertificate)
	at := status.Quoted(to.Address)
	switch answer, answered := err.(*websocket.UpgradeAnswer); {
	case named && errors.As(err, &wrong):
		return handshake.Reject(Unauthenticated, "authentication failed: at %s %v", at, nameFault(wrong, wrong.Host))
	case errors.Is(err, websocket.ErrSubprotocol):
		return handshake.Reject(Incompatible, "the server at %s does not speak %s", at, websocket.Subprotocol)
	case answered && !to.TLS && answer.WantsTLS:
		return fmt.Errorf("the server at %s speaks TLS: set Options.TLS, or wss:// in its address (it says %s)", at, status.Quoted(answer.Said))
	case answered:
		return fmt.Errorf("the server at %s answers the upgrade with %w", at, answer)
	case errors.As(err, &plain):
		return fmt.Errorf("the server at %s does not speak TLS, for which Options.TLS is set, or wss:// in its address: %w", at, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the server at %s ends the connection during the upgrade", at)
	}
	return fmt.Errorf("the upgrade at %s: %w", at, err)
}
