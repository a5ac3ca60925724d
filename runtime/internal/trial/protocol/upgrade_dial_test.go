package protocol_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Parts of answers.
const (
	status101  = "HTTP/1.1 101 Switching Protocols\r\n"
	upgrades   = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	accepts    = "Sec-WebSocket-Accept: {accept}\r\n"
	speaks     = "Sec-WebSocket-Protocol: gridc.v1\r\n"
	speaksNext = "Sec-WebSocket-Protocol: gridc.v2\r\n"
	sound      = status101 + upgrades + accepts + speaks
)

var upgradeAnswers = []trial.UpgradeAnswer{
	{Name: "status 200 with a page", Answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Reason: "status 200 OK"},
	{Name: "status 301", Answer: "HTTP/1.1 301 Moved Permanently\r\nLocation: ws://elsewhere/grid/v1\r\n\r\n", Reason: "status 301 Moved Permanently"},
	{Name: "status 401 with a body", Answer: "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno", Reason: "status 401 Unauthorized"},
	{Name: "status 403", Answer: "HTTP/1.1 403 Forbidden\r\n\r\n", Reason: "status 403 Forbidden"},
	{Name: "status 404", Answer: "HTTP/1.1 404 Not Found\r\n\r\n", Reason: "the server at \"other:1\" answers the upgrade with status 404 Not Found (is Manager.Handler served there, at the path that is dialed?)"},
	{Name: "status 503", Answer: "HTTP/1.1 503 Service Unavailable\r\n\r\n", Reason: "status 503 Service Unavailable"},
	{Name: "status 301 on this host", Answer: "HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", Hold: true, Reason: "status 301 Moved Permanently to \"/\""},
	{Name: "status 400 of a proxy", Answer: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n\r\nhandshake error: bad \"Upgrade\" header\r\nmore\r\n", Reason: "status 400 Bad Request (a proxy that does not pass upgrades on?): \"handshake error: bad \\\"Upgrade\\\" header\""},
	{Name: "status 426", Answer: "HTTP/1.1 426 Upgrade Required\r\n\r\n", Reason: "status 426 Upgrade Required (a proxy that does not pass upgrades on?)"},
	{Name: "status 505", Answer: "HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n", Reason: "status 505 HTTP Version Not Supported (a proxy that does not pass upgrades on?)"},
	{Name: "a page", Answer: "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 62\r\n\r\n<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>....", Reason: "status 502 Bad Gateway: \"502 Bad Gateway\""},
	{Name: "a body that is long", Answer: "HTTP/1.1 410 Gone\r\n\r\n" + strings.Repeat("x", 5000), Reason: "status 410 Gone: \"" + strings.Repeat("x", 100) + "\""},
	{Name: "a body that writes into the log", Answer: "HTTP/1.1 410 Gone\r\n\r\n\x1b[2Jno\r\n", Reason: "status 410 Gone: \"\\x1b[2Jno\""},
	{Name: "a body that never comes", Answer: "HTTP/1.1 410 Gone\r\nContent-Length: 5\r\n\r\nno", Hold: true, After: 250 * time.Millisecond, Reason: "status 410 Gone: \"no\""},
	{Name: "a server of Go with TLS", Answer: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", Reason: "the server at \"other:1\" speaks TLS: set Options.TLS"},
	{Name: "nginx with TLS", Answer: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n", Reason: "speaks TLS: set Options.TLS"},
	{Name: "Apache with TLS", Answer: "HTTP/1.1 400 Bad Request\r\n\r\n<html><head>\n<title>400 Bad Request</title>\n</head><body>\n<p>Your browser sent a request that this server could not understand.<br />\nReason: You're speaking plain HTTP to an SSL-enabled server port.", Hold: true, After: 250 * time.Millisecond, Reason: "speaks TLS: set Options.TLS"},
	{Name: "status of words", Answer: "HTTP/1.1 fine OK\r\n\r\n", Reason: "malformed HTTP status code"},
	{Name: "HTTP 1.0", Answer: "HTTP/1.0" + strings.TrimPrefix(sound, "HTTP/1.1") + "\r\n", Reason: "which has no upgrades"},
	{Name: "HTTP 2.0", Answer: "HTTP/2.0" + strings.TrimPrefix(sound, "HTTP/1.1") + "\r\n", Reason: "which has no upgrades"},
	{Name: "SSH", Answer: "SSH-2.0-OpenSSH_9.9\r\n", Reason: "malformed HTTP response"},
	{Name: "no accept", Answer: status101 + upgrades + speaks + "\r\n", Reason: "a wrong Sec-WebSocket-Accept header"},
	{Name: "accept of another key", Answer: status101 + upgrades + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + speaks + "\r\n", Reason: "a wrong Sec-WebSocket-Accept header"},
	{Name: "accept twice, one wrong", Answer: sound + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", Reason: "a wrong Sec-WebSocket-Accept header"},
	{Name: "no Upgrade", Answer: status101 + "Connection: Upgrade\r\n" + accepts + speaks + "\r\n", Reason: "a wrong Upgrade header"},
	{Name: "Upgrade to something else", Answer: status101 + "Upgrade: h2c\r\nConnection: Upgrade\r\n" + accepts + speaks + "\r\n", Reason: "a wrong Upgrade header"},
	{Name: "no Connection", Answer: status101 + "Upgrade: websocket\r\n" + accepts + speaks + "\r\n", Reason: "a wrong Connection header"},
	{Name: "Connection: close", Answer: status101 + "Upgrade: websocket\r\nConnection: close\r\n" + accepts + speaks + "\r\n", Reason: "a wrong Connection header"},
	{Name: "header without a colon", Answer: status101 + "nonsense\r\n\r\n", Reason: "malformed MIME header"},
	{Name: "extension that was not offered", Answer: sound + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", Reason: "a wrong Sec-WebSocket-Extensions header"},
	// PROTOCOL.md: "A dialer whose upgrade comes back without the subprotocol, or with another one, gives up."
	{Name: "no subprotocol", Answer: status101 + upgrades + accepts + "\r\n", Phase: grid.Refused, Reason: "the server at \"other:1\" does not speak gridc.v1 (incompatible)"},
	{Name: "another subprotocol", Answer: status101 + upgrades + accepts + speaksNext + "\r\n", Phase: grid.Refused, Reason: "the server at \"other:1\" does not speak gridc.v1 (incompatible)"},
	{Name: "two subprotocols in one", Answer: status101 + upgrades + accepts + "Sec-WebSocket-Protocol: gridc.v1, gridc.v2\r\n\r\n", Phase: grid.Refused, Reason: "does not speak gridc.v1"},
	{Name: "ends at once", Reason: "the server at \"other:1\" ends the connection during the upgrade"},
	{Name: "ends within the status line", Answer: "HTTP/1.1 10", Reason: "ends the connection during the upgrade"},
	{Name: "ends within the header", Answer: sound, Reason: "ends the connection during the upgrade"},
	// PROTOCOL.md: "A dialer gives up where the answer is longer than 16,384 bytes."
	{Name: "huge header", Answer: sound + "X: " + strings.Repeat("x", 20_000) + "\r\n\r\n", Reason: "longer than 16384 bytes"},
	{Name: "endless line", Answer: sound + "X: ", Fill: strings.Repeat("x", 1024), Reason: "longer than 16384 bytes"},
	{Name: "endless lines", Answer: sound, Fill: "X: y\r\n", Reason: "longer than 16384 bytes"},
	{Name: "endless status line", Answer: "HTTP/1.1 101 ", Fill: strings.Repeat("!", 1024), Reason: "longer than 16384 bytes"},
	{Name: "silent", Hold: true, After: 5 * time.Second, Reason: "i/o timeout"},
	{Name: "half an answer and silence", Answer: sound, Hold: true, After: 5 * time.Second, Reason: "i/o timeout"},
	{Name: "a header each second", Answer: sound, Fill: "X: y\r\n", Pause: time.Second, After: 5 * time.Second, Reason: "i/o timeout"},
	// PROTOCOL.md: "Bytes that follow the upgrade in the same read belong to the WebSocket."
	{Name: "reject in the same write", Answer: sound + "\r\n" + rejectOf("unavailable", "closed for today"), Hold: true, Reason: "closed for today"},
	{Name: "text in the same write", Answer: sound + "\r\n\x81\x02hi", Hold: true, Reason: "a text message"},
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
		t.Run(row.Name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				s := trial.StartAnswering(t, a, row)
				began := time.Now()
				state := s.Fault(t)
				if took := time.Since(began); took != row.After {
					t.Errorf("the fault shows after %v", took)
				}
				if state.Phase != row.Phase || !strings.Contains(state.Reason.Error(), row.Reason) {
					t.Errorf("state %q: %v", state.Phase, state.Reason)
				}
				_, err := a.Connection("other").Request(t.Context(), 1, nil)
				if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.NotSent || !strings.Contains(err.Error(), row.Reason) {
					t.Errorf("a call fails with %v", err)
				}
				synctest.Wait()
				if n := s.Written.Load(); n > 300<<10 { // what the socket holds, and a bit
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
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				s := trial.StartAnswering(t, a, trial.UpgradeAnswer{Answer: answer + rejectOf("unavailable", "so far, so good"), Hold: true})
				if state := s.Fault(t); !strings.Contains(state.Reason.Error(), "so far, so good") {
					t.Error(state.Reason)
				}
			})
		})
	}
}
