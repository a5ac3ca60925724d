package protocol_test

import (
	"bytes"
	"net"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// protocolFault is something that a peer must not do in a session.
type protocolFault struct {
	name   string
	do     func(s *peer.Session) []byte // returns what is written to the socket
	reason string
}

// batchOf makes one good batch of bad frames.
func batchOf(f ...[]byte) func(*peer.Session) []byte {
	return func(s *peer.Session) []byte { return s.Message(peer.OpBinary, s.Batch(f...)) }
}

// wsMessage makes one WebSocket message.
func wsMessage(op byte, payload []byte) func(*peer.Session) []byte {
	return func(s *peer.Session) []byte { return s.Message(op, payload) }
}

func wsHeader(h peer.Header) func(*peer.Session) []byte {
	return func(*peer.Session) []byte { return append(h.Bytes(), make([]byte, h.Length)...) }
}

var faultsOfSockets = []protocolFault{
	// PROTOCOL.md: "A text message closes the session."
	{"text", wsMessage(peer.OpText, []byte("hello")), "a text message"},
	// PROTOCOL.md: "A message that begins before the last fragment of another closes the session, as does a fragment of none."
	{"message between fragments", func(s *peer.Session) []byte {
		return append(s.Fragment(peer.OpBinary, make([]byte, 3)), s.Message(peer.OpBinary, s.Batch())...)
	}, "non-continuation"},
	{"continuation", wsHeader(peer.Header{First: 0x80, Masked: true, Length: 3}), "websocket"},
	// PROTOCOL.md: "A message of more than 128 fragments closes the session."
	{"fragments", func(s *peer.Session) []byte {
		return append(s.Fragment(peer.OpBinary, nil), bytes.Repeat(s.Fragment(peer.OpContinuation, nil), 128)...)
	}, "more than 128 fragments"},
	// PROTOCOL.md: "The bytes of all fragments together count as the message."
	{"oversize in fragments", func(s *peer.Session) []byte {
		return append(s.Fragment(peer.OpBinary, make([]byte, 153)), peer.Header{Masked: true, Length: 262000}.Bytes()...)
	}, "at most 262152 are allowed"},
	// PROTOCOL.md: "A frame with a reserved bit or a reserved opcode closes the session."
	{"reserved bit", wsHeader(peer.Header{First: 0xc0 | peer.OpBinary, Masked: true, Length: 3}), "websocket"},
	{"reserved opcode", wsHeader(peer.Header{First: 0x83, Masked: true}), "websocket"},
	// PROTOCOL.md: "A frame that is masked where it should not be, or not masked where it should, closes the session."
	{"unmasked", wsHeader(peer.Header{First: 0x80 | peer.OpBinary, Length: 3}), "websocket"},
	// PROTOCOL.md: "A message of more than 262,152 bytes closes the session; during the handshake the most is 4,096 bytes."
	{"oversize", func(*peer.Session) []byte {
		return peer.Header{First: 0x80 | peer.OpBinary, Masked: true, Length: 262153}.Bytes()
	}, "at most 262152 are allowed"},
	{"endless length", func(*peer.Session) []byte {
		return []byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	}, "top bit"},
	// PROTOCOL.md: "A batch whose checksum is wrong or missing closes the session."
	{"wrong checksum", wsMessage(peer.OpBinary, append(make([]byte, 8), trial.CallFrame(1, trial.RouteEcho)...)), "the checksum of a batch is wrong"},
	{"no checksum", wsMessage(peer.OpBinary, []byte{1, 2, 3}), "a batch without its checksum"},
}

var faultsOfFrames = []protocolFault{
	// PROTOCOL.md: "A frame of an unknown kind without the ignorable bit closes the session."
	{"unknown kind", batchOf(peer.NewFrame(99)), "unknown kind 99"},
	{"kind 0", batchOf(peer.NewFrame(0)), "unknown kind 0"},
	// PROTOCOL.md: "A frame whose length goes past the end of its batch closes the session."
	{"long length", batchOf([]byte{peer.Ping, 2, 7}), "past the end of the batch"},
	{"only a kind", batchOf([]byte{peer.Ping}), "no frame"},
	// PROTOCOL.md: "A varint of more than 64 bits is malformed; one that is longer than it needs to be is accepted."
	{"endless varint", batchOf(peer.NewFrame(peer.Ping, trial.TooLongVarint)), "cut short"},
	{"length of more than 64 bits", batchOf(peer.Join([]byte{peer.Ping}, trial.TooLongVarint)), "past the end of the batch"},
	// PROTOCOL.md: "A frame whose body is malformed closes the session."
	{"empty call", batchOf(peer.NewFrame(peer.Call)), "kind 1 is cut short"},
	{"empty reply", batchOf(peer.NewFrame(peer.Reply)), "kind 2 is cut short"},
	{"error without failure", batchOf(peer.NewFrame(peer.Error, 1)), "kind 3 is cut short"},
	{"empty open", batchOf(peer.NewFrame(peer.Open)), "kind 4 is cut short"},
	{"empty message", batchOf(peer.NewFrame(peer.Message)), "kind 5 is cut short"},
	{"empty end", batchOf(peer.NewFrame(peer.End)), "kind 6 is cut short"},
	{"reset without code", batchOf(peer.NewFrame(peer.Reset, 1, 1)), "kind 7 is cut short"},
	{"short credit", batchOf(peer.NewFrame(peer.Credit, 0, 0, 0)), "kind 8 is cut short"},
	{"empty chunk", batchOf(peer.NewFrame(peer.Chunk)), "kind 9 is cut short"},
	{"empty pong", batchOf(peer.NewFrame(peer.Pong)), "kind 11 is cut short"},
	{"empty routes", batchOf(peer.NewFrame(peer.Routes)), "kind 13 is cut short"},
	{"empty shapes", batchOf(peer.NewFrame(peer.Shapes)), "impossible shapes"},
	// PROTOCOL.md: "A handler id outside of 1 to 65,535 in a shapes frame closes the session."
	{"shape of handler 0", batchOf(peer.NewFrame(peer.Shapes, 0, 0)), "impossible shapes"},
	// PROTOCOL.md: "A shape that was not asked for, is of more than 1 MiB or cannot be read closes the session."
	{"unasked shape", batchOf(peer.NewFrame(peer.Shapes, 2, 1)), "nobody asked"},
	// PROTOCOL.md: "Metadata that is malformed closes the session."
	{"trailer of nothing", batchOf(peer.NewFrame(peer.Trailer)), "malformed"},
	{"trailer of a reply", batchOf(peer.NewFrame(peer.Trailer, 2, 1, 0)), "unknown target"},
	{"trailer with impossible metadata", batchOf(peer.NewFrame(peer.Trailer|peer.Ignorable, 1, 65536, "\x05\x01a")), "impossible metadata"},
	{"trailer with too much metadata", batchOf(peer.NewFrame(peer.Trailer|peer.Ignorable, 1, 65536, 1, "k", string(make([]byte, 8<<10)))), "impossible metadata"},
	{"metadata", batchOf(peer.NewFrame(peer.Call, 1, trial.RouteEcho, 0, 2, "\x05\x01a")), "impossible metadata"},
	// PROTOCOL.md: "A failure with another outcome closes the session."
	{"outcome 5", batchOf(peer.NewFrame(peer.Error, 1, 5, "internal", "x")), "kind 3 is cut short"},
	{"outcome 258 is not 2", batchOf(peer.NewFrame(peer.Error, 1, 258, "internal", "x")), "kind 3 is cut short"},
	// PROTOCOL.md: "A reset of target 2 closes the session, as does any other target than 1 and 3."
	{"reset of a reply", batchOf(peer.NewFrame(peer.Reset, 2, 1, "canceled")), "reset of unknown target 2"},
	{"target 257 is not 1", batchOf(peer.NewFrame(peer.Reset, 257, 1, "canceled")), "kind 7 is cut short"},
	{"credit of target 8", batchOf(peer.NewFrame(peer.Credit, 8, 1, 1, 1)), "credit for unknown target 8"},
	// PROTOCOL.md: "An entry that is outside of these bounds closes the session."
	{"handler id 0", batchOf(peer.NewFrame(peer.Routes, 0, peer.Route(0, 0, "", 0, 0, 0))), "impossible route"},
	{"handler id 65536", batchOf(peer.NewFrame(peer.Routes, 0, peer.Route(0, 65536, "", 0, 0, 0))), "impossible route"},
	{"capacity 65536", batchOf(peer.NewFrame(peer.Routes, 0, peer.Route(0, 1, "", 1, 65536, 0))), "impossible route"},
	{"long subroute", batchOf(peer.NewFrame(peer.Routes, 0, peer.Route(0, 1, strings.Repeat("x", 4097), 0, 0, 0))), "impossible route"},
}

var faultsOfStreams = []protocolFault{
	// PROTOCOL.md: "A call with the id of one that is still running closes the session."
	{"call id in use", batchOf(trial.CallFrame(7, trial.RouteBlock), trial.CallFrame(7, trial.RouteBlock)), "call id 7 is in use"},
	// PROTOCOL.md: "An open with an id of the wrong parity, or one that is not larger than the last, closes the session."
	{"parity", batchOf(peer.NewFrame(peer.Open, 2, trial.RouteStream, 0, 4, 0)), "stream id 2 is impossible"},
	{"id again", batchOf(trial.OpenEcho, trial.OpenEcho), "stream id 1 is impossible"},
	{"smaller id", batchOf(peer.NewFrame(peer.Open, 5, trial.RouteStream, 0, 4, 0), peer.NewFrame(peer.Open, 3, trial.RouteStream, 0, 4, 0)), "stream id 3 is impossible"},
	{"id 0", batchOf(peer.NewFrame(peer.Open, 0, trial.RouteStream, 0, 4, 0)), "stream id 0 is impossible"},
	// PROTOCOL.md: "A message, an end or a credit for a stream that was never opened closes the session."
	{"message for nothing", batchOf(peer.NewFrame(peer.Message, 9, 0)), "stream id 9 is impossible"},
	{"end for nothing", batchOf(peer.NewFrame(peer.End, 2, 0)), "stream id 2 is impossible"},
	{"credit for nothing", batchOf(peer.NewFrame(peer.Credit, 3, 9, 1, 1)), "stream id 9 is impossible"},
	// PROTOCOL.md: "An end with a failure from the client closes the session."
	{"client fails", batchOf(trial.OpenHold, peer.NewFrame(peer.End, 1, 1, 4, "internal", "")), "stream id 1 is impossible"},
	// PROTOCOL.md: "A message after the end of its direction closes the session."
	{"message after end", batchOf(trial.OpenHold, peer.NewFrame(peer.End, 1, 0), trial.StreamMessage), "after the end of its stream"},
	// PROTOCOL.md: "A message without credit closes the session."
	{"no credit", batchOf(trial.OpenLarge, bytes.Repeat(trial.StreamMessage, 17)), "more messages than there was credit for"},
	// PROTOCOL.md: "Credit of more than 65,535 messages or 2⁴⁰ bytes closes the session, as does credit that brings a sender above 131,070 messages or 2⁴⁰ bytes."
	{"credit of 65536", batchOf(trial.OpenHold, peer.NewFrame(peer.Credit, 3, 1, 65536, 0)), "impossible credit"},
	{"credit of 2^40 bytes", batchOf(trial.OpenHold, peer.NewFrame(peer.Credit, 3, 1, 0, uint64(1<<40+1))), "impossible credit"},
	{"credit in all", batchOf(trial.OpenHold, bytes.Repeat(peer.NewFrame(peer.Credit, 3, 1, 65535, 0), 2)), "impossible credit"},
	// PROTOCOL.md: "A message for a window that is not above zero closes the session."
	{"closed window", batchOf(trial.OpenLarge, peer.NewFrame(peer.Message, 1, 0, make([]byte, 65536)), trial.StreamMessage), "closed window"},
}

var faultsOfLargeMessages = []protocolFault{
	// PROTOCOL.md: "A size of at most 73,728 closes the session."
	{"small large", batchOf(peer.NewFrame(peer.Call, 1, trial.RouteEcho, 0, 1, 73728)), "announced as large"},
	{"size and payload", batchOf(peer.NewFrame(peer.Call, 1, trial.RouteEcho, 0, 1, 73729, []byte("x"))), "its size alone"},
	// PROTOCOL.md: "A second large message with the same target and id closes the session."
	{"second", batchOf(trial.OpenHold, bytes.Repeat(peer.NewFrame(peer.Message, 1, 1, 73729), 2)), "closed window"},
	{"second in the payload", batchOf(trial.OpenLarge, peer.NewFrame(peer.Message, 1, 1, 73729)), "second large message"},
	// PROTOCOL.md: "A chunk that goes past the size closes the session, as does an empty one, or one that comes before the grant."
	{"too much", batchOf(trial.LargeCall, peer.NewFrame(peer.Chunk, 1, 1, make([]byte, 73728)), peer.NewFrame(peer.Chunk, 1, 1, make([]byte, 2))), "do not fit"},
	{"empty piece", batchOf(trial.LargeCall, peer.NewFrame(peer.Chunk, 1, 1)), "do not fit"},
	// PROTOCOL.md: "Credit that brings the window above 64 MiB closes the session."
	{"bulk credit", batchOf(peer.NewFrame(peer.Credit, 0, 0, 0, 64<<20)), "impossible credit for chunks"},
}

var faults = map[string][]protocolFault{
	"socket": faultsOfSockets, "frame": faultsOfFrames, "stream": faultsOfStreams, "large": faultsOfLargeMessages,
}

// prove commits a fault, twice: the session is closed with its reason and code 1002,
// and the peer may come back.
func (f *protocolFault) prove(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
	t.Helper()
	for range 2 {
		words := []string{"grid: disconnected", "probe", "the peer broke the protocol", f.reason}
		before := len(x.Log.Lines(words...))
		s := x.SessionOn(t, dial(), peer.NewHello("probe", "target"))
		if _, err := s.Conn.Write(f.do(s)); err != nil {
			t.Fatal(err)
		}
		if c := trial.SessionGone(t, s); c != nil && (c.Code != 1002 || !strings.Contains(c.Reason, "broke the protocol")) {
			t.Errorf("close frame %d %q", c.Code, c.Reason)
		}
		if n := x.Log.AwaitMore(t, before, words...); n != before+1 {
			t.Errorf("%d log lines for one lost session", n-before)
		}
	}
}

// TestFaultsCloseTheSession proves for each fault that the session is closed, and
// that another session goes on as if nothing had been.
func TestFaultsCloseTheSession(t *testing.T) {
	for group, list := range faults {
		for _, f := range list {
			t.Run(group+"/"+f.name, func(t *testing.T) { trial.UnderAttackBy(t, nil, f.prove) })
		}
	}
}

// PROTOCOL.md: "Chunks that go past the window close the session."
func TestChunksPastTheWindow(t *testing.T) {
	trial.UnderAttack(t, func(o *grid.Options) { o.Limits.BulkWindow = 64 << 10 }, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		if got := s.Theirs[peer.TagBulk]; !bytes.Equal(got, peer.Uvarint(64<<10)) {
			t.Errorf("bulk of the hello: % x", got)
		}
		trial.SendFrames(t, s, peer.NewFrame(peer.Chunk, 1, 1, make([]byte, 73729)))
		trial.SessionGone(t, s)
		a.Log.Await(t, "more chunks than there was credit for")
	})
}

// PROTOCOL.md: "All entries that an end announces in a session are at most 1 MiB together; more close the session."
func TestEndlessRoutes(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		for i := range 17 {
			entry := peer.Route(i, i+1, strings.Repeat("x", 4000), 0, 0, 0)
			if err := s.Send(peer.NewFrame(peer.Routes, 0, bytes.Repeat(entry, 16))); err != nil {
				break // closed already
			}
		}
		trial.SessionGone(t, s)
		a.Log.Await(t, "bytes of routes")
	})
}

// PROTOCOL.md: "A close frame ends the session."
func TestCloseFrame(t *testing.T) {
	x := trial.StartTarget(t, nil)
	s := x.Session(t, "probe")
	if err := s.Write(peer.OpClose, []byte("\x03\xe8bye")); err != nil {
		t.Fatal(err)
	}
	trial.SessionGone(t, s)
	x.Log.Await(t, "disconnected", "the peer closed the connection: 1000", "bye")
}
