package trial

import (
	"context"
	"io"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// TypedStream registers fn as the handler of BytesStream.
func TypedStream(in, out int, fn func(ctx context.Context, payload string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error) func(*grid.Manager) error {
	return func(m *grid.Manager) error {
		return m.Register(BytesStream(in, out).Handle(func(ctx context.Context, p *grid.Bytes, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			return fn(ctx, string(*p), in, out)
		}))
	}
}

// EchoBack sends back what it receives, until the end of its input.
func EchoBack(_ context.Context, _ string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
	for msg, err := range in.All() {
		if err != nil {
			return err
		}
		if err := out.Send(msg); err != nil {
			return err
		}
	}
	return nil
}

// OpenStream opens the stream of BytesStream.
func OpenStream(t *testing.T, w *World, payload string) *grid.Duplex[*grid.Bytes, *grid.Bytes] {
	t.Helper()
	st, err := BytesStream(4, 4).Open(t.Context(), w.Conn, Message(payload))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// BytesStream is a typed stream of bytes in both directions, for tests of the
// core that need Send and Recv instead of channels.
func BytesStream(in, out int) *grid.StreamingHandler[*grid.Bytes, *grid.Bytes, *grid.Bytes] {
	return grid.NewStreamingHandler(IdStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(in, out))
}

func Message(s string) *grid.Bytes {
	b := grid.Bytes(s)
	return &b
}

// Drain reads a stream to its end and counts.
func Drain(t *testing.T, st interface{ Recv() (*grid.Bytes, error) }) int {
	t.Helper()
	for n := 0; ; n++ {
		_, err := st.Recv()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Error(err)
			return n
		}
	}
}
