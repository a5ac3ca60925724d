package streams_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// sendMany is a handler whose messages a slow client does not read to the end.
func sendMany(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
	for range 1000 {
		select {
		case out <- []byte("m"):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func registerMany(m *grid.Manager) error {
	return m.RegisterStreamingHandler(trial.IdStream, grid.StreamHandler{OutCapacity: 4, Handle: sendMany})
}

// manyTyped is the typed client of sendMany.
func manyTyped() *grid.StreamingHandler[*grid.Bytes, *grid.NoPayload, *grid.Bytes] {
	return grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewNoPayload, grid.NewBytes, grid.WithCapacity(0, 4))
}

// P4: a deadline that passes while the reader is busy is no good end.
func TestP4ResultsOfACutStreamAreNotComplete(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: registerMany})
		for range 20 { // where a select has a choice, it chooses at random
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			n := 0
			slowly := func() error { n++; time.Sleep(300 * time.Millisecond); return nil }
			st, err := w.Conn.NewStream(ctx, trial.IdStream, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = st.Results(func([]byte) error { return slowly() })
			trial.WantError(t, "bytes", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
			trial.WantError(t, "bytes, asked again", st.Results(nil), grid.ErrDeadlineExceeded, grid.MayHaveRun)
			cancel()

			ctx, cancel = context.WithTimeout(t.Context(), time.Second)
			typed, err := manyTyped().Call(ctx, w.Conn, trial.Message(""))
			if err != nil {
				t.Fatal(err)
			}
			err = typed.Results(func(*grid.Bytes) error { return slowly() })
			trial.WantError(t, "typed", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
			if n >= 1000 {
				t.Fatal("the stream was not cut")
			}
			cancel()
		}
	})
}

// P4: a stream on which nothing came before its deadline has an error, too, for
// Results and for those who read the channel.
func TestP4ResultsOfASilentStreamAreNotComplete(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		for i := range 40 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			typed, err := trial.BytesStream(1, 1).Call(ctx, w.Conn, trial.Message(""))
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				err = typed.Results(func(*grid.Bytes) error { return nil })
			} else {
				err = (<-typed.Responses).Err
			}
			trial.WantError(t, "typed", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
			cancel()
			trial.Await(t, "start", h.Started)
			trial.Await(t, "end", h.Ended)
		}
	})
}

// P4: who reads the channel of a stream that was cut sees the error, however late.
func TestP4TheErrorWaitsForALateReader(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: registerMany})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		st, err := w.Conn.NewStream(ctx, trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		typed, err := manyTyped().Call(ctx, w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		var last, lastTyped error
		for resp := range st.Responses {
			last = resp.Err
		}
		for resp := range typed.Responses {
			lastTyped = resp.Err
		}
		for what, err := range map[string]error{"bytes": last, "typed": lastTyped} {
			trial.WantError(t, what, err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		}
	})
}

// P10: streams that nobody reads are waited for like others, and cut at last; Shutdown
// names them, and whoever reads them after all sees that they were cut.
func TestP10StreamsThatNobodyReadsAreCutAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
			return registerMany(n.Manager())
		}})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		st, err := mesh.Connection("a", "b").NewStream(context.Background(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		typed, err := manyTyped().Call(context.Background(), mesh.Connection("a", "b"), trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = mesh.Node("a").Manager().Shutdown(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), `2 × stream to "b"`) {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(begun); took > time.Minute+time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		synctest.Wait()
		for what, err := range map[string]error{
			"bytes": st.Results(func([]byte) error { return nil }),
			"typed": typed.Results(func(*grid.Bytes) error { return nil }),
		} {
			if !errors.Is(err, grid.ErrDisconnected) {
				t.Errorf("%s: Results after Shutdown: %v", what, err)
			}
		}
	})
}
