package streams_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P4: messages of every size arrive in order, in both directions, without gap or
// duplicate, and the end after the last.
func TestP4StreamRoundtrip(t *testing.T) {
	sizes := []int{0, 1, 1000, 64 << 10, 72 << 10, 72<<10 + 1, 300 << 10, 5}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 4, trial.EchoBack), Link: gridtest.Link{Latency: time.Millisecond}})
		st := trial.OpenStream(t, w, "")
		go func() {
			for i := range 100 {
				if err := st.Send(trial.Message(strings.Repeat(string(rune('a'+i%26)), sizes[i%len(sizes)]))); err != nil {
					t.Error(err)
				}
			}
			st.CloseSend()
		}()
		i := 0
		for msg, err := range st.All() {
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Repeat(string(rune('a'+i%26)), sizes[i%len(sizes)]); string(*msg) != want {
				t.Fatalf("message %d: %d bytes, want %d", i, len(*msg), len(want))
			}
			i++
		}
		if i != 100 {
			t.Errorf("%d messages", i)
		}
	})
}

// The channel shape: Requests is nil without input, closing it is the end of
// input, Responses is closed at the end, and Results ranges over it.
func TestChannelStreams(t *testing.T) {
	register := trial.RegisterAll(nil, map[grid.HandlerID]grid.StreamHandler{
		trial.IdStream: {InCapacity: 2, OutCapacity: 2, Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
			for msg := range in {
				out <- append(append([]byte(nil), p...), msg...)
			}
			out <- []byte("bye")
			return nil
		}},
		trial.IdOther: {OutCapacity: 2, Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
			if in != nil {
				return errors.New("there is an input that was not asked for")
			}
			out <- append([]byte(nil), p...)
			return nil
		}},
	})
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: register})
		st, err := w.Conn.NewStream(t.Context(), trial.IdStream, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for i := range 50 {
				st.Requests <- fmt.Append(nil, i)
			}
			close(st.Requests)
		}()
		var got []string
		if err := st.Results(func(b []byte) error { got = append(got, string(b)); return nil }); err != nil {
			t.Error(err)
		}
		if len(got) != 51 || got[0] != "x0" || got[49] != "x49" || got[50] != "bye" {
			t.Errorf("%d messages: %v", len(got), got)
		}

		one, err := w.Conn.NewStream(t.Context(), trial.IdOther, []byte("only"))
		if err != nil {
			t.Fatal(err)
		}
		if one.Requests != nil {
			t.Error("there is a channel for requests that nobody reads")
		}
		if resp := <-one.Responses; string(resp.Msg) != "only" || resp.Err != nil {
			t.Errorf("%q, %v", resp.Msg, resp.Err)
		}
		if _, open := <-one.Responses; open {
			t.Error("Responses goes on after the end")
		}
	})
}

// An error of the function given to Results cancels the handler and is returned.
func TestResultsErrorCancelsTheHandler(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		register := trial.RegisterAll(nil, map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {OutCapacity: 1,
			Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
				out <- []byte("first")
				return h.Stream(ctx, p, in, out)
			}}})
		w := r.World(t, trial.Setup{Register: register})
		st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		if err := st.Results(func([]byte) error { return enough }); err != enough {
			t.Errorf("Results returned %v", err)
		}
		if err := trial.Await(t, "end of the handler", h.Ended); !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("the handler's context: %v", err)
		}
	})
}

// P4: the end of a stream is io.EOF only after its handler returned nil. An
// error comes after the messages that were sent before it.
func TestP4EOFOnlyAfterTheHandlersOK(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		finish := make(chan error)
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 4, func(ctx context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			out.Send(trial.Message("1"))
			out.Send(trial.Message("2"))
			select {
			case err := <-finish:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})})
		for what, end := range map[string]struct {
			how  func()
			want func(error) bool
		}{
			"OK":    {func() { finish <- nil }, func(err error) bool { return err == io.EOF }},
			"error": {func() { finish <- grid.NewError(grid.NotFound, "gone") }, func(err error) bool { return errors.Is(err, grid.ErrNotFound) && grid.IsRemote(err) }},
			"cut":   {func() { w.Cut(r.Caller, r.Server) }, func(err error) bool { return errors.Is(err, grid.ErrDisconnected) && !grid.IsRemote(err) }},
			"crash": {func() { w.Crash(r.Server); w.Restart(r.Server) }, func(err error) bool { return errors.Is(err, grid.ErrDisconnected) }},
		} {
			st := trial.OpenStream(t, w, "")
			for _, want := range []string{"1", "2"} {
				if msg, err := st.Recv(); err != nil || string(*msg) != want {
					t.Fatalf("%s: %v", what, err)
				}
			}
			end.how()
			if _, err := st.Recv(); !end.want(err) {
				t.Errorf("%s: Recv returned %v", what, err)
			}
			w.HealAll()
			w.Connected(t)
		}
	})
}

// Known mistake of the origin: a peer that redials over a half-open socket made
// streams end as if they were complete.
func TestOriginRedialOverHalfOpenSocketEndsStreamsWithAnError(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		st := trial.OpenStream(t, w, "")
		trial.Await(t, "start of the handler", h.Started)
		w.Vanish(r.Server) // nobody is told
		w.Restart(r.Server)
		_, err := st.Recv()
		trial.WantError(t, "the old stream", err, grid.ErrDisconnected, grid.MayHaveRun)
		w.Connected(t)
	})
}

// Known mistake of the origin: senders blocked for ever once the stream had
// ended, at either end.
func TestOriginSendReturnsAfterTheStreamEnded(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: trial.RegisterAll(nil, map[grid.HandlerID]grid.StreamHandler{
			trial.IdStream: {InCapacity: 2, OutCapacity: 2, Handle: func(_ context.Context, p []byte, _ <-chan []byte, _ chan<- []byte) error {
				time.Sleep(time.Second)
				if len(p) > 0 {
					return grid.NewError(grid.NotFound, "no")
				}
				return nil
			}},
			trial.IdOther: {OutCapacity: 2, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
				for range 100 {
					out <- []byte("x") // the client never reads, then gives up
				}
				h.Ended <- grid.Cause(ctx)
				return nil
			}},
		})})
		for payload, want := range map[string]error{"": io.EOF, "fail": grid.ErrNotFound} {
			st := trial.OpenStream(t, w, payload)
			var err error
			for err == nil {
				err = st.Send(trial.Message("more"))
			}
			if !errors.Is(err, want) {
				t.Errorf("typed Send after the end: %v, want %v", err, want)
			}
		}
		ch, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 { // a channel cannot tell, but it must not block
			ch.Requests <- []byte("more")
		}
		close(ch.Requests)

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err = w.Conn.NewStream(ctx, trial.IdOther, nil); err != nil {
			t.Fatal(err)
		}
		if err := trial.Await(t, "end of the handler", h.Ended); err == nil {
			t.Error("the handler's sends went on without an end of the stream")
		}
	})
}

// A stream's handler that is blocked in Send, because nobody reads, comes free
// when the client gives up.
func TestBlockedResponse(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		sent := make(chan error, 1)
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 4, func(_ context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			for {
				if err := out.Send(trial.Message("x")); err != nil {
					sent <- err
					return err
				}
			}
		})})
		st := trial.OpenStream(t, w, "")
		time.Sleep(time.Minute)
		select {
		case err := <-sent:
			t.Fatalf("Send returned %v although the stream lives", err)
		default:
		}
		st.Close()
		if err := trial.Await(t, "handler", sent); !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("Send returned %v", err)
		}
	})
}

// The end of a stream's input reaches the handler after the last message, and
// the answer comes after it.
func TestUploadFinishTellsTheVerdict(t *testing.T) {
	upload := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, grid.NewBytes, grid.NewNoPayload, grid.WithCapacity(3, 0))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(upload.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.NoPayload]) error {
				var all bytes.Buffer
				for msg, err := range in.All() {
					if err != nil {
						return err
					}
					all.Write(*msg)
				}
				return grid.NewError(grid.InvalidArgument, all.String())
			}))
		}})
		up, err := upload.OpenUpload(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if err := up.Send(trial.Message(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := up.Finish(); !errors.Is(err, grid.ErrInvalidArgument) || !strings.Contains(err.Error(), "0123456789") {
			t.Errorf("Finish returned %v", err)
		}
	})
}

// P4: a stream is over for the handler too when the connection is lost: its
// Recv returns an error that is no EOF, and its context ends.
func TestP4LossIsNoEndOfInput(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		got := make(chan error, 1)
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 4, func(ctx context.Context, _ string, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.Bytes]) error {
			for {
				if _, err := in.Recv(); err != nil {
					got <- err
					<-ctx.Done()
					return err
				}
			}
		})})
		st := trial.OpenStream(t, w, "")
		st.Send(trial.Message("one"))
		synctest.Wait()
		w.Cut(r.Caller, r.Server)
		if err := trial.Await(t, "handler", got); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("the handler's Recv returned %v", err)
		}
		synctest.Wait() // the client hears of it, too
		if err := st.Send(trial.Message("two")); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("the client's Send returned %v", err)
		}
	})
}
