package grid

import (
	"context"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

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
		var u streams.Turns
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

// BenchmarkPingPong sends one message there and back at a time: each end writes its
// own, or leaves that to a flusher.
func BenchmarkPingPong(b *testing.B) {
	nodes := cluster(b, 2, nil)
	chat := NewStream(2, NewNoPayload, NewBytes, NewBytes)
	if err := nodes[1].Register(chat.Handle(returnEach)); err != nil {
		b.Fatal(err)
	}
	c := nodes[0].Connection("node1")
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	st, err := chat.Open(context.Background(), c, &NoPayload{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	msg := NewBytesWith(make([]byte, 512))
	pingPong := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := st.Send(msg); err != nil {
				b.Fatal(err)
			}
			if _, err := st.Recv(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("sender", pingPong)
	for _, n := range nodes {
		w := &n.sessions.All()[0].Out
		w.Mu.Lock()
		w.Try = nil
		w.Mu.Unlock()
	}
	b.Run("flusher", pingPong)
}

func returnEach(_ context.Context, _ *NoPayload, in *Receiver[*Bytes], out *Sender[*Bytes]) error {
	for {
		msg, err := in.Recv()
		if err != nil {
			return err
		}
		if err := out.Send(msg); err != nil {
			return err
		}
	}
}
