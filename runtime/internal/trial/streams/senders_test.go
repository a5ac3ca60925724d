package streams_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// sendMix sends messages of every way to travel, each filled with one byte, from
// several goroutines, and returns when all are sent.
func sendMix(t *testing.T, goroutines int, send func(*grid.Bytes) error) (total int) {
	sizes := []int{1, 100, 5 << 10, 64 << 10, 200 << 10, 600 << 10}
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range 3 * len(sizes) {
				msg := grid.Bytes(bytes.Repeat([]byte{byte(g)}, sizes[(g+i)%len(sizes)]))
				if err := send(&msg); err != nil {
					t.Errorf("goroutine %d, message %d: %v", g, i, err)
					return
				}
			}
		})
	}
	all.Wait()
	return goroutines * 3 * len(sizes)
}

// countWhole receives until the end, and counts messages that are of one byte only.
func countWhole(recv func() (*grid.Bytes, error)) (n int, err error) {
	for ; ; n++ {
		msg, err := recv()
		if err != nil {
			return n, err
		}
		if bytes.Count(*msg, (*msg)[:1]) != len(*msg) {
			return n, errors.New("two messages in one")
		}
	}
}

// Several goroutines send on one stream, small messages and large, at either end:
// each arrives whole, none is lost, none waits for ever.
func TestManyGoroutinesSend(t *testing.T) {
	const goroutines = 7
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		counted := make(chan int, 1)
		w := r.World(t, trial.Setup{Link: gridtest.Link{Latency: time.Millisecond}, Register: trial.TypedStream(2, 2,
			func(_ context.Context, _ string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				n, err := countWhole(in.Recv)
				if err != io.EOF {
					return err
				}
				counted <- n
				sendMix(t, goroutines, out.Send)
				return nil
			})})
		st := trial.OpenStream(t, w, "")
		sent := sendMix(t, goroutines, st.Send)
		if err := st.CloseSend(); err != nil {
			t.Fatal(err)
		}
		n, err := countWhole(st.Recv)
		if err != io.EOF || n != sent {
			t.Errorf("%d messages of %d came, then %v", n, sent, err)
		}
		if n := <-counted; n != sent {
			t.Errorf("the handler got %d messages of %d", n, sent)
		}
	})
}

// blockedSenders are goroutines that wait for a peer who reads nothing, each with a
// message of some size.
func blockedSenders(t *testing.T, send func(*grid.Bytes) error) <-chan error {
	t.Helper()
	ended := make(chan error, 6)
	for i := range cap(ended) {
		go func() {
			for {
				if err := send(trial.Message(string(make([]byte, 1+i*40<<10)))); err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	trial.Settle()
	select {
	case err := <-ended:
		t.Fatalf("Send returned %v while the stream lives", err)
	default:
	}
	return ended
}

// However many wait to send, they wait no longer than the stream lives: until its
// context ends, somebody closes it, the peer resets it or is lost, or the handler at
// their end returns.
func TestSendersWaitNoLongerThanTheStream(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		atTheServer := make(chan (<-chan error), 1)
		w := r.World(t, trial.Setup{Register: trial.TypedStream(2, 2, func(ctx context.Context, p string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			switch p {
			case "send":
				atTheServer <- blockedSenders(t, out.Send)
			case "fail":
				time.Sleep(time.Second)
				return grid.NewError(grid.NotFound, "no")
			}
			<-ctx.Done()
			return nil
		})})
		for what, c := range map[string]struct {
			payload string
			end     func(st *grid.Duplex[*grid.Bytes, *grid.Bytes], cancel func())
			want    *grid.Error
		}{
			"deadline":  {"", func(*grid.Duplex[*grid.Bytes, *grid.Bytes], func()) { time.Sleep(time.Minute) }, grid.ErrDeadlineExceeded},
			"cancel":    {"", func(_ *grid.Duplex[*grid.Bytes, *grid.Bytes], cancel func()) { cancel() }, grid.ErrCanceled},
			"close":     {"", func(st *grid.Duplex[*grid.Bytes, *grid.Bytes], _ func()) { st.Close() }, grid.ErrCanceled},
			"verdict":   {"fail", func(*grid.Duplex[*grid.Bytes, *grid.Bytes], func()) { time.Sleep(time.Second) }, grid.ErrNotFound},
			"reset":     {"send", func(st *grid.Duplex[*grid.Bytes, *grid.Bytes], _ func()) { st.Close() }, grid.ErrCanceled},
			"lost peer": {"", func(*grid.Duplex[*grid.Bytes, *grid.Bytes], func()) { w.Cut(r.Caller, r.Server) }, grid.ErrDisconnected},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			st, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message(c.payload))
			if err != nil {
				t.Fatal(err)
			}
			var ended <-chan error
			if c.payload == "send" {
				ended = trial.Await(t, what, atTheServer)
			} else {
				ended = blockedSenders(t, st.Send)
			}
			c.end(st, cancel)
			trial.Settle()
			for range cap(ended) {
				select {
				case err := <-ended:
					if !errors.Is(err, c.want) {
						t.Errorf("%s: Send returned %v", what, err)
					}
				default:
					t.Fatalf("%s: a Send waits on", what)
				}
			}
			cancel()
			w.HealAll()
			w.Connected(t)
		}
	})
}

// CloseSend and Finish let those go first who wait to send: the other end sees the
// end of input behind all of their messages, and later ones are refused.
func TestCloseSendBehindThoseWhoWait(t *testing.T) {
	upload := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, grid.NewBytes, grid.NewNoPayload, grid.WithCapacity(2, 0))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		read := make(chan struct{})
		counted := make(chan int, 1)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(upload.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.NoPayload]) error {
				<-read
				n, err := countWhole(in.Recv)
				counted <- n
				if err == io.EOF {
					return nil
				}
				return err
			}))
		}})
		for _, large := range []int{0, 200 << 10} {
			up, err := upload.OpenUpload(t.Context(), w.Conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			const senders = 5
			sent := make(chan error, senders)
			for i := range senders {
				go func() { sent <- up.Send(trial.Message(string(make([]byte, 10+large*(i%2))))) }()
			}
			trial.Settle()
			finished := make(chan error, 1)
			go func() { finished <- up.Finish() }()
			trial.Settle()
			if err := up.Send(trial.Message("late")); err == nil {
				t.Error("a message was taken after Finish")
			}
			read <- struct{}{}
			for range senders {
				if err := trial.Await(t, "Send", sent); err != nil {
					t.Errorf("Send returned %v", err)
				}
			}
			if n := trial.Await(t, "handler", counted); n != senders {
				t.Errorf("%d messages came before the end, %d were sent", n, senders)
			}
			if err := trial.Await(t, "Finish", finished); err != nil {
				t.Errorf("Finish returned %v", err)
			}
		}
	})
}
