package grid

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// frameParsers are all parsers of bodies.
var frameParsers = map[string]func([]byte) error{
	"call":    func(b []byte) error { _, err := parseRequest(b, kindCall); return err },
	"open":    func(b []byte) error { _, err := parseRequest(b, kindOpen); return err },
	"reply":   func(b []byte) error { _, err := parsePayload(b, kindReply); return err },
	"error":   func(b []byte) error { _, _, err := parseError(b); return err },
	"end":     func(b []byte) error { _, _, err := parseEnd(b); return err },
	"reset":   func(b []byte) error { _, _, _, err := parseReset(b); return err },
	"credit":  func(b []byte) error { _, err := parseCredit(b); return err },
	"chunk":   func(b []byte) error { _, _, _, err := parseChunk(b); return err },
	"ping":    func(b []byte) error { _, err := parseNumber(b, kindPing); return err },
	"routes":  func(b []byte) error { return make(routeTable).addAll(b) },
	"strings": func(b []byte) error { _, err := parseMetadata(b); return err },
}

// TestFramesCutShort cuts every golden body at every byte: a parser says so, or
// the frame is a shorter one of its kind because only its rest was cut.
func TestFramesCutShort(t *testing.T) {
	for _, g := range goldenFrames {
		if g.read == nil {
			continue
		}
		_, body, _, err := cutFrame(g.write)
		if err != nil {
			t.Fatal(err)
		}
		head := len(body)
		switch g.kind {
		case kindCall, kindOpen, kindReply, kindMessage, kindChunk, kindError, kindRoutes:
			continue // these end with a rest; see TestFramesHostile
		}
		if g.name == "end-failed" {
			head = len(body) // its typed error is empty
		}
		for n := range head {
			if _, err := g.read(body[:n:n]); !errors.Is(err, errFrame) {
				t.Errorf("%s cut to %d bytes: %v", g.name, n, err)
			}
		}
	}
}

// TestFramesHostile gives every parser bytes that promise too much.
func TestFramesHostile(t *testing.T) {
	endless := bytes.Repeat([]byte{0xff}, 10)
	for name, parse := range frameParsers {
		if err := parse(endless); !errors.Is(err, errFrame) {
			t.Errorf("%s of an endless varint: %v", name, err)
		}
		for _, b := range [][]byte{endless, {0xff, 0xff, 0xff, 0xff, 0x0f}, bytes.Repeat([]byte{0x80}, 9), bytes.Repeat([]byte{3}, 50)} {
			if err := parse(b); err != nil && !errors.Is(err, errFrame) {
				t.Errorf("%s of % x: %v", name, b, err)
			}
		}
	}
}

func TestCutFrame(t *testing.T) {
	batch := append(appendNumber(nil, kindPing, 1), appendFrame(nil, kindPong, nil, bytes.Repeat([]byte("x"), 200))...)
	kind, body, rest, err := cutFrame(batch)
	if err != nil || frameKind(kind) != kindPing || len(body) != 1 || cap(body) != 1 {
		t.Fatalf("%d, %d bytes of %d, %v", kind, len(body), cap(body), err)
	}
	kind, body, rest, err = cutFrame(rest)
	if err != nil || frameKind(kind) != kindPong || len(body) != 200 || len(rest) != 0 {
		t.Fatalf("%d, %d bytes, rest %d, %v", kind, len(body), len(rest), err)
	}
	for n := 3; n < len(batch); n++ {
		if _, _, rest, err = cutFrame(batch[:n]); err != nil {
			t.Fatal(err)
		}
		if len(rest) > 0 {
			if _, _, _, err := cutFrame(rest); !errors.Is(err, errFrame) {
				t.Errorf("cut to %d bytes: %v", n, err)
			}
		}
	}
}

func TestTimeoutsTravelRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]uint64{
		-1: 0, 0: 0, 1: 1, time.Microsecond: 1, time.Microsecond + 1: 2, time.Second: 1000000,
	} {
		if got := timeoutMicros(d); got != want {
			t.Errorf("%v travels as %d", d, got)
		}
	}
	if got := microsTimeout(math.MaxUint64); got <= 0 || got > 101*365*24*time.Hour {
		t.Errorf("the longest timeout is %v", got)
	}
}

func TestErrorTextIsCut(t *testing.T) {
	w := &wireError{outcome: Ran, code: Internal, message: strings.Repeat("x", maxErrorText+1)}
	_, body, _, err := cutFrame(appendError(nil, 1, w))
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := parseError(body)
	if err != nil || len(got.message) != maxErrorText {
		t.Errorf("%d bytes, %v", len(got.message), err)
	}
}

// TestRoutesFitBatches announces many handlers with long subroutes: each frame
// fits a batch, and all arrive.
func TestRoutesFitBatches(t *testing.T) {
	var all []*handler
	for i := range 200 {
		all = append(all, &handler{id: HandlerID(i + 1), route: uint64(i), subroute: strings.Repeat("s", 4000)})
	}
	var entries []byte
	more := true
	for b := appendRoutes(nil, all); len(b) > 0; {
		_, body, rest, err := cutFrame(b)
		if err != nil || !more {
			t.Fatal(err, more)
		}
		if len(b)-len(rest) > 64<<10 {
			t.Errorf("a routes frame of %d bytes", len(b)-len(rest))
		}
		more, entries, b = body[0]&routesMore != 0, append(entries, body[1:]...), rest
	}
	table := make(routeTable)
	if err := table.addAll(entries); err != nil || len(table) != len(all) || more {
		t.Errorf("%d routes, %v, more %v", len(table), err, more)
	}
}
