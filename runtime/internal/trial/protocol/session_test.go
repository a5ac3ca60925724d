package protocol_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// TestHarmlessFrames sends what means nothing, and proves that the session goes
// on: a call after all of it is answered.
func TestHarmlessFrames(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	ended := peer.NewFrame(peer.Open, 1, trial.RouteStream, 0, 4, 0)
	trial.SendFrames(t, s, ended, peer.NewFrame(peer.End, 1, 0))
	trial.ExpectFrame(t, s, peer.End)
	for x.Connection("probe").Stats().StreamsOpen > 0 {
		time.Sleep(time.Millisecond) // its handler has said its last word, and goes
	}
	for i, harmless := range [][]byte{
		{}, // an empty batch
		// PROTOCOL.md: "A frame of an unknown kind with the ignorable bit is skipped."
		peer.NewFrame(99|peer.Ignorable, []byte("from the future")),
		peer.NewFrame(0 | peer.Ignorable),
		// PROTOCOL.md: "A message, an end or a credit for a stream that is over is ignored."
		peer.NewFrame(peer.Message, 1, 0, []byte("late")),
		peer.NewFrame(peer.End, 1, 0),
		peer.NewFrame(peer.Credit, 3, 1, 1, 1),
		// PROTOCOL.md: "A reset or a grant for anything that is not there is ignored."
		peer.NewFrame(peer.Reset, 1, 77, "canceled"),
		peer.NewFrame(peer.Reset, 3, 77, "canceled"),
		peer.NewFrame(peer.Credit, 5, 77, 0, 0),
		peer.NewFrame(peer.Credit, 6, 77, 0, 0),
		peer.NewFrame(peer.Credit, 7, 77, 0, 0),
		// PROTOCOL.md: "A reply or an error for a call that is not in flight is ignored; but a large reply that nobody waits for is answered by a reset of the call."
		peer.NewFrame(peer.Reply, 65536, 0, []byte("nobody asked")),
		peer.NewFrame(peer.Error, 65536, 4, "internal", "nobody asked"),
		// PROTOCOL.md: "A chunk that belongs to no announced message is dropped: its receiver gave the message up while it was on its way."
		peer.NewFrame(peer.Chunk, 1, 77, []byte("late")),
		// PROTOCOL.md: "A trailer for a call or stream that is not there is ignored."
		peer.NewFrame(peer.Trailer|peer.Ignorable, 1, 65536, 1, "k", "v"),
		peer.NewFrame(peer.Trailer|peer.Ignorable, 3, 1, 1, "k", "v"),
		peer.NewFrame(peer.Trailer|peer.Ignorable, 3, 77, 0),
		// PROTOCOL.md: "Where a body has no *rest* field, bytes after its last field are ignored, so that a frame can grow."
		peer.NewFrame(peer.Ping, 7, []byte("and more")),
		peer.NewFrame(peer.Pong, 7),
		peer.Join([]byte{peer.Ping, 0x82, 0x00}, []byte{0x87, 0x00}), // longer varints than needed
	} {
		trial.SendFrames(t, s, harmless)
		trial.SessionAlive(t, s, 100+i)
	}
}

// PROTOCOL.md: "On a known kind the bit means nothing."
func TestIgnorableBitOnKnownKind(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	trial.SendFrames(t, s, peer.NewFrame(peer.Ping|peer.Ignorable, 42))
	if f := trial.ExpectFrame(t, s, peer.Pong); f.Uvarint() != 42 {
		t.Error("pong with another number")
	}
}

// PROTOCOL.md: "A WebSocket ping is answered by a pong; of several pings that wait for an answer only the last is answered."
func TestWebSocketPing(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	if err := s.Write(peer.OpPing, []byte("are you there")); err != nil {
		t.Fatal(err)
	}
	if f := trial.ExpectFrame(t, s, 0); string(f.Body) != "are you there" {
		t.Errorf("pong of %q", f.Body)
	}
}

// PROTOCOL.md: "a large reply that nobody waits for is answered by a reset of the call."
func TestLateLargeReply(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	trial.SendFrames(t, s, peer.NewFrame(peer.Reply, 65536, 1, 1<<20))
	f := trial.ExpectFrame(t, s, peer.Reset)
	if target, id, code := f.Uvarint(), f.Uvarint(), f.String(); target != 1 || id != 65536 || code != "canceled" {
		t.Errorf("reset of %d %d %s", target, id, code)
	}
}

// TestUnwantedLargeReplies resets calls before and after their large replies are
// announced, instead of granting them: the node lets go of the replies, or its
// shutdown would wait for them.
func TestUnwantedLargeReplies(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBulk), trial.CallFrame(2, trial.RouteStuck), peer.NewFrame(peer.Reset, 1, 2, "canceled"))
	for range 2 {
		f := trial.ExpectFrame(t, s, peer.Reply)
		trial.SendFrames(t, s, peer.NewFrame(peer.Reset, 1, f.Uvarint(), "canceled"))
		x.Free()
	}
	trial.SessionAlive(t, s, 3)
	ctx, cancel := context.WithTimeout(context.Background(), trial.ProbePatience)
	defer cancel()
	down := make(chan error, 1)
	go func() { down <- x.Shutdown(ctx) }()
	trial.SendFrames(t, s, peer.NewFrame(peer.Pong, trial.ExpectFrame(t, s, peer.Ping).Uvarint()))
	trial.SessionGone(t, s)
	s.Conn.Close()
	if err := <-down; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// TestRefusals proves what a request that cannot be served is answered.
func TestRefusals(t *testing.T) {
	x := trial.StartTarget(t, func(o *grid.Options) { o.Limits.RunningCalls = 1 })
	s := x.Session(t, "probe")
	// PROTOCOL.md: "A call whose route is unknown, whose handler is a stream, or that comes when too much is running is answered by an error with outcome 2."
	// PROTOCOL.md: "An open that is refused is answered by an end with a failure of outcome 2 and the same codes as for calls."
	for i, c := range []struct {
		frame  []byte
		answer byte
		want   string
	}{
		{trial.CallFrame(1, 99), peer.Error, "2 unknown_handler"},
		{trial.CallFrame(2, trial.RouteStream), peer.Error, "2 incompatible"},
		{peer.NewFrame(peer.Call, 3, trial.RouteEcho, 0, 1, 32<<20+1), peer.Error, "2 too_large"},
		{append(trial.CallFrame(4, trial.RouteBlock), trial.CallFrame(5, trial.RouteEcho)...), peer.Error, "2 resource_exhausted"},
		{peer.NewFrame(peer.Open, 1, 99, 0, 4, 0), peer.End, "2 unknown_handler"},
		{peer.NewFrame(peer.Open, 3, trial.RouteEcho, 0, 4, 0), peer.End, "2 incompatible"},
		{peer.NewFrame(peer.Open, 5, trial.RouteStream, 0, 4, 1, 32<<20+1), peer.End, "2 too_large"},
	} {
		trial.SendFrames(t, s, c.frame)
		f := trial.ExpectFrame(t, s, c.answer)
		f.Uvarint()
		if c.answer == peer.End && f.Uvarint() != 1 {
			t.Error(i, "status is not failure")
		}
		if got := trial.FailureOf(f); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
}

// P3: a stream that is ended because a message of its client cannot be taken has a
// handler that runs, and what that returns is told to nobody: its client is not told
// that the handler said so.
func TestP3AMessageThatCannotBeTakenDoesNotSpeakForTheHandler(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, peer.NewFrame(peer.Open, 1, trial.RouteStream, 0, 4, 0), peer.NewFrame(peer.Message, 1, 1, 32<<20+1))
	f := trial.ExpectFrame(t, s, peer.End)
	if id, status, got := f.Uvarint(), f.Uvarint(), trial.FailureOf(f); id != 1 || status != 1 || got != "3 too_large" {
		t.Errorf("stream %d ends with status %d, %q", id, status, got)
	}
	trial.SessionAlive(t, s, 1)
}

// PROTOCOL.md: "A client gives up with a reset of target 1. The handler is canceled, and its slot is free when it has returned; its answer may still come."
func TestResetCancelsCall(t *testing.T) {
	x := trial.StartTarget(t, func(o *grid.Options) { o.Limits.RunningCalls = 1 })
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBlock), peer.NewFrame(peer.Reset, 1, 1, "canceled"))
	f := trial.ExpectFrame(t, s, peer.Error)
	if id, got := f.Uvarint(), trial.FailureOf(f); id != 1 || got != "4 canceled" {
		t.Errorf("call %d ends with %q", id, got)
	}
}

// PROTOCOL.md: "A client gives up with a reset of target 3. The server stops sending at once, cancels the handler, and sends no end."
func TestResetEndsStream(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	trial.SendFrames(t, s, trial.OpenHold, peer.NewFrame(peer.Reset, 3, 1, "canceled"))
	trial.SendFrames(t, s, peer.NewFrame(peer.Open, 3, trial.RouteStream, 0, 4, 0), peer.NewFrame(peer.End, 3, 0))
	if f := trial.ExpectFrame(t, s, peer.End); f.Uvarint() != 3 {
		t.Error("an end for the stream that was reset")
	}
}

// PROTOCOL.md: "A sender needs one message credit for each message. At the start the client has the in capacity of the route, the server the credit of the open (at most 65,535 count)."
func TestCreditOfServer(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	one := peer.NewFrame(peer.Message, 1, 0, []byte("m"))
	trial.SendFrames(t, s, peer.NewFrame(peer.Open, 1, trial.RouteStream, 0, 2, 0), one, one, one)
	trial.ExpectFrame(t, s, peer.Message)
	trial.ExpectFrame(t, s, peer.Message)
	trial.SendFrames(t, s, peer.NewFrame(peer.Ping, 1))
	for f := expectAny(t, s); f.Kind != peer.Pong; f = expectAny(t, s) {
		if f.Kind == peer.Message {
			t.Fatal("a third message with credit for two")
		}
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Credit, 3, 1, 1, 0))
	trial.ExpectFrame(t, s, peer.Message)
}

func expectAny(t *testing.T, s *peer.Session) *peer.Frame {
	t.Helper()
	f, err := s.Next()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// PROTOCOL.md: "A payload of more than 73,728 bytes is *large*: the frame that would carry it carries its size instead, and the bytes follow in chunks once the receiver grants it."
func TestLargeMessages(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	body := bytes.Repeat([]byte("0123456789"), 9000)
	trial.SendFrames(t, s, peer.NewFrame(peer.Call, 1, trial.RouteEcho, 0, 1, len(body)))
	grant := trial.ExpectFrame(t, s, peer.Credit)
	if target, id := grant.Uvarint(), grant.Uvarint(); target != 5 || id != 1 {
		t.Fatalf("credit of target %d, id %d", target, id)
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Chunk, 1, 1, body[:30000]), trial.CallFrame(2, trial.RouteBlock), peer.NewFrame(peer.Chunk, 1, 1, body[30000:]))
	reply := trial.ExpectFrame(t, s, peer.Reply)
	if id, flags, size := reply.Uvarint(), reply.Uvarint(), reply.Uvarint(); id != 1 || flags != 1 || size != uint64(len(body)) {
		t.Fatalf("reply %d, flags %d, size %d", id, flags, size)
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Credit, 6, 1, 0, 0))
	var got []byte
	for len(got) < len(body) {
		f := trial.ExpectFrame(t, s, peer.Chunk)
		if target, id := f.Uvarint(), f.Uvarint(); target != 2 || id != 1 || len(f.Body) > 65536 {
			t.Fatalf("chunk of target %d, id %d, %d bytes", target, id, len(f.Body))
		}
		got = append(got, f.Body...)
	}
	if !bytes.Equal(got, body) {
		t.Error("another body came back")
	}
}

// PROTOCOL.md: "An end that received goaway begins no call and no stream."
func TestGoawayReceived(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 9, "", 0, 0, 0)), peer.NewFrame(peer.Goaway, "enough"))
	trial.SessionAlive(t, s, 1)
	_, err := x.Connection("probe").Request(t.Context(), 9, nil)
	if !errors.Is(err, grid.ErrUnavailable) || grid.OutcomeOf(err) != grid.NotSent {
		t.Errorf("got %v", err)
	}
}

// PROTOCOL.md: "An end that sent goaway refuses calls and opens that come after it with `unavailable` and outcome 2, and finishes what runs."
func TestGoawaySent(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBlock))
	trial.SessionAlive(t, s, 2)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- x.Shutdown(ctx) }()
	trial.ExpectFrame(t, s, peer.Goaway)
	trial.SendFrames(t, s, trial.CallFrame(3, trial.RouteEcho))
	f := trial.ExpectFrame(t, s, peer.Error)
	if id, got := f.Uvarint(), trial.FailureOf(f); id != 3 || got != "2 unavailable" {
		t.Errorf("call %d is answered %q", id, got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if c := trial.SessionGone(t, s); c != nil && c.Code != 1000 {
		t.Errorf("closed with %d", c.Code)
	}
}

// PROTOCOL.md: "are at most 1,024 in waiting; past that the session is closed."
func TestControlQueueIsBounded(t *testing.T) { trial.UnderAttackBy(t, nil, neverRead) }

// neverRead makes calls that are refused, and reads nothing of it.
func neverRead(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
	s := x.SessionOn(t, dial(), peer.NewHello("probe", "target"))
	if tcp, ok := s.Conn.(*net.TCPConn); ok {
		tcp.SetReadBuffer(64 << 10) // no less than was offered: what comes for more than there is, a kernel drops
	}
	var calls []byte
	for i := range 500 {
		calls = append(calls, trial.CallFrame(1000+i, 99)...)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for s.Send(calls) == nil {
		}
	}()
	x.Log.Await(t, "answers are waiting for a peer that does not read")
	s.Conn.Close()
	<-sent
}

// PROTOCOL.md: "An end that has heard nothing for 10 s sends a ping frame; a ping is answered by a pong with the same number."
// PROTOCOL.md: "An end that hears nothing for 10 s after its ping closes the session with code 1001."
func TestLiveness(t *testing.T) {
	inNetwork(t, func(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
		s, err := peer.Dial(dial(), peer.NewHello("probe", "target"), trial.TestKey)
		if err != nil {
			t.Fatal(err)
		}
		trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
		began := time.Now()
		for range 3 {
			f := trial.ExpectFrame(t, s, peer.Ping)
			if silent := time.Since(began); silent < 10*time.Second || silent > 13*time.Second {
				t.Errorf("ping after %v", silent)
			}
			trial.SendFrames(t, s, peer.NewFrame(peer.Pong, f.Uvarint()))
			began = time.Now()
		}
		if c := trial.SessionGone(t, s); c == nil || c.Code != 1001 || !strings.Contains(c.Reason, "no sign of life") {
			t.Errorf("closed with %v", c)
		}
		if silent := time.Since(began); silent < 20*time.Second || silent > 25*time.Second {
			t.Errorf("closed after %v", silent)
		}
		s.Conn.Close()
	})
}
