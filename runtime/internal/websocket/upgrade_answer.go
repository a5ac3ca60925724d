package websocket

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// The dialer's side of a WebSocket upgrade, RFC 6455 section 4.1. The answer is read by
// net/http: proxies write answers in more ways than gobwas/ws reads, and an operator needs
// to know what an answer says that is no upgrade.

// maxUpgradeAnswer is how many bytes of an answer to an upgrade are read. net/http
// keeps a line whole however long it is, and knows no bound.
const maxUpgradeAnswer = 16 << 10

// errLongAnswer is the error of a read past maxUpgradeAnswer.
var errLongAnswer = fmt.Errorf("the answer is longer than %d bytes", maxUpgradeAnswer)

var ErrSubprotocol = errors.New("the answer has no subprotocol, or another one")

// AskUpgrade asks for an upgrade and returns the bytes that follow the answer.
func AskUpgrade(conn net.Conn, host, path string) (left []byte, err error) {
	var random [16]byte
	rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	key := base64.StdEncoding.EncodeToString(random[:])
	ask := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Host: host, Header: http.Header{
		"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "User-Agent": {"gridc"},
		"Sec-Websocket-Key": {key}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Protocol": {Subprotocol},
	}}
	if err := ask.Write(conn); err != nil {
		return nil, err
	}
	bounded := &answerConn{Conn: conn, left: maxUpgradeAnswer}
	br := bufio.NewReader(bounded)
	for {
		resp, err := http.ReadResponse(br, ask) //nolint:bodyclose // what the body reads is the socket, which the caller closes
		switch {
		case err != nil && bounded.err != nil:
			return nil, bounded.err // what was read of a line that has no end is not malformed
		case err != nil:
			return nil, err
		case resp.StatusCode == http.StatusSwitchingProtocols:
			left, _ = br.Peek(br.Buffered())
			return slices.Clone(left), checkUpgrade(resp, key)
		case resp.StatusCode >= 200:
			return nil, readUpgradeAnswer(conn, resp)
		}
	}
}

// checkUpgrade checks what the server agrees to.
func checkUpgrade(resp *http.Response, key string) error {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455 section 1.3
	accept := base64.StdEncoding.EncodeToString(sum[:])
	for _, check := range []struct {
		name string
		good func(lines []string) bool
	}{
		{"Upgrade", func(lines []string) bool { return hasToken(lines, "websocket") }},
		{"Connection", func(lines []string) bool { return hasToken(lines, "upgrade") }},
		{"Sec-WebSocket-Accept", func(lines []string) bool { return slices.Equal(lines, []string{accept}) }},
		{"Sec-WebSocket-Extensions", func(lines []string) bool { return strings.Join(lines, "") == "" }},
	} {
		if lines := resp.Header.Values(check.name); !check.good(lines) {
			return fmt.Errorf("the answer has a wrong %s header, %s", check.name, status.Quoted(strings.Join(lines, ", ")))
		}
	}
	switch {
	case resp.ProtoMajor != 1 || resp.ProtoMinor < 1:
		return fmt.Errorf("the answer is of %s, which has no upgrades", status.Quoted(resp.Proto))
	case !slices.Equal(resp.Header.Values("Sec-WebSocket-Protocol"), []string{Subprotocol}):
		return ErrSubprotocol
	}
	return nil
}

// hasToken reports whether a list of tokens, which may take several lines, has one.
func hasToken(lines []string, token string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(one), token) {
				return true
			}
		}
	}
	return false
}

// UpgradeAnswer is an answer that is no upgrade.
type UpgradeAnswer struct {
	status   int
	location string
	Said     string // the first line of the body, or the title of a page
	WantsTLS bool   // the server speaks TLS, as those of Go, nginx and Apache put it
}

// Error implements error.
func (a *UpgradeAnswer) Error() string {
	text := fmt.Sprintf("status %d %s", a.status, http.StatusText(a.status))
	switch a.status {
	case http.StatusNotFound:
		text += " (is Manager.Handler served there, at the path that is dialed?)"
	case http.StatusBadRequest, http.StatusUpgradeRequired, http.StatusHTTPVersionNotSupported:
		text += " (a proxy that does not pass upgrades on?)"
	}
	if a.location != "" {
		text += " to " + status.Quoted(a.location)
	}
	if a.Said != "" {
		text += ": " + status.Quoted(a.Said)
	}
	return text
}

const (
	bodyPatience = 250 * time.Millisecond // for the body of such an answer
	maxBody      = 1 << 10                // bytes of it that are read
	maxSaid      = 100                    // bytes of it that are told
)

// readUpgradeAnswer reads what an answer says that is no upgrade, as far as its body is
// there in time.
func readUpgradeAnswer(conn net.Conn, resp *http.Response) *UpgradeAnswer {
	a := &UpgradeAnswer{status: resp.StatusCode, location: resp.Header.Get("Location")}
	conn.SetReadDeadline(time.Now().Add(bodyPatience))
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBody)) // what came in time
	text := string(body)
	lower := strings.ToLower(text)
	a.WantsTLS = a.status == http.StatusBadRequest && (strings.Contains(lower, "https") || strings.Contains(lower, "ssl-enabled"))
	if _, page, ok := strings.Cut(text, "<title>"); ok {
		text, _, _ = strings.Cut(page, "</title>")
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	a.Said = status.CutText(strings.TrimSpace(line), maxSaid)
	return a
}

// answerConn is a connection while the answer to its upgrade is read.
type answerConn struct {
	net.Conn
	left int   // bytes that may still be read
	err  error // that ended the reading, nil: none so far
}

// Read implements io.Reader.
func (c *answerConn) Read(b []byte) (int, error) {
	if c.left == 0 {
		c.err = errLongAnswer
		return 0, c.err
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left, c.err = c.left-n, err
	return n, err
}
