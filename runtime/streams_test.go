package grid_test

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
)

// typedStream registers fn as the handler of bytesStream.
func typedStream(in, out int, fn func(ctx context.Context, payload string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error) func(*grid.Manager) error {
	return func(m *grid.Manager) error {
		return m.Register(bytesStream(in, out).Handle(func(ctx context.Context, p *grid.Bytes, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			return fn(ctx, string(*p), in, out)
		}))
	}
}

// echoBack sends back what it receives, until the end of its input.
func echoBack(_ context.Context, _ string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
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

// openStream opens the stream of bytesStream.
func openStream(t *testing.T, w *world, payload string) *grid.Duplex[*grid.Bytes, *grid.Bytes] {
	t.Helper()
	st, err := bytesStream(4, 4).Open(t.Context(), w.conn, message(payload))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// P4: messages of every size arrive in order, in both directions, without gap or
// duplicate, and the end after the last.
func TestP4StreamRoundtrip(t *testing.T) {
	sizes := []int{0, 1, 1000, 64 << 10, 72 << 10, 72<<10 + 1, 300 << 10, 5}
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: typedStream(4, 4, echoBack), link: gridtest.Link{Latency: time.Millisecond}})
		st := openStream(t, w, "")
		go func() {
			for i := range 100 {
				if err := st.Send(message(strings.Repeat(string(rune('a'+i%26)), sizes[i%len(sizes)]))); err != nil {
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
	register := registerAll(nil, map[grid.HandlerID]grid.StreamHandler{
		idStream: {InCapacity: 2, OutCapacity: 2, Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
			for msg := range in {
				out <- append(append([]byte(nil), p...), msg...)
			}
			out <- []byte("bye")
			return nil
		}},
		idOther: {OutCapacity: 2, Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
			if in != nil {
				return errors.New("there is an input that was not asked for")
			}
			out <- append([]byte(nil), p...)
			return nil
		}},
	})
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: register})
		st, err := w.conn.NewStream(t.Context(), idStream, []byte("x"))
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

		one, err := w.conn.NewStream(t.Context(), idOther, []byte("only"))
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
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		register := registerAll(nil, map[grid.HandlerID]grid.StreamHandler{idStream: {OutCapacity: 1,
			Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
				out <- []byte("first")
				return h.stream(ctx, p, in, out)
			}}})
		w := r.world(t, setup{register: register})
		st, err := w.conn.NewStream(t.Context(), idStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		if err := st.Results(func([]byte) error { return enough }); err != enough {
			t.Errorf("Results returned %v", err)
		}
		if err := await(t, "end of the handler", h.ended); !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("the handler's context: %v", err)
		}
	})
}

// P4: the end of a stream is io.EOF only after its handler returned nil. An
// error comes after the messages that were sent before it.
func TestP4EOFOnlyAfterTheHandlersOK(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		finish := make(chan error)
		w := r.world(t, setup{register: typedStream(4, 4, func(ctx context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			out.Send(message("1"))
			out.Send(message("2"))
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
			"cut":   {func() { w.Cut(r.caller, r.server) }, func(err error) bool { return errors.Is(err, grid.ErrDisconnected) && !grid.IsRemote(err) }},
			"crash": {func() { w.Crash(r.server); w.Restart(r.server) }, func(err error) bool { return errors.Is(err, grid.ErrDisconnected) }},
		} {
			st := openStream(t, w, "")
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
			w.connected(t)
		}
	})
}

// Known mistake of the origin: a peer that redials over a half-open socket made
// streams end as if they were complete.
func TestOriginRedialOverHalfOpenSocketEndsStreamsWithAnError(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		st := openStream(t, w, "")
		await(t, "start of the handler", h.started)
		w.Vanish(r.server) // nobody is told
		w.Restart(r.server)
		_, err := st.Recv()
		wantError(t, "the old stream", err, grid.ErrDisconnected, grid.MayHaveRun)
		w.connected(t)
	})
}

// Known mistake of the origin: senders blocked for ever once the stream had
// ended, at either end.
func TestOriginSendReturnsAfterTheStreamEnded(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: registerAll(nil, map[grid.HandlerID]grid.StreamHandler{
			idStream: {InCapacity: 2, OutCapacity: 2, Handle: func(_ context.Context, p []byte, _ <-chan []byte, _ chan<- []byte) error {
				time.Sleep(time.Second)
				if len(p) > 0 {
					return grid.NewError(grid.NotFound, "no")
				}
				return nil
			}},
			idOther: {OutCapacity: 2, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
				for range 100 {
					out <- []byte("x") // the client never reads, then gives up
				}
				h.ended <- grid.Cause(ctx)
				return nil
			}},
		})})
		for payload, want := range map[string]error{"": io.EOF, "fail": grid.ErrNotFound} {
			st := openStream(t, w, payload)
			var err error
			for err == nil {
				err = st.Send(message("more"))
			}
			if !errors.Is(err, want) {
				t.Errorf("typed Send after the end: %v, want %v", err, want)
			}
		}
		ch, err := w.conn.NewStream(t.Context(), idStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 { // a channel cannot tell, but it must not block
			ch.Requests <- []byte("more")
		}
		close(ch.Requests)

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err = w.conn.NewStream(ctx, idOther, nil); err != nil {
			t.Fatal(err)
		}
		if err := await(t, "end of the handler", h.ended); err == nil {
			t.Error("the handler's sends went on without an end of the stream")
		}
	})
}

// A stream's handler that is blocked in Send, because nobody reads, comes free
// when the client gives up.
func TestBlockedResponse(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		sent := make(chan error, 1)
		w := r.world(t, setup{register: typedStream(4, 4, func(_ context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			for {
				if err := out.Send(message("x")); err != nil {
					sent <- err
					return err
				}
			}
		})})
		st := openStream(t, w, "")
		time.Sleep(time.Minute)
		select {
		case err := <-sent:
			t.Fatalf("Send returned %v although the stream lives", err)
		default:
		}
		st.Close()
		if err := await(t, "handler", sent); !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("Send returned %v", err)
		}
	})
}

// The end of a stream's input reaches the handler after the last message, and
// the answer comes after it.
func TestUploadFinishTellsTheVerdict(t *testing.T) {
	upload := grid.NewStream(idStream, grid.NewNoPayload, grid.NewBytes, grid.NewNoPayload, grid.WithCapacity(3, 0))
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
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
		up, err := upload.OpenUpload(t.Context(), w.conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if err := up.Send(message(fmt.Sprint(i))); err != nil {
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
	eachRole(t, func(t *testing.T, r role) {
		got := make(chan error, 1)
		w := r.world(t, setup{register: typedStream(4, 4, func(ctx context.Context, _ string, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.Bytes]) error {
			for {
				if _, err := in.Recv(); err != nil {
					got <- err
					<-ctx.Done()
					return err
				}
			}
		})})
		st := openStream(t, w, "")
		st.Send(message("one"))
		synctest.Wait()
		w.Cut(r.caller, r.server)
		if err := await(t, "handler", got); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("the handler's Recv returned %v", err)
		}
		synctest.Wait() // the client hears of it, too
		if err := st.Send(message("two")); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("the client's Send returned %v", err)
		}
	})
}
