package node

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// gate is a writer that waits for each write to be let through.
type gate struct {
	buf     bytes.Buffer
	waits   chan struct{}
	through chan struct{}
}

func (g *gate) Write(b []byte) (int, error) {
	g.waits <- struct{}{}
	<-g.through
	return g.buf.Write(b)
}

// What waits for a slow log is bounded; the lines that are kept are in order, and
// it is told how many are missing.
func TestLogQueueIsBounded(t *testing.T) {
	g := &gate{waits: make(chan struct{}), through: make(chan struct{})}
	m := &Node{Log: slog.New(slog.NewTextHandler(g, &slog.HandlerOptions{AddSource: true, Level: slog.LevelInfo}))}
	m.Goroutines.Left = make(chan struct{}, 1)
	m.LogQueue.M = m
	note := func(i int) { m.LogQueue.Note(slog.LevelInfo, "line", "number", i) }
	m.LogQueue.Note(slog.LevelDebug, "is not wanted")
	note(0)
	<-g.waits // the writer has line 0; all others wait behind it
	const surplus = 7
	for i := range maxLines + surplus {
		note(i + 1)
	}
	close(g.through)
	for range maxLines + 1 {
		<-g.waits
	}
	m.Goroutines.Wait(t.Context())
	lines := strings.Split(strings.TrimSpace(g.buf.String()), "\n")
	if len(lines) != maxLines+2 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines[:maxLines+1] {
		if want := fmt.Sprintf("msg=line number=%d", i); !strings.HasSuffix(line, want) || !strings.Contains(line, "log_queue_test.go:") {
			t.Fatalf("line %d: %s", i, line)
		}
	}
	if last, want := lines[maxLines+1], fmt.Sprintf("lines=%d", surplus); !strings.HasSuffix(last, want) {
		t.Errorf("the last line, want %s: %s", want, last)
	}
}
