package mux_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
	"github.com/zeebo/xxh3"
)

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
	{"reset", wire.KindReset, wire.AppendReset(nil, wire.TargetStream, 1, status.Canceled), readReset, idReset{wire.TargetStream, 1, status.Canceled}},
	{"credit-stream", wire.KindCredit, wire.CreditFrame{Target: wire.TargetStream, ID: 1, Messages: 8, Bytes: 4096}.Append(nil), readCredit, wire.CreditFrame{Target: wire.TargetStream, ID: 1, Messages: 8, Bytes: 4096}},
	{"credit-session", wire.KindCredit, wire.CreditFrame{Bytes: 131072}.Append(nil), readCredit, wire.CreditFrame{Bytes: 131072}},
	{"grant", wire.KindCredit, wire.CreditFrame{Target: wire.TargetGrant + wire.TargetCall, ID: 65537}.Append(nil), readCredit, wire.CreditFrame{Target: wire.TargetGrant + wire.TargetCall, ID: 65537}},
	{"chunk", wire.KindChunk, wire.AppendChunk(nil, wire.TargetCall, 65537, bufs.Encoded{Flat: []byte("abc")}, 0, 3), readChunk, idChunk{wire.TargetCall, 65537, "abc"}},
	{"ping", wire.KindPing, wire.AppendNumber(nil, wire.KindPing, 7), readNumber(wire.KindPing), uint64(7)},
	{"pong", wire.KindPong, wire.AppendNumber(nil, wire.KindPong, 7), readNumber(wire.KindPong), uint64(7)},
	{"goaway", wire.KindGoaway, wire.AppendFrame(nil, wire.KindGoaway, wire.AppendString(nil, "shutting down"), nil), nil, nil},
	{"shapes-ask", wire.KindShapes, wire.AppendFrame(nil, wire.KindShapes, binary.AppendUvarint([]byte{0}, 300), nil), nil, nil},
	{"trailer", wire.KindTrailer, wire.AppendTrailer(nil, wire.TargetCall, 65537, []byte("\x01\x01k\x01v")), readTrailer, idChunk{wire.TargetCall, 65537, "\x01\x01k\x01v"}},
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
	goldenFailure      = wire.Failure{Outcome: status.Ran, Code: status.NotFound, Message: "gone", Detail: []byte{0xc0}}
	goldenRefusal      = wire.Failure{Outcome: status.Rejected, Code: status.Unavailable, Message: "no", Detail: []byte{}}
	goldenHandlers     = []*handlers.Handler{
		{ID: 1},
		{ID: 300, Route: 1, Subroute: "d/0", InCap: 4, OutCap: 16, Stream: func(context.Context, []byte, any) error { return nil }},
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
		code status.Code
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

func readTrailer(b []byte) (any, error) {
	t, id, meta, err := wire.ParseTrailer(b)
	if err == nil {
		_, err = handlers.ParseMetadata(meta)
	}
	return idChunk{t, id, string(meta)}, err
}

func readChunk(b []byte) (any, error) {
	t, id, piece, err := wire.ParseChunk(b)
	return idChunk{t, id, string(piece)}, err
}

func readRoutes(b []byte) (any, error) {
	table := make(mux.RouteTable)
	return table, table.AddAll(b[1:])
}

func TestGoldenFrames(t *testing.T) {
	examples := trial.ProtocolExamples(t)
	for _, g := range goldenFrames {
		t.Run(g.name, func(t *testing.T) {
			want := examples[g.name]
			if !bytes.Equal(g.write, want) {
				t.Fatalf("written % x\nPROTOCOL.md says % x", g.write, want)
			}
			kind, body, rest, err := wire.CutFrame(want)
			if err != nil || wire.Kind(kind&^wire.Ignorable) != g.kind || len(rest) != 0 {
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
	for kind := wire.KindCall; kind <= wire.KindTrailer; kind++ {
		if !seen[kind] {
			t.Errorf("kind %d has no example", kind)
		}
	}
}

// TestGoldenBatch seals and opens the batches of PROTOCOL.md. The mask of the
// example is the first of this generator.
func TestGoldenBatch(t *testing.T) {
	examples := trial.ProtocolExamples(t)
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
