package grid

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/gobwas/ws"
)

// subprotocol is offered in the WebSocket upgrade, RFC 6455 section 1.9. It names
// the handshake, not the version of what follows: see PROTOCOL.md, section 4.
const subprotocol = "gridc.v1"

// maxUpgradeAnswer is how many bytes of an answer to an upgrade are read. The
// library keeps a line whole however long it is, and knows no bound.
const maxUpgradeAnswer = 16 << 10

// errLongAnswer is what reading goes on with past maxUpgradeAnswer.
var errLongAnswer = fmt.Errorf("the answer is longer than %d bytes", maxUpgradeAnswer)

// upgrade turns a byte stream into a WebSocket, over TLS if so configured. It
// returns the bytes that were read too far.
func (c *Connection) upgrade(address string, conn net.Conn) (net.Conn, []byte, error) {
	u := url.URL{Scheme: "ws", Host: address, Path: c.m.path}
	if c.m.tls != nil {
		conn = c.m.fenceConn(tls.Client(conn, c.tlsConfig(address)))
	}
	d := ws.Dialer{Protocols: []string{subprotocol}}
	br, hs, err := d.Upgrade(&answerConn{Conn: conn, left: maxUpgradeAnswer}, &u)
	if err == nil && hs.Protocol != subprotocol {
		err = ws.ErrHandshakeBadSubProtocol
	}
	if err != nil {
		return nil, nil, c.upgradeFault(address, err)
	}
	return conn, leftOver(br), nil
}

// tlsConfig is what one address is dialed with. The certificate must be for the
// peer itself where it is what the peer proves itself by, else for the host.
func (c *Connection) tlsConfig(address string) *tls.Config {
	config := c.m.tls.Clone()
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
func (c *Connection) upgradeFault(address string, err error) error {
	var status ws.StatusError
	var wrong x509.HostnameError
	_, named := c.m.auth.(byCertificate)
	switch {
	case named && errors.As(err, &wrong):
		return reject(Unauthenticated, "authentication failed: at %s %v", quoted(address), nameFault(wrong, wrong.Host))
	case errors.Is(err, ws.ErrHandshakeBadSubProtocol):
		return reject(Incompatible, "the server at %s does not speak %s", quoted(address), subprotocol)
	case errors.As(err, &status):
		return fmt.Errorf("the server at %s answers the upgrade with status %d %s", quoted(address), int(status), http.StatusText(int(status)))
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the server at %s ends the connection during the upgrade", quoted(address))
	}
	return fmt.Errorf("the upgrade at %s: %w", quoted(address), err)
}

// answerConn is a connection while the answer to its upgrade is read.
type answerConn struct {
	net.Conn
	left int // bytes that may still be read
}

// Read implements io.Reader.
func (c *answerConn) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, errLongAnswer
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

// leftOver takes the unread bytes out of the reader of an upgrade.
func leftOver(br *bufio.Reader) []byte {
	if br == nil {
		return nil
	}
	left, _ := br.Peek(br.Buffered())
	left = append([]byte(nil), left...)
	ws.PutReader(br)
	return left
}
