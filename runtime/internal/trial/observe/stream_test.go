package observe_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

var chat = grid.NewStreamingHandler(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithName("test.Chat.Chat"))

// answer sends each message back twice.
func answer(ctx context.Context, _ *grid.Bytes, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
	for msg, err := range in.All() {
		if err != nil {
			return err
		}
		for range 2 {
			if err := out.Send(msg); err != nil {
				return err
			}
		}
	}
	return nil
}

// wantFigures compares what the two ends count of one stream.
func wantFigures(t *testing.T, client, server grid.CallEnd) {
	t.Helper()
	if client.MessagesSent != 3 || client.MessagesReceived != 6 || client.BytesSent == 0 || client.BytesReceived == 0 {
		t.Errorf("the client's end: %+v", client)
	}
	if client.MessagesSent != server.MessagesReceived || client.MessagesReceived != server.MessagesSent ||
		client.BytesSent != server.BytesReceived || client.BytesReceived != server.BytesSent {
		t.Errorf("the two ends differ: %+v and %+v", client, server)
	}
}

// Streams are told at both ends, in both shapes, with what went either way: small
// messages and large ones.
func TestBothEndsOfAStream(t *testing.T) {
	sizes := []int{10, 3000, 300_000}
	observed(t, nil, func(m *grid.Manager) error { return m.Register(chat.Handle(answer)) }, func(t *testing.T, p *pair) {
		begin := grid.Bytes("begin")
		d, err := chat.Open(t.Context(), p.conn, &begin)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range sizes {
			msg := grid.Bytes(make([]byte, size))
			if err := d.Send(&msg); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := d.Recv(); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(time.Hour)
		_ = d.CloseSend()
		if _, err := d.Recv(); err != io.EOF {
			t.Fatal(err)
		}
		a, b := p.a.one(t), p.b.one(t)
		wantEnd(t, "client", a, "", grid.Ran)
		wantEnd(t, "server", b, "", grid.Ran)
		wantFigures(t, a.end, b.end)
		if !a.after.Stream || !b.after.Stream || a.after.Name != "test.Chat.Chat" || a.end.Took < time.Hour || b.end.Took < time.Hour || b.meta["mark"] != "of a" {
			t.Errorf("told of %+v, %v and %+v, %v, with %v", a.after, a.end.Took, b.after, b.end.Took, b.meta)
		}

		s, err := p.conn.NewStream(t.Context(), idStream, begin)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for range 3 {
				s.Requests <- []byte("message")
			}
			close(s.Requests)
		}()
		if err := s.Results(func([]byte) error { return nil }); err != nil {
			t.Fatal(err)
		}
		a, b = p.a.one(t), p.b.one(t)
		wantFigures(t, a.end, b.end)
	})
}

// However a stream ends, each end is told once.
func TestEndsOfAStream(t *testing.T) {
	for _, e := range []struct {
		name           string
		handler        func(ctx context.Context) error
		cut, cancel    bool
		client, server grid.Code
		outcome        grid.Outcome
	}{
		{name: "an error", handler: func(context.Context) error { return grid.NewError(grid.NotFound, "no") }, client: grid.NotFound, server: grid.NotFound, outcome: grid.Ran},
		{name: "a panic", handler: func(context.Context) error { panic("slip") }, client: grid.Internal, server: grid.Internal, outcome: grid.Ran},
		{name: "Goexit", handler: func(context.Context) error { runtime.Goexit(); return nil }, client: grid.Internal, server: grid.Internal, outcome: grid.Ran},
		{name: "cancel", cancel: true, handler: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, client: grid.Canceled, server: grid.Canceled, outcome: grid.MayHaveRun},
		{name: "a lost session", cut: true, handler: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, client: grid.Disconnected, server: grid.Canceled, outcome: grid.MayHaveRun},
	} {
		t.Run(e.name, func(t *testing.T) {
			handler := func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.Bytes]) error {
				return e.handler(ctx)
			}
			observed(t, nil, func(m *grid.Manager) error { return m.Register(chat.Handle(handler)) }, func(t *testing.T, p *pair) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				d, err := chat.Open(ctx, p.conn, new(grid.Bytes))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Millisecond)
				if e.cancel {
					cancel()
				}
				if e.cut {
					p.Cut("a", "b")
				}
				if _, err := d.Recv(); err == nil {
					t.Fatal("no error")
				}
				time.Sleep(10 * time.Millisecond)
				wantEnd(t, "client", p.a.one(t), e.client, e.outcome)
				wantEnd(t, "server", p.b.one(t), e.server, grid.Ran)
			})
		})
	}
}

// Streams that never begin are told, too.
func TestRefusedStreams(t *testing.T) {
	handler := func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.Bytes]) error {
		<-ctx.Done()
		return ctx.Err()
	}
	limit := func(name string, o *grid.Options) { o.Limits.OpenStreams = 1 }
	observed(t, limit, func(m *grid.Manager) error { return m.Register(chat.Handle(handler)) }, func(t *testing.T, p *pair) {
		other := grid.NewStreamingHandler(idOther, grid.NewBytes, grid.NewBytes, grid.NewBytes)
		if _, err := other.Open(t.Context(), p.conn, new(grid.Bytes)); !errors.Is(err, grid.ErrUnknownHandler) {
			t.Fatal(err)
		}
		wantEnd(t, "a handler that is not there", p.a.one(t), grid.UnknownHandler, grid.NotSent)
		first, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
		second, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := second.Recv(); !errors.Is(err, grid.ErrResourceExhausted) {
			t.Fatal(err)
		}
		first.Close()
		time.Sleep(10 * time.Millisecond)
		codes := func(r *recorder) map[grid.Code]grid.Outcome {
			all := make(map[grid.Code]grid.Outcome)
			for _, x := range r.take(t) {
				all[x.end.Code] = x.end.Outcome
			}
			return all
		}
		if got := codes(p.a); len(got) != 2 || got[grid.ResourceExhausted] != grid.Rejected || got[grid.Canceled] != grid.MayHaveRun {
			t.Errorf("the client's observer was told of %v", got)
		}
		if got := codes(p.b); len(got) != 2 || got[grid.ResourceExhausted] != grid.Rejected || got[grid.Canceled] != grid.Ran {
			t.Errorf("the server's observer was told of %v", got)
		}
	})
}
