package protocol_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// upgradeRequest is one way to ask an acceptor for an upgrade: the lines of a sound
// request, changed. The status is that of the answer; after 101, closed is the code
// of the close frame that follows, or 0 where a session can be made.
type upgradeRequest struct {
	name   string
	change func(lines []string) []string // nil: none
	after  string                        // what follows the empty line in the same write
	status int
	closed uint16
}

// soundUpgrade is what a dialer sends, line by line.
var soundUpgrade = []string{
	"GET /grid/v1 HTTP/1.1", "Host: target", "Upgrade: websocket", "Connection: Upgrade",
	"Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: gridc.v1",
}

// first replaces the request line.
func first(line string) func([]string) []string {
	return func(lines []string) []string { return append([]string{line}, lines[1:]...) }
}

// without leaves a header out.
func without(name string) func([]string) []string {
	return func(lines []string) (out []string) {
		for _, l := range lines {
			if !strings.HasPrefix(l, name+":") {
				out = append(out, l)
			}
		}
		return out
	}
}

// with adds header lines.
func with(more ...string) func([]string) []string {
	return func(lines []string) []string { return append(lines[:len(lines):len(lines)], more...) }
}

// withMany adds header lines of a size, which are made when they are needed.
func withMany(format string, lines, size int) func([]string) []string {
	return func(head []string) []string {
		line := fmt.Sprintf(format, strings.Repeat("x", size))
		return with(slices.Repeat([]string{line}, lines)...)(head)
	}
}

// instead replaces a header.
func instead(line string) func([]string) []string {
	name, _, _ := strings.Cut(line, ":")
	return func(lines []string) []string { return with(line)(without(name)(lines)) }
}

var upgradeRequests = []upgradeRequest{
	{name: "sound", status: 101},
	{name: "POST", change: first("POST /grid/v1 HTTP/1.1"), status: 405},
	{name: "a method of the client's own", change: first("GRID /grid/v1 HTTP/1.1"), status: 405},
	{name: "CONNECT", change: first("CONNECT /grid/v1 HTTP/1.1"), status: 405},
	{name: "HEAD", change: first("HEAD /grid/v1 HTTP/1.1"), status: 405},
	{name: "HTTP 1.0", change: first("GET /grid/v1 HTTP/1.0"), status: 505},
	{name: "HTTP 0.9", change: first("GET /grid/v1 HTTP/0.9"), status: 505},
	{name: "HTTP 1.2", change: first("GET /grid/v1 HTTP/1.2"), status: 101},
	{name: "HTTP 2.0 in letters", change: first("GET /grid/v1 HTTP/2.0"), status: 505},
	{name: "HTTP 2 preface", change: func([]string) []string { return []string{"PRI * HTTP/2.0"} }, after: "SM\r\n\r\n", status: 400},
	{name: "absolute form", change: first("GET http://target/grid/v1 HTTP/1.1"), status: 101},
	{name: "asterisk", change: first("GET * HTTP/1.1"), status: 400},
	{name: "another path", change: first("GET /grid/v2 HTTP/1.1"), status: 404},
	{name: "path with a slash more", change: first("GET /grid/v1/ HTTP/1.1"), status: 404},
	{name: "path that leads back", change: first("GET /x/../grid/v1 HTTP/1.1"), status: 307},
	{name: "query", change: first("GET /grid/v1?a=b HTTP/1.1"), status: 101},
	{name: "request line of one word", change: first("GET"), status: 400},
	{name: "request line of four words", change: first("GET /grid/v1 now HTTP/1.1"), status: 400},
	{name: "no Host", change: without("Host"), status: 400},
	{name: "two Hosts", change: with("Host: elsewhere"), status: 400},
	{name: "empty Host", change: instead("Host:"), status: 400},
	{name: "Host of control characters", change: instead("Host: a\x01b"), status: 400},
	{name: "no Upgrade", change: without("Upgrade"), status: 400},
	{name: "Upgrade to something else", change: instead("Upgrade: h2c"), status: 400},
	{name: "Upgrade in other letters", change: instead("Upgrade: WebSocket"), status: 101},
	{name: "Upgrade to several", change: instead("Upgrade: h2c, websocket"), status: 101},
	{name: "Upgrade on two lines", change: func(lines []string) []string {
		return with("Upgrade: websocket")(instead("Upgrade: h2c")(lines))
	}, status: 101},
	{name: "Upgrade to a longer word", change: instead("Upgrade: websocket2"), status: 400},
	{name: "no Connection", change: without("Connection"), status: 400},
	{name: "Connection: close", change: instead("Connection: close"), status: 400},
	{name: "Connection of several words", change: instead("Connection: keep-alive, Upgrade"), status: 101},
	{name: "Connection on two lines", change: with("Connection: keep-alive"), status: 101},
	{name: "Connection on two lines, Upgrade last", change: func(lines []string) []string {
		return with("Connection: Upgrade")(instead("Connection: keep-alive")(lines))
	}, status: 101},
	{name: "no key", change: without("Sec-WebSocket-Key"), status: 400},
	{name: "key of 15 bytes", change: instead("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0O"), status: 400},
	{name: "key of 17 bytes", change: instead("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODxA="), status: 101}, // RFC 6455 asks nobody to decode it
	{name: "key of 18 bytes", change: instead("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODxARAA=="), status: 400},
	{name: "empty key", change: instead("Sec-WebSocket-Key:"), status: 400},
	{name: "no version", change: without("Sec-WebSocket-Version"), status: 400},
	{name: "version 12", change: instead("Sec-WebSocket-Version: 12"), status: 426},
	{name: "version 14", change: instead("Sec-WebSocket-Version: 14"), status: 426},
	{name: "version 8", change: instead("Sec-WebSocket-Version: 8"), status: 426},
	{name: "versions 13 and 14", change: instead("Sec-WebSocket-Version: 13, 14"), status: 426},
	{name: "version of words", change: instead("Sec-WebSocket-Version: latest"), status: 426},
	{name: "no subprotocol", change: without("Sec-WebSocket-Protocol"), status: 101, closed: 1002},
	{name: "another subprotocol", change: instead("Sec-WebSocket-Protocol: chat, gridc.v11, GRIDC.V1"), status: 101, closed: 1002},
	{name: "subprotocols that are no list", change: instead("Sec-WebSocket-Protocol: \"gridc.v1"), status: 400},
	{name: "Origin", change: with("Origin: https://evil.example"), status: 403},
	{name: "Origin without a value", change: with("Origin:"), status: 403},
	{name: "Origin null", change: with("Origin: null"), status: 403},
	{name: "header without a colon", change: with("nonsense"), status: 400},
	{name: "header with a space in its name", change: with("Sec WebSocket: x"), status: 400},
	{name: "header that goes on in the next line", change: with("X: y", " z"), status: 101},
	{name: "header with a zero byte", change: with("X: \x00"), status: 400},
	{name: "huge header", change: withMany("X: %s", 1, 2<<20), status: 431},
	{name: "many headers", change: withMany("X: %s", 400_000, 1), status: 431},
	{name: "body of a known length", change: with("Content-Length: 5"), after: "hello", status: 101, closed: 1008},
	{name: "body in chunks", change: with("Transfer-Encoding: chunked"), after: "5\r\nhello\r\n0\r\n\r\n", status: 101, closed: 1008},
	{name: "length and chunks", change: with("Content-Length: 5", "Transfer-Encoding: chunked"), after: "0\r\n\r\n", status: 101, closed: 1008},
	{name: "two lengths", change: with("Content-Length: 5", "Content-Length: 6"), after: "hello", status: 400},
	{name: "length below zero", change: with("Content-Length: -1"), status: 400},
	{name: "another request behind", after: strings.Join(soundUpgrade, "\r\n") + "\r\n\r\n", status: 101, closed: 1008},
	{name: "noise behind", after: "\xff\x00\xff\x00", status: 101, closed: 1008},
}

// TestUpgradeRequests asks for an upgrade in all ways but the right one. Each is
// answered at once; none keeps the next socket from making a session.
func TestUpgradeRequests(t *testing.T) {
	for _, row := range upgradeRequests {
		t.Run(row.name, func(t *testing.T) {
			inUpgrades(t, func(t *testing.T, dial func() net.Conn) {
				conn, began := dial(), time.Now()
				sock, status, err := row.ask(conn)
				if err != nil || status != row.status {
					t.Fatalf("status %d, %v; want %d", status, err, row.status)
				}
				switch {
				case status != http.StatusSwitchingProtocols:
				case row.closed != 0:
					wantClosed(t, sock, row.closed)
				default:
					if _, err := sock.GreetDialer(peer.NewHello("first", "target"), trial.TestKey); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("it took %v", took)
				}
				conn.Close()
				if _, err := peer.Dial(dial(), peer.NewHello("probe", "target"), trial.TestKey); err != nil {
					t.Errorf("the next socket: %v", err)
				}
			})
		})
	}
}

// ask writes the request of a row and reads the answer.
func (row upgradeRequest) ask(conn net.Conn) (*peer.Socket, int, error) {
	lines := soundUpgrade
	if row.change != nil {
		lines = row.change(lines)
	}
	go io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"+row.after) // an answer may come before the end
	br := bufio.NewReader(conn)
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		return nil, 0, err
	}
	if v := resp.Header.Get("Sec-WebSocket-Version"); resp.StatusCode == http.StatusUpgradeRequired && v != "13" {
		return nil, 0, errors.New("the answer says version " + v)
	}
	return peer.NewSocket(conn, br, true), resp.StatusCode, nil
}

// inUpgrades attacks a node with requests of one host, which may be its peer first.
func inUpgrades(t *testing.T, test func(t *testing.T, dial func() net.Conn)) {
	t.Helper()
	first := func(o *grid.Options) { o.Peers = append(o.Peers, grid.Peer{Name: "first"}) }
	trial.UnderAttackBy(t, first, func(t *testing.T, _ *trial.ProbeTarget, dial func() net.Conn) { test(t, dial) })
}

// A request that never ends has no place among the sockets that wait for
// authentication: as many as one address may have are beside it, and the HTTP
// server gives it up.
func TestUpgradeRequestsThatAreSlow(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		began := time.Now()
		var slow []net.Conn
		for i := range 32 {
			c := a.Conn(t, "probe")
			head := strings.Join(soundUpgrade, "\r\n")
			if _, err := io.WriteString(c, head[:len(head)*i/32]); err != nil {
				t.Fatal(err)
			}
			slow = append(slow, c)
		}
		for i := range 16 {
			if _, err := peer.UpgradeDialer(a.Conn(t, "probe")); err != nil {
				t.Fatalf("socket %d beside slow ones: %v", i, err)
			}
		}
		a.Bounded(t, 48*trial.PendingHolds, 2*48)
		for _, c := range slow {
			if _, err := io.Copy(io.Discard, c); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took < 5*time.Second || took > 10*time.Second {
			t.Errorf("slow requests were given up after %v", took)
		}
		time.Sleep(time.Second)
		a.Bounded(t, 1<<20, 0)
	})
}

// A hello in the same write as the upgrade belongs to the WebSocket, whole or cut.
func TestUpgradeRequestsWithAHelloBehind(t *testing.T) {
	hello := peer.NewHello("probe", "target").Bytes()
	for _, behind := range []int{1, 2, 7, 40, len(hello)} {
		inUpgrades(t, func(t *testing.T, dial func() net.Conn) {
			message := peer.NewSocket(nil, nil, true).Message(peer.OpBinary, hello)
			cut := len(message) * behind / len(hello)
			conn := dial()
			sock, status, err := upgradeRequest{after: string(message[:cut])}.ask(conn)
			if err != nil || status != http.StatusSwitchingProtocols {
				t.Fatalf("status %d, %v", status, err)
			}
			if _, err := conn.Write(message[cut:]); err != nil {
				t.Fatal(err)
			}
			theirs, err := sock.ReadHandshake(peer.KindHello)
			if err == nil {
				_, err = sock.ReadHandshake(peer.KindProof)
			}
			if err == nil {
				err = sock.Write(peer.OpBinary, peer.Proof(trial.TestKey, "dialer", hello, theirs))
			}
			if err == nil {
				_, err = sock.ReadHandshake(peer.KindWelcome)
			}
			if err != nil {
				t.Errorf("%d bytes in the same write: %v", cut, err)
			}
		})
	}
}
