package trial

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// LogBook keeps what a node logs.
type LogBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *LogBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *LogBook) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

func (l *LogBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Logger returns a logger that writes here.
func (l *LogBook) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// Want checks that something was logged.
func (l *LogBook) Want(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(l.String(), text) {
		t.Errorf("the log does not say %q:\n%s", text, l)
	}
}

// size is how much memory the log takes.
func (l *LogBook) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Cap()
}

// Lines returns the log lines that contain all of the words.
func (l *LogBook) Lines(words ...string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for line := range strings.Lines(l.text.String()) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			out = append(out, line)
		}
	}
	return out
}

// Await waits until there is a log line with all of the words.
func (l *LogBook) Await(t testing.TB, words ...string) string {
	t.Helper()
	l.AwaitMore(t, 0, words...)
	return l.Lines(words...)[0]
}

// AwaitMore waits until there are more than n lines with all of the words, and
// returns how many there are.
func (l *LogBook) AwaitMore(t testing.TB, n int, words ...string) int {
	t.Helper()
	for end := time.Now().Add(ProbePatience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if found := len(l.Lines(words...)); found > n {
			return found
		}
	}
	t.Fatalf("no log line with %q in:\n%s", words, l.Lines())
	return 0
}
