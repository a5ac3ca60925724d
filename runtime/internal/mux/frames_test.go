package mux_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// frameParsers are all parsers of bodies.
var frameParsers = map[string]func([]byte) error{
	"call":    func(b []byte) error { _, err := wire.ParseRequest(b, wire.KindCall); return err },
	"open":    func(b []byte) error { _, err := wire.ParseRequest(b, wire.KindOpen); return err },
	"reply":   func(b []byte) error { _, err := wire.ParsePayload(b, wire.KindReply); return err },
	"error":   func(b []byte) error { _, _, err := wire.ParseError(b); return err },
	"end":     func(b []byte) error { _, _, err := wire.ParseEnd(b); return err },
	"reset":   func(b []byte) error { _, _, _, err := wire.ParseReset(b); return err },
	"credit":  func(b []byte) error { _, err := wire.ParseCredit(b); return err },
	"chunk":   func(b []byte) error { _, _, _, err := wire.ParseChunk(b); return err },
	"ping":    func(b []byte) error { _, err := wire.ParseNumber(b, wire.KindPing); return err },
	"routes":  func(b []byte) error { return make(mux.RouteTable).AddAll(b) },
	"strings": func(b []byte) error { _, err := handlers.ParseMetadata(b); return err },
}

// TestFramesCutShort cuts every golden body at every byte: a parser says so, or
// the frame is a shorter one of its kind because only its rest was cut.
func TestFramesCutShort(t *testing.T) {
	for _, g := range goldenFrames {
		if g.read == nil {
			continue
		}
		_, body, _, err := wire.CutFrame(g.write)
		if err != nil {
			t.Fatal(err)
		}
		head := len(body)
		switch g.kind {
		case wire.KindCall, wire.KindOpen, wire.KindReply, wire.KindMessage, wire.KindChunk, wire.KindError, wire.KindRoutes:
			continue // these end with a rest; see TestFramesHostile
		}
		if g.name == "end-failed" {
			head = len(body) // its typed error is empty
		}
		for n := range head {
			if _, err := g.read(body[:n:n]); !errors.Is(err, wire.ErrFrame) {
				t.Errorf("%s cut to %d bytes: %v", g.name, n, err)
			}
		}
	}
}

// TestFramesHostile gives every parser bytes that promise too much.
func TestFramesHostile(t *testing.T) {
	endless := bytes.Repeat([]byte{0xff}, 10)
	for name, parse := range frameParsers {
		if err := parse(endless); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%s of an endless varint: %v", name, err)
		}
		for _, b := range [][]byte{endless, {0xff, 0xff, 0xff, 0xff, 0x0f}, bytes.Repeat([]byte{0x80}, 9), bytes.Repeat([]byte{3}, 50)} {
			if err := parse(b); err != nil && !errors.Is(err, wire.ErrFrame) {
				t.Errorf("%s of % x: %v", name, b, err)
			}
		}
	}
}

// TestRoutesFitBatches announces many handlers with long subroutes: each frame
// fits a batch, and all arrive.
func TestRoutesFitBatches(t *testing.T) {
	var all []*handlers.Handler
	for i := range 200 {
		all = append(all, &handlers.Handler{ID: status.HandlerID(i + 1), Route: uint64(i), Subroute: strings.Repeat("s", 4000)})
	}
	var entries []byte
	more := true
	for b := mux.AppendRoutes(nil, all); len(b) > 0; {
		_, body, rest, err := wire.CutFrame(b)
		if err != nil || !more {
			t.Fatal(err, more)
		}
		if len(b)-len(rest) > 64<<10 {
			t.Errorf("a routes frame of %d bytes", len(b)-len(rest))
		}
		more, entries, b = body[0]&wire.RoutesMore != 0, append(entries, body[1:]...), rest
	}
	table := make(mux.RouteTable)
	if err := table.AddAll(entries); err != nil || len(table) != len(all) || more {
		t.Errorf("%d routes, %v, more %v", len(table), err, more)
	}
}
