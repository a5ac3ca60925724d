package interop_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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
// it is closed with a code.
type verdict struct {
	code   int    // 0: it stays
	reason string // is part of the reason given
	pong   []byte // the last pong that has to come; nil for none
	silent bool   // it ends without a close frame
}

var (
	stays  = verdict{}
	refuse = func(reason string) verdict { return verdict{code: 1002, reason: reason} }
	pong   = func(payload []byte) verdict { return verdict{pong: payload} }
)

// TestRFC6455 sends each row to a node as its dialer and as its acceptor.
func TestRFC6455(t *testing.T) {
	for _, r := range []role{asDialer, asAcceptor} {
		for _, row := range slices.Concat(soundMessages(), soundControls(), unsoundMessages(), unsoundControls(), masks(r), closes()) {
			t.Run(fmt.Sprintf("%v/%s", r, row.name), func(t *testing.T) {
				socket, s := rawSession(t, r)
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
				row.want.check(t, socket, s)
			})
		}
	}
}

func (v verdict) check(t *testing.T, socket *rawSocket, s *stranger.Session) {
	t.Helper()
	switch {
	case v.silent:
		if err := s.Ended(); !errors.Is(err, io.EOF) {
			t.Errorf("the session ended with %v, not with the end of the connection", err)
		}
	case v.code != 0:
		var c *closed
		if err := s.Ended(); !errors.As(err, &c) || c.code != v.code || !strings.Contains(c.reason, v.reason) {
			t.Errorf("the session ended with %v, not with code %d, %q", err, v.code, v.reason)
		}
	default:
		v.checkAlive(t, socket, s)
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
