package bench_test

import (
	"context"
	"io"
	"runtime"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// idleStreams is how many streams the benchmark holds open at a time.
const idleStreams = 8000

// BenchmarkIdleStreams tells what an open stream holds on which one message went
// both ways, both ends together: heap, stack and goroutines. Before streams were
// made small it told 3,537 bytes of heap and 4,100 of stack; 1,961 and 2,100 now.
// What runs second uses goroutines again: 1,470 bytes of heap.
func BenchmarkIdleStreams(b *testing.B) {
	b.Run("messages=bytes", func(b *testing.B) {
		measureIdle(b, grid.NewBytes, func() *grid.Bytes { return grid.NewBytesWith(make([]byte, 64)) })
	})
	b.Run("messages=generated", func(b *testing.B) {
		measureIdle(b, func() *item { return new(item) }, func() *item { return &item{make([]byte, 64)} })
	})
}

func measureIdle[T grid.Message](b *testing.B, empty, message func() T) {
	nodes := trial.Cluster(b, 2, nil)
	chat := grid.NewStreamingHandler(2, grid.NewNoPayload, empty, empty, grid.WithCapacity(1024, 1024))
	if err := nodes[1].Register(chat.Handle(chatAdapter[T]{chatServer[T]{}}.Chat)); err != nil {
		b.Fatal(err)
	}
	c := nodes[0].Connection("node1")
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		before := held()
		ctx, cancel := context.WithCancel(context.Background())
		for range idleStreams {
			if err := useOnce(ctx, c, chat, message()); err != nil {
				b.Fatal(err)
			}
		}
		after := held()
		b.ReportMetric(float64(after.heap-before.heap)/idleStreams, "heap-B/stream")
		b.ReportMetric(float64(after.stack-before.stack)/idleStreams, "stack-B/stream")
		b.ReportMetric(float64(after.goroutines-before.goroutines)/idleStreams, "goroutines/stream")
		cancel()
		for runtime.NumGoroutine() > before.goroutines { // the handlers are still ending
			time.Sleep(time.Millisecond)
		}
	}
}

// useOnce opens a stream, and sends a message that comes back.
func useOnce[T grid.Message](ctx context.Context, c *grid.Connection, h *grid.StreamingHandler[*grid.NoPayload, T, T], msg T) error {
	st, err := h.Open(ctx, c, &grid.NoPayload{})
	if err != nil {
		return err
	}
	if err := st.Send(msg); err != nil {
		return err
	}
	_, err = st.Recv()
	return err
}

// chatAdapter is between the runtime and a server's method in generated stubs: one
// frame more, or two if the server is no pointer.
type chatAdapter[T grid.Message] struct {
	s interface {
		Chat(ctx context.Context, in *grid.Receiver[T], out *grid.Sender[T]) error
	}
}

func (a chatAdapter[T]) Chat(ctx context.Context, _ *grid.NoPayload, in *grid.Receiver[T], out *grid.Sender[T]) error {
	return a.s.Chat(ctx, in, out)
}

type chatServer[T grid.Message] struct{}

// Chat sends every message back.
func (chatServer[T]) Chat(_ context.Context, in *grid.Receiver[T], out *grid.Sender[T]) error {
	for {
		msg, err := in.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := out.Send(msg); err != nil {
			return err
		}
	}
}

// item is a message as gridc generates it.
type item struct{ data []byte }

func (v *item) EncodeGrid(e *codec.Encoder) {
	at := e.Begin(1)
	e.Bytes(1, v.data)
	e.End(at, "item")
}

func (v *item) DecodeGrid(d *codec.Decoder) {
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		switch d.Key() {
		case 1:
			v.data = d.Bytes(v.data)
		default:
			d.Skip()
		}
	}
	d.End("item")
}

func (v *item) Msgsize() int { return 7 + len(v.data) }

func (v *item) MarshalMsg(b []byte) ([]byte, error) {
	var e codec.Encoder
	e.Start(b, v.Msgsize())
	v.EncodeGrid(&e)
	return e.Done()
}

func (v *item) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	v.DecodeGrid(&d)
	return d.Done()
}

// memory is what a process holds.
type memory struct{ heap, stack, goroutines int }

// held counts after everything that is garbage is gone.
func held() memory {
	for range 3 { // a sync.Pool lets go at the second
		runtime.GC()
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return memory{int(mem.HeapAlloc), int(mem.StackInuse), runtime.NumGoroutine()}
}
