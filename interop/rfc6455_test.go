package interop_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gridrpc/gridc/interop/stranger"
)

// frames is a row of the table: raw frames, and what a node makes of them in the
// middle of a session.
type frames struct {
	name string
	send []rawFrame
	want verdict
}

// verdict is what becomes of the session: it stays, with these pongs last, or
// the node ends it.
type verdict struct {
	code   int    // of the close frame; 0: the session stays
	family string // what the node logs begins with
	reason string // and what is part of the rest
	pong   []byte // the last pong that has to come; nil for none
}

var (
	stays  = verdict{}
	refuse = func(reason string) verdict {
		return verdict{code: 1002, family: "the peer broke the protocol: websocket: ", reason: reason}
	}
	pong  = func(payload []byte) verdict { return verdict{pong: payload} }
	ended = func(reason string) verdict {
		return verdict{code: 1001, family: "the peer closed the connection: ", reason: reason}
	}
	// unexplained is for a close frame without a reason, which no node sends.
	unexplained = func(code string) verdict {
		return verdict{code: 1001, family: "closed with " + code, reason: " and no reason, perhaps by a proxy"}
	}
)

// TestRFC6455 sends each row to a node as its dialer and as its acceptor.
func TestRFC6455(t *testing.T) {
	for _, r := range []role{asDialer, asAcceptor} {
		for _, row := range slices.Concat(soundMessages(), soundControls(), unsoundMessages(), unsoundControls(), fragments(r), masks(r), closes()) {
			t.Run(fmt.Sprintf("%v/%s", r, row.name), func(t *testing.T) {
				socket, s, n := rawSession(t, r)
				if _, err := s.Call(limited(t), uint64(idEcho), "", nil); err != nil {
					t.Fatalf("before the row: %v", err)
				}
				var sent []byte
				for _, f := range row.send {
					sent = append(sent, f.bytes(r)...)
				}
				if err := socket.raw(sent); err != nil {
					t.Fatal(err)
				}
				row.want.check(t, socket, s, n)
			})
		}
	}
}

// closing is how long a node may take to close what it refuses.
const closing = 3 * time.Second

func (v verdict) check(t *testing.T, socket *rawSocket, s *stranger.Session, n *node) {
	t.Helper()
	if v.code == 0 {
		v.checkAlive(t, socket, s)
		return
	}
	_ = socket.conn.SetReadDeadline(time.Now().Add(closing))
	expectClosed(t, s.Ended(), v.code)
	select {
	case reason := <-n.disconnected:
		if rest, ok := strings.CutPrefix(reason, v.family); !ok || !strings.Contains(rest, v.reason) {
			t.Errorf("the node gives as its reason %q, not %q … %q", reason, v.family, v.reason)
		}
	case <-time.After(closing):
		t.Error("the node does not say that the session is over")
	}
}

// expectClosed looks at what a socket ended with. A close frame has to have this
// code; it is only sent where the socket takes it at once.
func expectClosed(t *testing.T, err error, code int) {
	t.Helper()
	var c *closed
	switch {
	case errors.As(err, &c):
		if c.code != code {
			t.Errorf("%v, not with %d", c, code)
		}
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
	default:
		t.Errorf("the session ended with %v, not with code %d", err, code)
	}
}

// checkAlive calls over the session. The pongs come before the answer, or soon.
func (v verdict) checkAlive(t *testing.T, socket *rawSocket, s *stranger.Session) {
	t.Helper()
	reply, err := s.Call(limited(t), uint64(idEcho), "", pattern(1000))
	if err != nil || !bytes.Equal(reply, pattern(1000)) {
		t.Fatalf("the session did not stay: %d bytes, %v", len(reply), err)
	}
	if v.pong == nil {
		if len(socket.pongs) > 0 {
			t.Errorf("a pong of %q that nothing asked for", <-socket.pongs)
		}
		return
	}
	for patience := time.After(bound); ; {
		select {
		case got := <-socket.pongs:
			if bytes.Equal(got, v.pong) {
				return
			}
		case <-patience:
			t.Fatalf("no pong of %q", v.pong)
		}
	}
}
