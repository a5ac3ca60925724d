package peer

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// guid is the constant of RFC 6455 section 1.3.
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// StatusError is an upgrade that was refused.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("upgrade refused: status %d", e.Status) }

// UpgradeDialer sends the upgrade request, with extra header lines if given, and
// reads the answer. A Sec-WebSocket-Protocol line among them replaces the usual one.
func UpgradeDialer(conn net.Conn, lines ...string) (*Socket, error) {
	return UpgradeAt(conn, "/grid/v1", lines...)
}

// UpgradeAt is UpgradeDialer for another path.
func UpgradeAt(conn net.Conn, path string, lines ...string) (*Socket, error) {
	const key = "AAECAwQFBgcICQoLDA0ODw=="
	head := "GET " + path + " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n"
	extra := strings.Join(lines, "\r\n")
	if !strings.Contains(extra, "Sec-WebSocket-Protocol") {
		head += "Sec-WebSocket-Protocol: gridc.v1\r\n"
	}
	if extra != "" {
		head += extra + "\r\n"
	}
	if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
		return nil, err
	}
	br := bufio.NewReader(conn)
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body.Close()
		return nil, &StatusError{resp.StatusCode}
	}
	if got := resp.Header.Get("Sec-WebSocket-Accept"); got != acceptKey(key) {
		return nil, fmt.Errorf("wrong Sec-WebSocket-Accept %q", got)
	}
	return &Socket{Conn: conn, br: br, mask: true}, nil
}

// UpgradeAcceptor reads an upgrade request and accepts it.
func UpgradeAcceptor(conn net.Conn) (*Socket, error) {
	br := bufio.NewReader(conn)
	r, err := http.ReadRequest(br)
	if err != nil {
		return nil, err
	}
	if r.URL.Path != "/grid/v1" || r.Header.Get("Sec-WebSocket-Protocol") != "gridc.v1" {
		return nil, fmt.Errorf("upgrade of %s with subprotocol %q", r.URL, r.Header.Get("Sec-WebSocket-Protocol"))
	}
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: gridc.v1\r\n\r\n", acceptKey(r.Header.Get("Sec-WebSocket-Key")))
	return &Socket{Conn: conn, br: br}, err
}

func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + guid)) // what RFC 6455 asks for; nothing secret hangs on it
	return base64.StdEncoding.EncodeToString(sum[:])
}
