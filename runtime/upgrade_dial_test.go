package grid_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// upgradeAnswer is one way for an HTTP server to answer an upgrade, and what the
// Connection says of it. The answer is text in which {accept} stands for the right
// Sec-WebSocket-Accept; fill, if set, is written after it again and again, with
// pause between, until the node has had enough.
type upgradeAnswer struct {
	name   string
	answer string
	fill   string
	pause  time.Duration
	hold   bool // the server keeps the socket open
	after  time.Duration
	phase  grid.Phase
	reason string
}

// Parts of answers.
const (
	status101  = "HTTP/1.1 101 Switching Protocols\r\n"
	upgrades   = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	accepts    = "Sec-WebSocket-Accept: {accept}\r\n"
	speaks     = "Sec-WebSocket-Protocol: gridc.v1\r\n"
	speaksNext = "Sec-WebSocket-Protocol: gridc.v2\r\n"
	sound      = status101 + upgrades + accepts + speaks
)

var upgradeAnswers = []upgradeAnswer{
	{name: "status 200 with a page", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", reason: "status 200 OK"},
	{name: "status 301", answer: "HTTP/1.1 301 Moved Permanently\r\nLocation: ws://elsewhere/grid/v1\r\n\r\n", reason: "status 301 Moved Permanently"},
	{name: "status 401 with a body", answer: "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno", reason: "status 401 Unauthorized"},
	{name: "status 403", answer: "HTTP/1.1 403 Forbidden\r\n\r\n", reason: "status 403 Forbidden"},
	{name: "status 404", answer: "HTTP/1.1 404 Not Found\r\n\r\n", reason: "the server at \"other:1\" answers the upgrade with status 404 Not Found"},
	{name: "status 503", answer: "HTTP/1.1 503 Service Unavailable\r\n\r\n", reason: "status 503 Service Unavailable"},
	{name: "status 301 on this host", answer: "HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", hold: true, reason: "status 301 Moved Permanently to \"/\""},
	{name: "status 400 of a proxy", answer: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n\r\nhandshake error: bad \"Upgrade\" header\r\nmore\r\n", reason: "status 400 Bad Request (a proxy that does not pass upgrades on?): \"handshake error: bad \\\"Upgrade\\\" header\""},
	{name: "status 426", answer: "HTTP/1.1 426 Upgrade Required\r\n\r\n", reason: "status 426 Upgrade Required (a proxy that does not pass upgrades on?)"},
	{name: "status 505", answer: "HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n", reason: "status 505 HTTP Version Not Supported (a proxy that does not pass upgrades on?)"},
	{name: "a page", answer: "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 62\r\n\r\n<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>....", reason: "status 502 Bad Gateway: \"502 Bad Gateway\""},
	{name: "a body that is long", answer: "HTTP/1.1 404 Not Found\r\n\r\n" + strings.Repeat("x", 5000), reason: "status 404 Not Found: \"" + strings.Repeat("x", 100) + "\""},
	{name: "a body that writes into the log", answer: "HTTP/1.1 404 Not Found\r\n\r\n\x1b[2Jno\r\n", reason: "status 404 Not Found: \"\\x1b[2Jno\""},
	{name: "a body that never comes", answer: "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nno", hold: true, after: 250 * time.Millisecond, reason: "status 404 Not Found: \"no\""},
	{name: "a server of Go with TLS", answer: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", reason: "the server at \"other:1\" speaks TLS: set Options.TLS"},
	{name: "nginx with TLS", answer: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n", reason: "speaks TLS: set Options.TLS"},
	{name: "Apache with TLS", answer: "HTTP/1.1 400 Bad Request\r\n\r\n<html><head>\n<title>400 Bad Request</title>\n</head><body>\n<p>Your browser sent a request that this server could not understand.<br />\nReason: You're speaking plain HTTP to an SSL-enabled server port.", hold: true, after: 250 * time.Millisecond, reason: "speaks TLS: set Options.TLS"},
	{name: "status of words", answer: "HTTP/1.1 fine OK\r\n\r\n", reason: "malformed HTTP status code"},
	{name: "HTTP 1.0", answer: "HTTP/1.0" + strings.TrimPrefix(sound, "HTTP/1.1") + "\r\n", reason: "which has no upgrades"},
	{name: "HTTP 2.0", answer: "HTTP/2.0" + strings.TrimPrefix(sound, "HTTP/1.1") + "\r\n", reason: "which has no upgrades"},
	{name: "SSH", answer: "SSH-2.0-OpenSSH_9.9\r\n", reason: "malformed HTTP response"},
	{name: "no accept", answer: status101 + upgrades + speaks + "\r\n", reason: "a wrong Sec-WebSocket-Accept header"},
	{name: "accept of another key", answer: status101 + upgrades + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + speaks + "\r\n", reason: "a wrong Sec-WebSocket-Accept header"},
	{name: "accept twice, one wrong", answer: sound + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", reason: "a wrong Sec-WebSocket-Accept header"},
	{name: "no Upgrade", answer: status101 + "Connection: Upgrade\r\n" + accepts + speaks + "\r\n", reason: "a wrong Upgrade header"},
	{name: "Upgrade to something else", answer: status101 + "Upgrade: h2c\r\nConnection: Upgrade\r\n" + accepts + speaks + "\r\n", reason: "a wrong Upgrade header"},
	{name: "no Connection", answer: status101 + "Upgrade: websocket\r\n" + accepts + speaks + "\r\n", reason: "a wrong Connection header"},
	{name: "Connection: close", answer: status101 + "Upgrade: websocket\r\nConnection: close\r\n" + accepts + speaks + "\r\n", reason: "a wrong Connection header"},
	{name: "header without a colon", answer: status101 + "nonsense\r\n\r\n", reason: "malformed MIME header"},
	{name: "extension that was not offered", answer: sound + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", reason: "a wrong Sec-WebSocket-Extensions header"},
	// PROTOCOL.md: "A dialer whose upgrade comes back without the subprotocol, or with another one, gives up."
	{name: "no subprotocol", answer: status101 + upgrades + accepts + "\r\n", phase: grid.Refused, reason: "the server at \"other:1\" does not speak gridc.v1 (incompatible)"},
	{name: "another subprotocol", answer: status101 + upgrades + accepts + speaksNext + "\r\n", phase: grid.Refused, reason: "the server at \"other:1\" does not speak gridc.v1 (incompatible)"},
	{name: "two subprotocols in one", answer: status101 + upgrades + accepts + "Sec-WebSocket-Protocol: gridc.v1, gridc.v2\r\n\r\n", phase: grid.Refused, reason: "does not speak gridc.v1"},
	{name: "ends at once", reason: "the server at \"other:1\" ends the connection during the upgrade"},
	{name: "ends within the status line", answer: "HTTP/1.1 10", reason: "ends the connection during the upgrade"},
	{name: "ends within the header", answer: sound, reason: "ends the connection during the upgrade"},
	// PROTOCOL.md: "A dialer gives up where the answer is longer than 16,384 bytes."
	{name: "huge header", answer: sound + "X: " + strings.Repeat("x", 20_000) + "\r\n\r\n", reason: "longer than 16384 bytes"},
	{name: "endless line", answer: sound + "X: ", fill: strings.Repeat("x", 1024), reason: "longer than 16384 bytes"},
	{name: "endless lines", answer: sound, fill: "X: y\r\n", reason: "longer than 16384 bytes"},
	{name: "endless status line", answer: "HTTP/1.1 101 ", fill: strings.Repeat("!", 1024), reason: "longer than 16384 bytes"},
	{name: "silent", hold: true, after: 5 * time.Second, reason: "i/o timeout"},
	{name: "half an answer and silence", answer: sound, hold: true, after: 5 * time.Second, reason: "i/o timeout"},
	{name: "a header each second", answer: sound, fill: "X: y\r\n", pause: time.Second, after: 5 * time.Second, reason: "i/o timeout"},
	// PROTOCOL.md: "Bytes that follow the upgrade in the same read belong to the WebSocket."
	{name: "reject in the same write", answer: sound + "\r\n" + rejectOf("unavailable", "closed for today"), hold: true, reason: "closed for today"},
	{name: "text in the same write", answer: sound + "\r\n\x81\x02hi", hold: true, reason: "a text message"},
}

// rejectOf is a WebSocket message of an acceptor that refuses.
func rejectOf(code, reason string) string {
	body := peer.Join([]byte{peer.KindReject}, code, reason)
	return string(append(peer.Header{First: 0x80 | peer.OpBinary, Length: len(body)}.Bytes(), body...))
}

// TestUpgradeAnswers dials servers that answer otherwise than an acceptor does. The
// node says why it is not connected, in words, and reads no more than it must.
func TestUpgradeAnswers(t *testing.T) {
	for _, row := range upgradeAnswers {
		t.Run(row.name, func(t *testing.T) {
			underAttack(t, nil, func(t *testing.T, a *arena) {
				s := startAnswering(t, a, row)
				began := time.Now()
				state := s.fault(t)
				if took := time.Since(began); took != row.after {
					t.Errorf("the fault shows after %v", took)
				}
				if state.Phase != row.phase || !strings.Contains(state.Reason.Error(), row.reason) {
					t.Errorf("state %q: %v", state.Phase, state.Reason)
				}
				_, err := a.Connection("other").Request(t.Context(), 1, nil)
				if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.NotSent || !strings.Contains(err.Error(), row.reason) {
					t.Errorf("a call fails with %v", err)
				}
				synctest.Wait()
				if n := s.written.Load(); n > 300<<10 { // what the socket holds, and a bit
					t.Errorf("%d bytes of the answer went out", n)
				}
			})
		})
	}
}

// A sound answer with what proxies add is good, whatever the case of its names.
func TestUpgradeAnswersThatAreSound(t *testing.T) {
	for name, answer := range map[string]string{
		"lower case":           "HTTP/1.1 101 switching protocols\r\nupgrade: WebSocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\nsec-websocket-protocol: gridc.v1\r\n\r\n",
		"more headers":         sound + "Date: today\r\nServer: proxy\r\nSet-Cookie: a=b\r\n\r\n",
		"early hints":          "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + sound + "\r\n",
		"lists of tokens":      status101 + "Upgrade: h2c, websocket\r\nConnection: keep-alive\r\nConnection: TE, Upgrade\r\n" + accepts + speaks + "\r\n",
		"no extensions":        sound + "Sec-WebSocket-Extensions:\r\n\r\n",
		"a bare status":        "HTTP/1.1 101\r\n" + upgrades + accepts + speaks + "\r\n",
		"no reason":            "HTTP/1.1 101 \r\n" + upgrades + accepts + speaks + "\r\n",
		"15,000 bytes of them": sound + "X: " + strings.Repeat("x", 15_000) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			underAttack(t, nil, func(t *testing.T, a *arena) {
				s := startAnswering(t, a, upgradeAnswer{answer: answer + rejectOf("unavailable", "so far, so good"), hold: true})
				if state := s.fault(t); !strings.Contains(state.Reason.Error(), "so far, so good") {
					t.Error(state.Reason)
				}
			})
		})
	}
}
