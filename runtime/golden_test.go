package grid

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"
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

// TestQuotes proves that what the tests quote from PROTOCOL.md is in it.
func TestQuotes(t *testing.T) {
	space := regexp.MustCompile(`\s+`)
	text := space.ReplaceAllString(protocolText(t), " ")
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\s*// PROTOCOL\.md: "(.*)"$`).FindAllStringSubmatch(string(src), -1) {
			found++
			if !strings.Contains(text, m[1]) {
				t.Errorf("%s quotes what PROTOCOL.md does not say: %q", name, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d quotes found", found)
	}
}

// goldenFrames are the frames of PROTOCOL.md: how to write each, and what it
// says when it is read.
var goldenFrames = []struct {
	name  string
	kind  frameKind
	write []byte
	read  func(body []byte) (any, error)
	want  any
}{
	{"call", kindCall, goldenCall.append(nil, kindCall), readRequest(kindCall), goldenCall},
	{"call-metadata", kindCall, goldenMeta.append(nil, kindCall), readRequest(kindCall), goldenMeta},
	{"call-large", kindCall, goldenLarge.append(nil, kindCall), readRequest(kindCall), goldenLarge},
	{"open", kindOpen, goldenOpen.append(nil, kindOpen), readRequest(kindOpen), goldenOpen},
	{"reply", kindReply, goldenReply.append(nil, kindReply), readPayload(kindReply), goldenReply},
	{"reply-large", kindReply, goldenReplyLarge.append(nil, kindReply), readPayload(kindReply), goldenReplyLarge},
	{"message", kindMessage, goldenMessage.append(nil, kindMessage), readPayload(kindMessage), goldenMessage},
	{"message-large", kindMessage, goldenMessageLarge.append(nil, kindMessage), readPayload(kindMessage), goldenMessageLarge},
	{"error", kindError, appendError(nil, 65537, &goldenFailure), readFailure(parseError), idFailure{65537, &goldenFailure}},
	{"end", kindEnd, appendEnd(nil, 1, nil), readFailure(parseEnd), idFailure{1, nil}},
	{"end-failed", kindEnd, appendEnd(nil, 1, &goldenRefusal), readFailure(parseEnd), idFailure{1, &goldenRefusal}},
	{"reset", kindReset, appendReset(nil, targetStream, 1, Canceled), readReset, idReset{targetStream, 1, Canceled}},
	{"credit-stream", kindCredit, creditFrame{targetStream, 1, 8, 4096}.append(nil), readCredit, creditFrame{targetStream, 1, 8, 4096}},
	{"credit-session", kindCredit, creditFrame{bytes: 131072}.append(nil), readCredit, creditFrame{bytes: 131072}},
	{"grant", kindCredit, creditFrame{target: targetGrant + targetCall, id: 65537}.append(nil), readCredit, creditFrame{target: targetGrant + targetCall, id: 65537}},
	{"chunk", kindChunk, appendChunk(nil, targetCall, 65537, encoded{flat: []byte("abc")}, 0, 3), readChunk, idChunk{targetCall, 65537, "abc"}},
	{"ping", kindPing, appendNumber(nil, kindPing, 7), readNumber(kindPing), uint64(7)},
	{"pong", kindPong, appendNumber(nil, kindPong, 7), readNumber(kindPong), uint64(7)},
	{"goaway", kindGoaway, appendFrame(nil, kindGoaway, appendString(nil, "shutting down"), nil), nil, nil},
	{"shapes-ask", kindShapes, appendFrame(nil, kindShapes, binary.AppendUvarint([]byte{0}, 300), nil), nil, nil},
	{"routes", kindRoutes, appendRoutes(nil, goldenHandlers), readRoutes, goldenRoutes},
}

var (
	goldenCall         = requestFrame{id: 65537, route: 3, timeout: 250 * time.Millisecond, payload: []byte("hi!")}
	goldenMeta         = requestFrame{id: 65537, route: 3, meta: []byte("\x01\x01k\x01v"), payload: []byte("hi")}
	goldenLarge        = requestFrame{id: 65537, route: 3, large: true, size: 73729, payload: []byte{}}
	goldenOpen         = requestFrame{id: 1, route: 2, credit: 16, payload: []byte("pq")}
	goldenReply        = payloadFrame{id: 65537, payload: []byte("ok")}
	goldenReplyLarge   = payloadFrame{id: 65537, large: true, size: 1 << 20, payload: []byte{}}
	goldenMessage      = payloadFrame{id: 1, payload: []byte("abc")}
	goldenMessageLarge = payloadFrame{id: 1, large: true, size: 128 << 10, payload: []byte{}}
	goldenFailure      = wireError{outcome: Ran, code: NotFound, message: "gone", detail: []byte{0xc0}}
	goldenRefusal      = wireError{outcome: Rejected, code: Unavailable, message: "no", detail: []byte{}}
	goldenHandlers     = []*handler{
		{id: 1},
		{id: 300, route: 1, subroute: "d/0", inCap: 4, outCap: 16, stream: (&StreamHandler{}).serve},
	}
	goldenRoutes = routeTable{
		{1, ""}:      {number: 0},
		{300, "d/0"}: {number: 1, stream: true, inCap: 4, outCap: 16},
	}
)

type (
	idFailure struct {
		id uint64
		w  *wireError
	}
	idReset struct {
		t    target
		id   uint64
		code Code
	}
	idChunk struct {
		t     target
		id    uint64
		piece string
	}
)

func readRequest(kind frameKind) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return parseRequest(b, kind) }
}

func readPayload(kind frameKind) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return parsePayload(b, kind) }
}

func readNumber(kind frameKind) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return parseNumber(b, kind) }
}

func readFailure(parse func([]byte) (uint64, *wireError, error)) func([]byte) (any, error) {
	return func(b []byte) (any, error) {
		id, w, err := parse(b)
		return idFailure{id, w}, err
	}
}

func readReset(b []byte) (any, error) {
	t, id, code, err := parseReset(b)
	return idReset{t, id, code}, err
}

func readCredit(b []byte) (any, error) { return parseCredit(b) }

func readChunk(b []byte) (any, error) {
	t, id, piece, err := parseChunk(b)
	return idChunk{t, id, string(piece)}, err
}

func readRoutes(b []byte) (any, error) {
	table := make(routeTable)
	return table, table.addAll(b[1:])
}

func TestGoldenFrames(t *testing.T) {
	examples := protocolExamples(t)
	for _, g := range goldenFrames {
		t.Run(g.name, func(t *testing.T) {
			want := examples[g.name]
			if !bytes.Equal(g.write, want) {
				t.Fatalf("written % x\nPROTOCOL.md says % x", g.write, want)
			}
			kind, body, rest, err := cutFrame(want)
			if err != nil || frameKind(kind) != g.kind || len(rest) != 0 {
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
	seen := make(map[frameKind]bool)
	for _, g := range goldenFrames {
		seen[g.kind] = true
	}
	for kind := kindCall; kind <= kindShapes; kind++ {
		if !seen[kind] {
			t.Errorf("kind %d has no example", kind)
		}
	}
}

var goldenKey = []byte("0123456789abcdef")

func goldenHello(name, target string, first byte, attempt uint64) *hello {
	h := &hello{minVersion: 1, maxVersion: 1, name: name, target: target, attempt: attempt,
		scheme: "hmac-sha256", checksums: "x-", message: 32 << 20, bulk: 512 << 10, window: 64 << 10}
	for i := range h.incarnation {
		h.incarnation[i] = first + byte(i)
	}
	for i := range h.nonce {
		h.nonce[i] = 2*first + byte(i)
	}
	return h
}

func TestGoldenHello(t *testing.T) {
	examples := protocolExamples(t)
	for name, h := range map[string]*hello{
		"hello-dialer":   goldenHello("alpha", "beta", 0, 7),
		"hello-acceptor": goldenHello("beta", "alpha", 16, 0),
	} {
		if got := h.encode(); !bytes.Equal(got, examples[name]) {
			t.Errorf("%s: written % x\nPROTOCOL.md says % x", name, got, examples[name])
		}
		if got, err := parseHello(examples[name]); err != nil || !reflect.DeepEqual(got, h) {
			t.Errorf("%s: read %+v, %v", name, got, err)
		}
	}
}

func TestGoldenProofs(t *testing.T) {
	examples := protocolExamples(t)
	said := transcript(examples["hello-dialer"], examples["hello-acceptor"])
	auth := SharedKey(goldenKey)
	for _, role := range []Role{Dialer, Acceptor} {
		want := examples["proof-"+string(role)]
		info := AuthInfo{Role: role, Transcript: said}
		got, err := auth.Prove(info)
		if err != nil || !bytes.Equal(append([]byte{byte(helloProof)}, got...), want) {
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
	if err := expect(examples["welcome"], helloWelcome); err != nil {
		t.Error(err)
	}
	r := reject(Unauthenticated, "wrong key")
	if got := r.encode(); !bytes.Equal(got, examples["reject"]) {
		t.Errorf("written % x", got)
	}
	got := parseRejection(examples["reject"])
	if got.code != r.code || got.reason != r.reason || !got.remote {
		t.Errorf("read %+v", got)
	}
}

// TestGoldenBatch seals and opens the batches of PROTOCOL.md. The mask of the
// example is the first of this generator.
func TestGoldenBatch(t *testing.T) {
	examples := protocolExamples(t)
	ping := examples["ping"]
	batch := binary.LittleEndian.AppendUint64(make([]byte, wsHeaderMax), xxh3.Hash(ping))
	batch = append(batch, ping...)
	for name, w := range map[string]*wsWriter{
		"batch-acceptor": {},
		"batch-dialer":   {dialer: true, masks: rand.NewChaCha8([32]byte{})},
	} {
		if got := w.seal(bytes.Clone(batch), 2); !bytes.Equal(got, examples[name]) {
			t.Errorf("%s: written % x\nPROTOCOL.md says % x", name, got, examples[name])
		}
		r := newWSReader(nil, !w.dialer, &bufferPool{}, maxBatch, examples[name])
		_, payload, err := r.next()
		if err != nil || !bytes.Equal(payload, batch[wsHeaderMax:]) {
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
			if got := dials(me, peer); got != (me == dialer) {
				t.Errorf("dials(%s, %s) = %v", me, peer, got)
			}
		}
	}
}
