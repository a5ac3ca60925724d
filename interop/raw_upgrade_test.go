package interop_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/interop/stranger"
	grid "github.com/gridrpc/gridc/runtime"
)

// rawUpgraded returns a socket to a node whose upgrade is over, the handshake
// of the protocol not begun, and the node.
func rawUpgraded(t *testing.T, r role) (*rawSocket, *node) {
	t.Helper()
	if r == asDialer {
		n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
		return rawDial(t, n.address), n
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	n := startNode(t, grid.Options{Name: "alpha", Peers: []grid.Peer{{Name: "beta", Address: ln.Addr().String()}}})
	return rawAccept(t, ln), n
}

// rawSession is rawUpgraded with the handshake done, without checksums.
func rawSession(t *testing.T, r role) (*rawSocket, *stranger.Session, *node) {
	t.Helper()
	socket, n := rawUpgraded(t, r)
	return socket, greet(t, socket), n
}

// greet does the handshake of the socket's role.
func greet(t *testing.T, socket *rawSocket) *stranger.Session {
	t.Helper()
	handshake, c := stranger.Dial, configFor("alpha", "beta", "-")
	if socket.role == asAcceptor {
		handshake, c = stranger.Accept, configFor("beta", "alpha", "-")
	}
	s, err := handshake(socket, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// upgradeRequest is a sound one; the key and its answer are those of RFC 6455.
const (
	upgradeRequest = "GET " + path + " HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " + subprotocol + "\r\n\r\n"
	upgradeAnswer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func rawDial(t *testing.T, address string) *rawSocket {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(limited(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, conn)
	if _, err := io.WriteString(conn, upgradeRequest); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(conn)
	response, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := response.Header
	if response.StatusCode != http.StatusSwitchingProtocols || h.Get("Sec-WebSocket-Accept") != upgradeAnswer ||
		h.Get("Sec-WebSocket-Protocol") != subprotocol || h.Get("Sec-WebSocket-Extensions") != "" {
		t.Fatalf("upgrade: %s %v", response.Status, h)
	}
	return newRawSocket(asDialer, conn, br)
}

func rawAccept(t *testing.T, ln net.Listener) *rawSocket {
	t.Helper()
	stop := context.AfterFunc(limited(t), func() { _ = ln.Close() })
	defer stop()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, conn)
	br := bufio.NewReader(conn)
	request, err := http.ReadRequest(br)
	if err != nil {
		t.Fatal(err)
	}
	h := request.Header
	if request.URL.Path != path || h.Get("Sec-WebSocket-Version") != "13" || h.Get("Sec-WebSocket-Protocol") != subprotocol ||
		!strings.EqualFold(h.Get("Upgrade"), "websocket") || h.Get("Sec-WebSocket-Extensions") != "" || h.Get("Origin") != "" {
		t.Fatalf("upgrade: %s %v", request.URL, h)
	}
	if _, err := io.WriteString(conn, upgradeResponse(h.Get("Sec-WebSocket-Key"))); err != nil {
		t.Fatal(err)
	}
	return newRawSocket(asAcceptor, conn, br)
}

func closeAtEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(bound))
	t.Cleanup(func() { _ = conn.Close() })
}

func upgradeResponse(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\nSec-WebSocket-Protocol: " + subprotocol + "\r\n\r\n"
}
