package grid

import (
	"context"
	"runtime"
	"testing"
)

// idleStreams is how many streams the benchmark holds open at a time.
const idleStreams = 8000

// BenchmarkIdleStreams tells what an open stream holds on which one message went
// both ways, both ends together: heap, stack and goroutines. Before streams were
// made small it told 3,537 bytes of heap and 4,100 of stack; 1,961 and 2,100 now.
func BenchmarkIdleStreams(b *testing.B) {
	nodes := cluster(b, 2, nil)
	chat := NewStream(2, NewNoPayload, NewBytes, NewBytes, WithCapacity(1024, 1024))
	if err := nodes[1].Register(chat.Handle(returnAll)); err != nil {
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
			if err := useOnce(ctx, c, chat); err != nil {
				b.Fatal(err)
			}
		}
		after := held()
		b.ReportMetric(float64(after.heap-before.heap)/idleStreams, "heap-B/stream")
		b.ReportMetric(float64(after.stack-before.stack)/idleStreams, "stack-B/stream")
		b.ReportMetric(float64(after.goroutines-before.goroutines)/idleStreams, "goroutines/stream")
		cancel()
		<-nodes[1].sessions.all()[0].streams.finished()
	}
}

// useOnce opens a stream, and sends a message that comes back.
func useOnce(ctx context.Context, c *Connection, h *StreamingHandler[*NoPayload, *Bytes, *Bytes]) error {
	st, err := h.Open(ctx, c, &NoPayload{})
	if err != nil {
		return err
	}
	if err := st.Send(NewBytesWith(make([]byte, 64))); err != nil {
		return err
	}
	_, err = st.Recv()
	return err
}

func returnAll(_ context.Context, _ *NoPayload, in *Receiver[*Bytes], out *Sender[*Bytes]) error {
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
