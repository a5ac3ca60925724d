package streams_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// record is a message that may not be encodable: how says what its encoding does,
// "" nothing.
type record struct {
	grid.Bytes
	how string
}

func newRecord() *record { return new(record) }

func (r *record) MarshalMsg(b []byte) ([]byte, error) {
	switch r.how {
	case "fails":
		return b, errors.New("the union has two variants")
	case "panics":
		panic("a message of somebody's own")
	}
	return r.Bytes.MarshalMsg(b)
}

const tooMuch = 1 << 20 // what the nodes of these tests take

// unsendable are the messages that cannot be sent, and what their senders are told.
var unsendable = map[string]struct {
	msg  *record
	want *grid.Error
}{
	"fails":     {&record{how: "fails"}, grid.ErrInvalidArgument},
	"panics":    {&record{how: "panics"}, grid.ErrInternal},
	"too large": {&record{Bytes: make([]byte, tooMuch+1)}, grid.ErrTooLarge},
}

// sendRecord sends as one does who recovers from panics.
func sendRecord(send func(*record) error, msg *record) (err error) {
	defer func() {
		if recover() != nil {
			err = grid.ErrInternal
		}
	}()
	return send(msg)
}

// eachGap runs a test for each message that cannot be sent, in each role.
func eachGap(t *testing.T, test func(t *testing.T, r trial.Role, bad *record, want *grid.Error)) {
	for name, b := range unsendable {
		t.Run(name, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) { test(t, r, b.msg, b.want) })
		})
	}
}

// gapWorld is a world in which messages of tooMuch are too large.
func gapWorld(t *testing.T, r trial.Role, register func(*grid.Manager) error) *trial.World {
	t.Helper()
	return r.World(t, trial.Setup{Register: register, Configure: allNodes(func(l *grid.Limits) { l.Message = tooMuch })})
}

// records is a stream of records in the directions that have a capacity.
var records = grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, newRecord, newRecord, grid.WithCapacity(4, 4))

// recordsIn is a stream on which the client sends.
var recordsIn = grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, newRecord, grid.NewNoPayload, grid.WithCapacity(4, 0))

// toEnd receives until the end and tells how that was.
func toEnd(in *grid.Receiver[*record]) (err error) {
	for err == nil {
		_, err = in.Recv()
	}
	return err
}

// wantCut checks how a handler saw the end of an input that was cut.
func wantCut(t *testing.T, err error, want *grid.Error) {
	t.Helper()
	if err == io.EOF || !errors.Is(err, want) || !grid.IsRemote(err) {
		t.Errorf("the handler saw %v, want %s of the client", err, want.Code)
	}
}

// P4: an upload whose message cannot be sent fails at both ends, however little the
// client heeds what Send returned, and whether or not anything had been written yet.
// The handler runs and sees it.
func TestP4UploadWithAGapIsNotComplete(t *testing.T) {
	eachGap(t, func(t *testing.T, r trial.Role, bad *record, want *grid.Error) {
		ended := make(chan error, 1)
		w := gapWorld(t, r, func(m *grid.Manager) error {
			return m.Register(recordsIn.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*record], _ *grid.Sender[*grid.NoPayload]) error {
				ended <- toEnd(in)
				return nil
			}))
		})
		for _, before := range []int{0, 2} {
			for _, pause := range []bool{false, true} {
				up, err := recordsIn.OpenUpload(t.Context(), w.Conn, grid.NewNoPayload())
				if err != nil {
					t.Fatal(err)
				}
				for range before {
					if err := up.Send(new(record)); err != nil {
						t.Fatal(err)
					}
				}
				if pause {
					trial.Settle()
				}
				if err := sendRecord(up.Send, bad); !errors.Is(err, want) {
					t.Errorf("Send returned %v", err)
				}
				trial.WantError(t, "the next Send", up.Send(new(record)), want, grid.MayHaveRun)
				trial.WantError(t, "Finish", up.Finish(), want, grid.MayHaveRun)
				up.Close()
				wantCut(t, trial.Await(t, "handler", ended), want)
			}
		}
	})
}

// P4: a stream in both directions with a gap is not complete: CloseSend, Recv and
// All say so, the handler's Recv does, and its context ends.
func TestP4DuplexWithAGapIsNotComplete(t *testing.T) {
	eachGap(t, func(t *testing.T, r trial.Role, bad *record, want *grid.Error) {
		ended := make(chan error, 1)
		w := gapWorld(t, r, func(m *grid.Manager) error {
			return m.Register(records.Handle(func(ctx context.Context, _ *grid.NoPayload, in *grid.Receiver[*record], out *grid.Sender[*record]) error {
				if err := out.Send(new(record)); err != nil {
					return err
				}
				err := toEnd(in)
				<-ctx.Done()
				ended <- err
				return nil
			}))
		})
		st, err := records.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		_ = sendRecord(st.Send, bad)
		trial.WantError(t, "CloseSend", st.CloseSend(), want, grid.MayHaveRun)
		_, err = st.Recv()
		trial.WantError(t, "Recv", err, want, grid.MayHaveRun)
		n := 0
		for _, err := range st.All() {
			n++
			trial.WantError(t, "All", err, want, grid.MayHaveRun)
		}
		if n != 1 {
			t.Errorf("All yielded %d times", n)
		}
		wantCut(t, trial.Await(t, "handler", ended), want)
	})
}

// P4: a handler that could not send a message has not sent all, whatever it returns,
// and whoever intercepts it knows. Behind the gap nothing is sent.
func TestP4HandlerWithAGapIsNotComplete(t *testing.T) {
	eachGap(t, func(t *testing.T, r trial.Role, bad *record, want *grid.Error) {
		seen := make(chan error, 1)
		w := r.World(t, trial.Setup{
			Configure: func(_ *trial.World, _ string, o *grid.Options) {
				o.Limits.Message = tooMuch
				o.ServerInterceptors = []grid.Interceptor{{Stream: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
					seen <- next(ctx, p)
					return nil // does not undo it
				}}}
			},
			Register: func(m *grid.Manager) error {
				return m.Register(records.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*record], out *grid.Sender[*record]) error {
					for _, msg := range []*record{{}, {}, bad, {}} {
						_ = sendRecord(out.Send, msg)
					}
					return nil
				}))
			},
		})
		st, err := records.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err = range st.All() {
			if err == nil {
				n++
			}
		}
		trial.WantError(t, "the end", err, want, grid.Ran)
		if n != 2 {
			t.Errorf("%d messages came, 2 were sent before the gap", n)
		}
		if err := <-seen; !errors.Is(err, want) {
			t.Errorf("the interceptor saw %v", err)
		}
	})
}

// P4: what a handler returns is how its stream ends, also if there is a gap.
func TestErrorOfAHandlerWithAGapIsItsOwn(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := gapWorld(t, r, func(m *grid.Manager) error {
			return m.Register(records.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*record], out *grid.Sender[*record]) error {
				_ = out.Send(&record{how: "fails"})
				return grid.NewError(grid.NotFound, "gone")
			}))
		})
		st, err := records.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		_, err = st.Recv()
		trial.WantError(t, "the end", err, grid.ErrNotFound, grid.Ran)
	})
}

// P4: the channel shapes have nobody who could heed an error of Send: the stream
// ends with it at both ends, in either direction, typed and bytes.
func TestP4ChannelsWithAGapAreNotComplete(t *testing.T) {
	huge := make([]byte, tooMuch+1)
	fails := &record{how: "fails"}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		input := make(chan bool, 2) // whether it was seen to end
		w := gapWorld(t, r, func(m *grid.Manager) error {
			return errors.Join(
				records.Register(m, func(ctx context.Context, _ *grid.NoPayload, in <-chan *record, out chan<- *record) error {
					if !asked(ctx, in, func(msg *record) bool { return len(msg.Bytes) == 0 }) {
						input <- endSeen(ctx, in)
						return nil
					}
					out <- fails
					return nil
				}),
				m.RegisterStreamingHandler(trial.IdOther, grid.StreamHandler{InCapacity: 4, OutCapacity: 4,
					Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
						if !asked(ctx, in, func(msg []byte) bool { return len(msg) == 0 }) {
							input <- endSeen(ctx, in)
							return nil
						}
						out <- huge
						return nil
					}}))
		})
		for _, client := range []bool{true, false} {
			outcome := grid.Ran
			typed, err := records.Call(t.Context(), w.Conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			raw, err := w.Conn.NewStream(t.Context(), trial.IdOther, nil)
			if err != nil {
				t.Fatal(err)
			}
			if client {
				outcome = grid.MayHaveRun
				typed.Requests <- &record{Bytes: []byte("x")}
				typed.Requests <- fails
				raw.Requests <- []byte("x")
				raw.Requests <- huge
			} else {
				typed.Requests <- new(record)
				raw.Requests <- nil
			}
			close(typed.Requests)
			close(raw.Requests)
			trial.WantError(t, "typed", typed.Results(func(*record) error { return nil }), grid.ErrInvalidArgument, outcome)
			trial.WantError(t, "bytes", raw.Results(func([]byte) error { return nil }), grid.ErrTooLarge, outcome)
			if seen := client && trial.Await(t, "handler", input); client && trial.Await(t, "handler", input) || seen {
				t.Error("a handler saw its input end")
			}
		}
	})
}

// asked reports whether the first message of a channel is of a kind.
func asked[T any](ctx context.Context, in <-chan T, kind func(T) bool) bool {
	select {
	case msg := <-in:
		return kind(msg)
	case <-ctx.Done():
		return false
	}
}

// endSeen waits for the end of ctx, or of a channel, and reports whether it was that.
func endSeen[T any](ctx context.Context, in <-chan T) bool {
	for {
		select {
		case _, open := <-in:
			if !open {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// P4: a handler that returns while another goroutine of its waits to send has not
// sent all.
func TestP4HandlerThatReturnsWhileAnotherSendsIsNotComplete(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		sent := make(chan error, 1)
		w := gapWorld(t, r, func(m *grid.Manager) error {
			return m.Register(records.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*record], out *grid.Sender[*record]) error {
				for range 4 { // all that the client takes
					if err := out.Send(new(record)); err != nil {
						return err
					}
				}
				go func() { sent <- out.Send(new(record)) }()
				trial.Settle()
				return nil
			}))
		})
		st, err := records.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		if err := trial.Await(t, "Send", sent); err == nil {
			t.Error("a message was sent after the end")
		}
		n := 0
		for _, err = range st.All() {
			n++
		}
		if trial.WantError(t, "the end", err, grid.ErrInternal, grid.Ran); n != 5 {
			t.Errorf("All yielded %d times", n)
		}
	})
}

// A message for a handler that takes none is an error at once, and no stream is
// complete that one was meant for.
func TestSendToAHandlerThatTakesNone(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterStreamingHandler(trial.IdStream, grid.StreamHandler{Handle: h.Stream, OutCapacity: 1})
		}})
		up, err := recordsIn.OpenUpload(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		err = up.Send(new(record))
		trial.WantError(t, "Send", err, grid.ErrInvalidArgument, grid.MayHaveRun)
		if !strings.Contains(err.Error(), "takes no messages") {
			t.Errorf("%v", err)
		}
		trial.WantError(t, "Finish", up.Finish(), grid.ErrInvalidArgument, grid.MayHaveRun)
		if err := trial.Await(t, "handler", h.Ended); !errors.Is(err, grid.ErrInvalidArgument) {
			t.Errorf("the handler's context: %v", err)
		}
	})
}

// After the other end has ended the stream there is no gap: Send says that it is
// over, whatever the message, and the verdict stands.
func TestUnsendableMessageAfterTheEnd(t *testing.T) {
	eachGap(t, func(t *testing.T, r trial.Role, bad *record, _ *grid.Error) {
		w := gapWorld(t, r, func(m *grid.Manager) error {
			return m.Register(recordsIn.Handle(func(context.Context, *grid.NoPayload, *grid.Receiver[*record], *grid.Sender[*grid.NoPayload]) error {
				return nil
			}))
		})
		up, err := recordsIn.OpenUpload(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		if err := sendRecord(up.Send, bad); bad.how != "panics" && err != io.EOF {
			t.Errorf("Send returned %v", err)
		}
		if err := up.Finish(); err != nil {
			t.Errorf("Finish returned %v", err)
		}
	})
}
