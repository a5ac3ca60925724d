package observe_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/observe"
)

// Both ends of a stream tell who does not read, in whatever shape the program has it, also
// where it has taken one message and no more: those that came with that one are unread.
func TestWhoDoesNotReadIsToldAtBothEnds(t *testing.T) {
	type receiver = *grid.Receiver[*grid.Bytes]
	type sender = *grid.Sender[*grid.Bytes]
	flood := func(_ context.Context, _ *grid.Bytes, _ receiver, out sender) error {
		for {
			if err := out.Send(new(grid.Bytes)); err != nil {
				return err
			}
		}
	}
	sendAll := func(t *testing.T, p *pair) {
		d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		for d.Send(new(grid.Bytes)) == nil {
		}
	}
	hold := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, e := range []struct {
		name     string
		register func(m *grid.Manager) error
		client   func(t *testing.T, p *pair)
		atClient bool // the reader
		taken    int  // by the program, or on the way to it
	}{
		{"Receiver", func(m *grid.Manager) error { return m.Register(chat.Handle(flood)) }, func(t *testing.T, p *pair) {
			d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = d.Recv()
		}, true, 1},
		{"RecvInto", func(m *grid.Manager) error { return m.Register(chat.Handle(flood)) }, func(t *testing.T, p *pair) {
			d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_ = d.RecvInto(new(grid.Bytes))
			}
		}, true, 3},
		{"channels of messages", func(m *grid.Manager) error { return m.Register(chat.Handle(flood)) }, func(t *testing.T, p *pair) {
			s, err := chat.Call(t.Context(), p.conn, new(grid.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			<-s.Responses
		}, true, 3},
		{"channels of bytes", func(m *grid.Manager) error { return m.Register(chat.Handle(flood)) }, func(t *testing.T, p *pair) {
			s, err := p.conn.NewStream(t.Context(), idStream, nil)
			if err != nil {
				t.Fatal(err)
			}
			<-s.Responses
		}, true, 3},
		{"Receiver of a handler", func(m *grid.Manager) error {
			return m.Register(chat.Handle(func(ctx context.Context, _ *grid.Bytes, in receiver, _ sender) error {
				_, _ = in.Recv()
				return hold(ctx)
			}))
		}, sendAll, false, 1},
		{"channels of a handler", func(m *grid.Manager) error {
			return chat.Register(m, func(ctx context.Context, _ *grid.Bytes, in <-chan *grid.Bytes, _ chan<- *grid.Bytes) error {
				<-in
				return hold(ctx)
			})
		}, sendAll, false, 2},
		{"channels of bytes of a handler", func(m *grid.Manager) error {
			return m.RegisterStreamingHandler(idStream, grid.StreamHandler{Handle: func(ctx context.Context, _ []byte, in <-chan []byte, _ chan<- []byte) error {
				<-in
				return hold(ctx)
			}, InCapacity: 16, OutCapacity: 16})
		}, sendAll, false, 2},
	} {
		t.Run(e.name, func(t *testing.T) {
			observed(t, nil, e.register, func(t *testing.T, p *pair) {
				a, b := p.Node("a").Manager(), p.Node("b").Manager()
				a.Snapshot() // from now on the nodes are looked at
				b.Snapshot()
				go e.client(t, p)
				time.Sleep(time.Second)
				reads, sends := b, a
				if e.atClient {
					reads, sends = a, b
				}
				if s := sends.Snapshot().Streams[0]; s.Waits != "send: the peer has not read, its credit is used up" {
					t.Errorf("the sender: %+v", s)
				}
				if s := reads.Snapshot().Streams[0]; s.Waits != "read: nobody reads here, and the peer may send no more" || s.Unread != 16-e.taken {
					t.Errorf("the end that does not read, %d unread wanted: %+v", 16-e.taken, s)
				}
			})
		})
	}
}

// A reader that keeps up is never told to be stuck, and has nothing unread.
func TestAReaderThatKeepsUpIsNotStuck(t *testing.T) {
	observed(t, nil, func(m *grid.Manager) error { return m.Register(chat.Handle(answer)) }, func(t *testing.T, p *pair) {
		a := p.Node("a").Manager()
		a.Snapshot()
		d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if err := d.Send(new(grid.Bytes)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := d.Recv(); err != nil {
					t.Fatal(err)
				}
			}
			if s := a.Snapshot().Streams[0]; s.Unread != 0 || s.Waits != "" {
				t.Fatalf("it has read all: %+v", s)
			}
		}
		d.Close()
	})
}

// An end that sends no messages says so: its credit means nothing.
func TestAnEndThatOnlyReceives(t *testing.T) {
	down := grid.NewStreamingHandler(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes).WithInCapacity(0)
	var got []observe.Stream
	observed(t, nil, func(m *grid.Manager) error {
		return m.Register(down.Handle(func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.Bytes]) error {
			<-ctx.Done()
			return ctx.Err()
		}))
	}, func(t *testing.T, p *pair) {
		d, err := down.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, name := range []string{"a", "b"} {
			got = append(got, p.Node(name).Manager().Snapshot().Streams...)
		}
		d.Close()
	})
	if len(got) != 2 || !got[0].ReceivesOnly || got[1].ReceivesOnly {
		t.Errorf("the client only receives, the handler sends: %+v", got)
	}
}
