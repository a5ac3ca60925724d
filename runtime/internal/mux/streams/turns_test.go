package streams

import "testing"

// A sender is expected to wait once it has sent one message between two waits three
// times in a row. Two messages, or a wait without one, are no turns.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		events string // s: a message is sent, w: the receiver waits
		own    string // for each message, whether its sender writes it
	}{
		{"swswswsw", "---+"},
		{"wswswsws", "---+"}, // a handler waits first
		{"swswswswswsw", "---+++"},
		{"ssss", "----"},
		{"swswswsssw", "---+--"},
		{"swswswsswswsws", "---+---+"},
		{"swswwswsws", "-----"},
	} {
		var u Turns
		got := ""
		for _, e := range c.events {
			switch {
			case e == 'w':
				u.Wait()
			case u.Send():
				got += "+"
			default:
				got += "-"
			}
		}
		if got != c.own {
			t.Errorf("%s: %s, want %s", c.events, got, c.own)
		}
	}
}
