package top

import (
	"errors"
	"testing"
	"time"
)

// Samples of the last minute are kept, each once, and none of another process.
func TestWhatIsRemembered(t *testing.T) {
	n := &node{}
	for s := range 100 {
		n.note(noon, at(s, "a"), nil)
		n.note(noon, at(s, "a"), nil) // the page had not looked again
	}
	if r := n.read(); len(r.past) != 61 || r.last().At != noon.Add(99*time.Second) {
		t.Errorf("%d samples, the last at %v", len(r.past), r.last().At)
	}
	n.note(noon, nil, errors.New("gone"))
	n.note(noon.Add(time.Second), nil, errors.New("gone still"))
	if r := n.read(); len(r.past) != 61 || r.fault == nil || r.since != noon {
		t.Errorf("a node that does not answer: %d samples, %v since %v", len(r.past), r.fault, r.since)
	}
	other := at(3, "a")
	other.Node.Incarnation = "two"
	n.note(noon, other, nil)
	if r := n.read(); len(r.past) != 1 || r.fault != nil {
		t.Errorf("a node that was restarted: %d samples, %v", len(r.past), r.fault)
	}
}

// Texts are short, and say what they are.
func TestTexts(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{short(0), "-"}, {short(210 * time.Nanosecond), "210ns"}, {short(1234567), "1.2ms"}, {short(12345678), "12ms"}, {short(999 * time.Millisecond), "1s"},
		{short(1500 * time.Millisecond), "1.5s"}, {short(90 * time.Second), "1m30s"}, {short(26 * time.Hour), "26h00m"}, {short(80 * time.Hour), "3d"},
		{age(-time.Second), "0s"}, {age(61500 * time.Millisecond), "1m1s"},
		{size(0), "0B"}, {size(1023), "1023B"}, {size(1024), "1.0KiB"}, {size(20 << 20), "20MiB"},
		{rate(-1), "-"}, {rate(0), "0"}, {rate(0.25), "0.2"}, {rate(12.7), "13"},
		{cut("abc", 3), "abc"}, {cut("abcd", 3), "ab…"}, {cut("日本語", 4), "日…"}, {cut("e\u0301e\u0301", 2), "e\u0301e\u0301"},
		{pad("日本", 6, true), "  日本"}, {pad("ab", 4, false), "ab  "},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
