package grid

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// protocolText returns PROTOCOL.md.
func protocolText(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// protocolExamples returns the hex examples of PROTOCOL.md by name. In a line,
// what follows two spaces after a byte is a comment, unless it is indentation.
func protocolExamples(t testing.TB) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	for _, block := range regexp.MustCompile("(?s)```hex (\\S+)\n(.*?)```").FindAllStringSubmatch(protocolText(t), -1) {
		if out[block[1]] != nil {
			t.Fatalf("example %s is there twice", block[1])
		}
		var all []byte
		for line := range strings.Lines(block[2]) {
			code, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
			b, err := hex.DecodeString(strings.ReplaceAll(code, " ", ""))
			if err != nil {
				t.Fatalf("example %s: %v in %q", block[1], err, line)
			}
			all = append(all, b...)
		}
		out[block[1]] = all
	}
	return out
}

// goldenFrames are the frames of PROTOCOL.md: how to write each, and what it
// says when it is read.
var goldenFrames = []struct {
	name  string
	kind  wire.Kind
	write []byte
	read  func(body []byte) (any, error)
	want  any
}{
	{"call", wire.KindCall, goldenCall.Append(nil, wire.KindCall), readRequest(wire.KindCall), goldenCall},
	{"call-metadata", wire.KindCall, goldenMeta.Append(nil, wire.KindCall), readRequest(wire.KindCall), goldenMeta},
	{"call-large", wire.KindCall, goldenLarge.Append(nil, wire.KindCall), readRequest(wire.KindCall), goldenLarge},
	{"open", wire.KindOpen, goldenOpen.Append(nil, wire.KindOpen), readRequest(wire.KindOpen), goldenOpen},
	{"reply", wire.KindReply, goldenReply.Append(nil, wire.KindReply), readPayload(wire.KindReply), goldenReply},
	{"reply-large", wire.KindReply, goldenReplyLarge.Append(nil, wire.KindReply), readPayload(wire.KindReply), goldenReplyLarge},
	{"message", wire.KindMessage, goldenMessage.Append(nil, wire.KindMessage), readPayload(wire.KindMessage), goldenMessage},
	{"message-large", wire.KindMessage, goldenMessageLarge.Append(nil, wire.KindMessage), readPayload(wire.KindMessage), goldenMessageLarge},
	{"error", wire.KindError, wire.AppendError(nil, 65537, &goldenFailure), readFailure(wire.ParseError), idFailure{65537, &goldenFailure}},
	{"end", wire.KindEnd, wire.AppendEnd(nil, 1, nil), readFailure(wire.ParseEnd), idFailure{1, nil}},
	{"end-failed", wire.KindEnd, wire.AppendEnd(nil, 1, &goldenRefusal), readFailure(wire.ParseEnd), idFailure{1, &goldenRefusal}},
	{"reset", wire.KindReset, wire.AppendReset(nil, wire.TargetStream, 1, Canceled), readReset, idReset{wire.TargetStream, 1, Canceled}},
	{"credit-stream", wire.KindCredit, wire.CreditFrame{Target: wire.TargetStream, ID: 1, Messages: 8, Bytes: 4096}.Append(nil), readCredit, wire.CreditFrame{Target: wire.TargetStream, ID: 1, Messages: 8, Bytes: 4096}},
	{"credit-session", wire.KindCredit, wire.CreditFrame{Bytes: 131072}.Append(nil), readCredit, wire.CreditFrame{Bytes: 131072}},
	{"grant", wire.KindCredit, wire.CreditFrame{Target: wire.TargetGrant + wire.TargetCall, ID: 65537}.Append(nil), readCredit, wire.CreditFrame{Target: wire.TargetGrant + wire.TargetCall, ID: 65537}},
	{"chunk", wire.KindChunk, wire.AppendChunk(nil, wire.TargetCall, 65537, bufs.Encoded{Flat: []byte("abc")}, 0, 3), readChunk, idChunk{wire.TargetCall, 65537, "abc"}},
	{"ping", wire.KindPing, wire.AppendNumber(nil, wire.KindPing, 7), readNumber(wire.KindPing), uint64(7)},
	{"pong", wire.KindPong, wire.AppendNumber(nil, wire.KindPong, 7), readNumber(wire.KindPong), uint64(7)},
	{"goaway", wire.KindGoaway, wire.AppendFrame(nil, wire.KindGoaway, wire.AppendString(nil, "shutting down"), nil), nil, nil},
	{"shapes-ask", wire.KindShapes, wire.AppendFrame(nil, wire.KindShapes, binary.AppendUvarint([]byte{0}, 300), nil), nil, nil},
	{"routes", wire.KindRoutes, mux.AppendRoutes(nil, goldenHandlers), readRoutes, goldenRoutes},
}

var (
	goldenCall         = wire.RequestFrame{ID: 65537, Route: 3, Timeout: 250 * time.Millisecond, Payload: []byte("hi!")}
	goldenMeta         = wire.RequestFrame{ID: 65537, Route: 3, Meta: []byte("\x01\x01k\x01v"), Payload: []byte("hi")}
	goldenLarge        = wire.RequestFrame{ID: 65537, Route: 3, Large: true, Size: 73729, Payload: []byte{}}
	goldenOpen         = wire.RequestFrame{ID: 1, Route: 2, Credit: 16, Payload: []byte("pq")}
	goldenReply        = wire.PayloadFrame{ID: 65537, Payload: []byte("ok")}
	goldenReplyLarge   = wire.PayloadFrame{ID: 65537, Large: true, Size: 1 << 20, Payload: []byte{}}
	goldenMessage      = wire.PayloadFrame{ID: 1, Payload: []byte("abc")}
	goldenMessageLarge = wire.PayloadFrame{ID: 1, Large: true, Size: 128 << 10, Payload: []byte{}}
	goldenFailure      = wire.Failure{Outcome: Ran, Code: NotFound, Message: "gone", Detail: []byte{0xc0}}
	goldenRefusal      = wire.Failure{Outcome: Rejected, Code: Unavailable, Message: "no", Detail: []byte{}}
	goldenHandlers     = []*handlers.Handler{
		{ID: 1},
		{ID: 300, Route: 1, Subroute: "d/0", InCap: 4, OutCap: 16, Stream: (&StreamHandler{}).serve},
	}
	goldenRoutes = mux.RouteTable{
		{ID: 1, Subroute: ""}:      {Number: 0},
		{ID: 300, Subroute: "d/0"}: {Number: 1, Stream: true, InCap: 4, OutCap: 16},
	}
)

type (
	idFailure struct {
		id uint64
		w  *wire.Failure
	}
	idReset struct {
		t    wire.Target
		id   uint64
		code Code
	}
	idChunk struct {
		t     wire.Target
		id    uint64
		piece string
	}
)

func readRequest(kind wire.Kind) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return wire.ParseRequest(b, kind) }
}

func readPayload(kind wire.Kind) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return wire.ParsePayload(b, kind) }
}

func readNumber(kind wire.Kind) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return wire.ParseNumber(b, kind) }
}

func readFailure(parse func([]byte) (uint64, *wire.Failure, error)) func([]byte) (any, error) {
	return func(b []byte) (any, error) {
		id, w, err := parse(b)
		return idFailure{id, w}, err
	}
}

func readReset(b []byte) (any, error) {
	t, id, code, err := wire.ParseReset(b)
	return idReset{t, id, code}, err
}

func readCredit(b []byte) (any, error) { return wire.ParseCredit(b) }

func readChunk(b []byte) (any, error) {
	t, id, piece, err := wire.ParseChunk(b)
	return idChunk{t, id, string(piece)}, err
}

func readRoutes(b []byte) (any, error) {
	table := make(mux.RouteTable)
	return table, table.AddAll(b[1:])
}

func TestGoldenFrames(t *testing.T) {
	examples := protocolExamples(t)
	for _, g := range goldenFrames {
		t.Run(g.name, func(t *testing.T) {
			want := examples[g.name]
			if !bytes.Equal(g.write, want) {
				t.Fatalf("written % x\nPROTOCOL.md says % x", g.write, want)
			}
			kind, body, rest, err := wire.CutFrame(want)
			if err != nil || wire.Kind(kind) != g.kind || len(rest) != 0 {
				t.Fatalf("kind %d, rest % x, %v", kind, rest, err)
			}
			if g.read == nil {
				return
			}
			got, err := g.read(body)
			if err != nil || !reflect.DeepEqual(got, g.want) {
				t.Fatalf("read %+v, %v, want %+v", got, err, g.want)
			}
		})
	}
}

// TestGoldenFramesComplete proves that every kind of frame has an example.
func TestGoldenFramesComplete(t *testing.T) {
	seen := make(map[wire.Kind]bool)
	for _, g := range goldenFrames {
		seen[g.kind] = true
	}
	for kind := wire.KindCall; kind <= wire.KindShapes; kind++ {
		if !seen[kind] {
			t.Errorf("kind %d has no example", kind)
		}
	}
}

var goldenKey = []byte("0123456789abcdef")

func goldenHello(name, target string, first byte, attempt uint64) *handshake.Hello {
	h := &handshake.Hello{MinVersion: 1, MaxVersion: 1, Name: name, Target: target, Attempt: attempt,
		Scheme: "hmac-sha256", Checksums: "x-", Message: 32 << 20, Bulk: 512 << 10, Window: 64 << 10}
	for i := range h.Incarnation {
		h.Incarnation[i] = first + byte(i)
	}
	for i := range h.Nonce {
		h.Nonce[i] = 2*first + byte(i)
	}
	return h
}

func TestGoldenHello(t *testing.T) {
	examples := protocolExamples(t)
	for name, h := range map[string]*handshake.Hello{
		"hello-dialer":   goldenHello("alpha", "beta", 0, 7),
		"hello-acceptor": goldenHello("beta", "alpha", 16, 0),
	} {
		if got := h.Encode(); !bytes.Equal(got, examples[name]) {
			t.Errorf("%s: written % x\nPROTOCOL.md says % x", name, got, examples[name])
		}
		if got, err := handshake.ParseHello(examples[name]); err != nil || !reflect.DeepEqual(got, h) {
			t.Errorf("%s: read %+v, %v", name, got, err)
		}
	}
}

func TestGoldenProofs(t *testing.T) {
	examples := protocolExamples(t)
	said := handshake.Transcript(examples["hello-dialer"], examples["hello-acceptor"])
	auth := SharedKey(goldenKey)
	for _, role := range []Role{Dialer, Acceptor} {
		want := examples["proof-"+string(role)]
		info := AuthInfo{Role: role, Transcript: said}
		got, err := auth.Prove(info)
		if err != nil || !bytes.Equal(append([]byte{byte(handshake.HelloProof)}, got...), want) {
			t.Errorf("%s: % x, %v", role, got, err)
		}
		if err := auth.Verify(info, want[1:]); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	// PROTOCOL.md: "A proof that is wrong is rejected with `unauthenticated`."
	if err := auth.Verify(AuthInfo{Role: Dialer, Transcript: said}, examples["proof-acceptor"][1:]); err == nil {
		t.Error("a proof of the acceptor passes for one of the dialer")
	}
}

func TestGoldenWelcomeAndReject(t *testing.T) {
	examples := protocolExamples(t)
	if err := handshake.Expect(examples["welcome"], handshake.HelloWelcome); err != nil {
		t.Error(err)
	}
	r := handshake.Reject(Unauthenticated, "wrong key")
	if got := r.Encode(); !bytes.Equal(got, examples["reject"]) {
		t.Errorf("written % x", got)
	}
	got := handshake.ParseRejection(examples["reject"])
	if got.Code != r.Code || got.Reason != r.Reason || !got.Remote {
		t.Errorf("read %+v", got)
	}
}

// TestGoldenBatch seals and opens the batches of PROTOCOL.md. The mask of the
// example is the first of this generator.
func TestGoldenBatch(t *testing.T) {
	examples := protocolExamples(t)
	ping := examples["ping"]
	batch := binary.LittleEndian.AppendUint64(make([]byte, websocket.HeaderMax), xxh3.Hash(ping))
	batch = append(batch, ping...)
	for name, w := range map[string]*websocket.Writer{
		"batch-acceptor": {},
		"batch-dialer":   {Dialer: true, Masks: rand.NewChaCha8([32]byte{})},
	} {
		if got := w.Seal(bytes.Clone(batch), 2); !bytes.Equal(got, examples[name]) {
			t.Errorf("%s: written % x\nPROTOCOL.md says % x", name, got, examples[name])
		}
		r := websocket.NewReader(nil, !w.Dialer, &bufs.Pool{}, wire.MaxBatch, examples[name])
		_, payload, err := r.Next()
		if err != nil || !bytes.Equal(payload, batch[websocket.HeaderMax:]) {
			t.Errorf("%s: read % x, %v", name, payload, err)
		}
	}
}

// TestGoldenDials proves the table of who dials.
func TestGoldenDials(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| (\w+) \| (\w+) \| ([0-9a-f]{16}) \| (\w+) \|$`).FindAllStringSubmatch(protocolText(t), -1)
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		low, high, sum, dialer := r[1], r[2], r[3], r[4]
		var want [8]byte
		binary.BigEndian.PutUint64(want[:], xxh3.HashString(low+"\x00"+high))
		if hex.EncodeToString(want[:]) != sum {
			t.Errorf("%s, %s: hash %x", low, high, want)
		}
		for me, peer := range map[string]string{low: high, high: low} {
			if got := handshake.Dials(me, peer); got != (me == dialer) {
				t.Errorf("dials(%s, %s) = %v", me, peer, got)
			}
		}
	}
}
