package interop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/interop/stranger"
	grid "github.com/gridrpc/gridc/runtime"
)

// idMirror is a stream that strangers serve: first the payload, then each message
// of the input, backwards. With these payloads it does otherwise. node/serve.mjs
// has the same.
const (
	idMirror grid.HandlerID = 6

	mirrorRefuses = "refuse"  // it ends at once: not_found, "gone"
	mirrorCounts  = "endless" // it sends numbers until it is given up
)

// mirror is that handler as this module's stranger serves it.
func mirror(payload []byte, st *stranger.Stream) error {
	switch string(payload) {
	case mirrorRefuses:
		return &stranger.Failure{Code: "not_found", Message: "gone"}
	case mirrorCounts:
		for i := 1; ; i++ {
			if err := st.Send([]byte(strconv.Itoa(i))); err != nil {
				return err
			}
		}
	}
	for message := payload; ; {
		slices.Reverse(message)
		err := st.Send(message)
		if err == nil {
			message, err = st.Recv()
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// openAtStranger opens streams that a stranger serves: one that carries more than
// capacities and windows hold at once, with large messages and a large payload,
// one that fails, and one that is given up.
func openAtStranger(t *testing.T, c *grid.Connection) {
	t.Helper()
	ctx := grid.WaitForReady(limited(t))
	mirrored(ctx, t, c)

	st := openMirror(ctx, t, c, []byte(mirrorRefuses))
	var e *grid.Error
	if _, err := st.Recv(); !errors.As(err, &e) || e.Code != grid.NotFound || e.Message != "gone" || e.Outcome != grid.Ran || !e.Remote {
		t.Errorf("a stream that its handler refuses: %v", err)
	}

	st = openMirror(ctx, t, c, []byte(mirrorCounts))
	for i := range 1000 {
		if message, err := st.Recv(); err != nil || string(*message) != strconv.Itoa(i+1) {
			t.Fatalf("number %d: %v, %v", i+1, message, err)
		}
	}
	st.Close()
	if reply, err := c.Request(ctx, idReverse, []byte("live")); err != nil || string(reply) != "evil" {
		t.Errorf("a call after a stream that was given up: %q, %v", reply, err)
	}
	if n := c.Stats().StreamsOpen; n != 0 {
		t.Errorf("%d streams are left open", n)
	}
}

func openMirror(ctx context.Context, t *testing.T, c *grid.Connection, payload []byte) *grid.Duplex[*grid.Bytes, *grid.Bytes] {
	t.Helper()
	handler := grid.NewStreamingHandler(idMirror, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(4, 4))
	st, err := handler.Open(ctx, c, grid.NewBytesWith(payload))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// mirrored sends 300 messages and receives them backwards.
func mirrored(ctx context.Context, t *testing.T, c *grid.Connection) {
	t.Helper()
	sizes := []int{70_000}
	for i := range 300 {
		sizes = append(sizes, 1000+i)
	}
	sizes[100], sizes[200] = 200_000, 0
	st := openMirror(ctx, t, c, pattern(sizes[0]))
	var sending sync.WaitGroup
	defer sending.Wait()
	defer st.Close()
	sending.Go(func() {
		for _, size := range sizes[1:] {
			if err := st.Send(grid.NewBytesWith(pattern(size))); err != nil {
				t.Errorf("send: %v", err)
				return
			}
		}
		if err := st.CloseSend(); err != nil {
			t.Errorf("the end of the input: %v", err)
		}
	})
	for i, size := range sizes {
		want := pattern(size)
		slices.Reverse(want)
		if message, err := st.Recv(); err != nil || !bytes.Equal(*message, want) {
			t.Fatalf("message %d of %d bytes: %v", i, size, err)
		}
	}
	if _, err := st.Recv(); err != io.EOF {
		t.Errorf("after the last message: %v", err)
	}
}
