package streams_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"unsafe"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A handler that waits for messages keeps the 2 KiB of stack that a goroutine
// begins with, also if its messages are generated and it has 192 bytes of its own.
// With the frames that once were below it the stack of every one of them grew to 4.
// Few may grow: where the allocator needs a new span it needs more stack, too.
func TestHandlerOfIdleStreamKeepsSmallStack(t *testing.T) {
	const streams = 64
	if trial.RaceDetector {
		t.Skip("the race detector's frames are larger")
	}
	if !smallStacks() {
		t.Skip("goroutines begin with more than 2 KiB here")
	}
	chat := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, trial.NewStored, trial.NewStored)
	synctest.Test(t, func(t *testing.T) {
		var grown atomic.Int32
		w := trial.Role{Caller: "a", Server: "b"}.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(chat.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*trial.Stored], out *grid.Sender[*trial.Stored]) error {
				return sendBack(in, out, &grown)
			}))
		}})
		for range streams {
			st, err := chat.Open(t.Context(), w.Conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second comes to a handler that waited
				synctest.Wait()
				if err := st.Send(&trial.Stored{Data: make([]byte, 64)}); err != nil {
					t.Fatal(err)
				}
				if _, err := st.Recv(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := grown.Load(); n > streams/2 {
			t.Errorf("the stacks of %d handlers of %d have grown", n, streams)
		}
	})
}

// sendBack counts itself if its stack has grown until a second message came.
//
//go:noinline
func sendBack(in *grid.Receiver[*trial.Stored], out *grid.Sender[*trial.Stored], grown *atomic.Int32) error {
	var own [192]byte
	begin := addressOf(&own[0])
	for {
		msg, err := in.Recv()
		if err != nil {
			return err
		}
		if now := addressOf(&own[0]); now != begin {
			begin = now
			grown.Add(1)
		}
		if err := out.Send(msg); err != nil {
			return err
		}
	}
}

// smallStacks reports whether the stack of a new goroutine has to grow for 1.5 KiB.
// The Go runtime begins with larger ones where most have grown.
func smallStacks() bool {
	small := make(chan bool)
	go func() {
		var own byte
		begin := addressOf(&own)
		needStack()
		small <- addressOf(&own) != begin
	}()
	return <-small
}

//go:noinline
func needStack() uintptr {
	var large [1536]byte
	return addressOf(&large[0])
}

// addressOf is where something is. What is on a stack is elsewhere once that has
// grown.
//
//go:noinline
func addressOf(p *byte) uintptr { return uintptr(unsafe.Pointer(p)) }
