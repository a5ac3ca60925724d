package trial

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/peer"
)

func SendFrames(t testing.TB, s *peer.Session, frames ...[]byte) {
	t.Helper()
	if err := s.Send(frames...); err != nil {
		t.Fatal(err)
	}
}

func ExpectFrame(t testing.TB, s *peer.Session, kind byte) *peer.Frame {
	t.Helper()
	f, err := s.Expect(kind)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// SessionAlive proves that a session works: an echo comes back.
func SessionAlive(t testing.TB, s *peer.Session, id int) {
	t.Helper()
	SendFrames(t, s, peer.NewFrame(peer.Call, id, RouteEcho, 0, 0, []byte("alive")))
	for {
		f := ExpectFrame(t, s, peer.Reply)
		if f.Uvarint() != uint64(id) {
			continue
		}
		if f.Uvarint() != 0 || string(f.Body) != "alive" {
			t.Fatalf("echo of %q", f.Body)
		}
		return
	}
}

// SessionGone proves that the other end has closed the session: with a close frame if
// there was time for one, whose code and reason are then returned.
func SessionGone(t testing.TB, s *peer.Session) *peer.Closed {
	t.Helper()
	for {
		_, err := s.Next()
		var c *peer.Closed
		var timeout net.Error
		switch {
		case err == nil:
		case errors.As(err, &c):
			return c
		case errors.As(err, &timeout) && timeout.Timeout():
			t.Fatal("the session was not closed")
		case errors.Is(err, io.EOF), IsConnReset(err):
			return nil
		default:
			t.Fatal(err)
		}
	}
}

func IsConnReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF)
}

// CallFrame is a call without deadline, flags and payload.
func CallFrame(id, route int) []byte {
	return peer.NewFrame(peer.Call, id, route, 0, 0)
}

// FailureOf reads the failure that a frame ends with, its id and status taken off.
func FailureOf(f *peer.Frame) string {
	outcome := f.Uvarint()
	code := f.String()
	return fmt.Sprintf("%d %s", outcome, code)
}

var (
	OpenEcho = peer.NewFrame(peer.Open, 1, RouteStream, 0, 4, 0)
	OpenHold = peer.NewFrame(peer.Open, 1, routeHold, 0, 4, 0)
	// OpenLarge announces a payload that never comes, so its handler never takes a message.
	OpenLarge     = peer.NewFrame(peer.Open, 1, routeHold, 0, 4, 1, 73729)
	LargeCall     = peer.NewFrame(peer.Call, 1, RouteEcho, 0, 1, 73729)
	TooLongVarint = bytes.Repeat([]byte{0xff}, 10)
	StreamMessage = peer.NewFrame(peer.Message, 1, 0, []byte("m"))
)

// DialUnchecked runs a dialer's handshake without checking the other's proof, so
// that a wrong key is found at the other end.
func DialUnchecked(s *peer.Socket, h peer.Hello, key []byte) error {
	mine := h.Bytes()
	if err := s.Write(peer.OpBinary, mine); err != nil {
		return err
	}
	theirs, err := s.ReadHandshake(peer.KindHello)
	if err != nil {
		return err
	}
	if _, err := s.ReadHandshake(peer.KindProof); err != nil {
		return err
	}
	if err := s.Write(peer.OpBinary, peer.Proof(key, "dialer", mine, theirs)); err != nil {
		return err
	}
	_, err = s.ReadHandshake(peer.KindWelcome)
	return err
}

func WantRejected(t *testing.T, err error, code, reason string) {
	t.Helper()
	var r *peer.Rejected
	if !errors.As(err, &r) || r.Code != code || !strings.Contains(r.Reason, reason) {
		t.Fatalf("got %v, want a reject with %s: %s", err, code, reason)
	}
}
