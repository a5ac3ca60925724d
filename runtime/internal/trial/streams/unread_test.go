package streams_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

const (
	unreadMost = 2 << 20   // Limits.Unread in these tests
	unreadSize = 300 << 10 // of one message: not many fit
	unreadLast = 10        // messages of a stream
)

// sendLarge sends unreadLast messages.
func sendLarge(send func(*grid.Bytes) error) error {
	for i := range unreadLast {
		msg := make(grid.Bytes, unreadSize)
		msg[0], msg[unreadSize-1] = byte(i), byte(i)
		if err := send(&msg); err != nil {
			return err
		}
	}
	return nil
}

// unreadWorld is a world in which the handler of "down" sends large messages, and
// others receive after they were let.
func unreadWorld(t *testing.T, r trial.Role, read <-chan struct{}, counted chan<- int) *trial.World {
	t.Helper()
	return r.World(t, trial.Setup{
		Link: gridtest.Link{Latency: time.Millisecond},
		Configure: allNodes(func(l *grid.Limits) {
			l.Unread, l.Message, l.Reassembly = unreadMost, 1<<20, 8<<20
		}),
		Register: func(m *grid.Manager) error {
			trial.RegisterEcho(m)
			return trial.TypedStream(4, 4, func(ctx context.Context, p string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				switch p {
				case "down":
					return sendLarge(out.Send)
				case "unread":
					select {
					case <-read:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				n, err := countLarge(in.Recv)
				counted <- n
				if err != io.EOF {
					return err
				}
				return nil
			})(m)
		},
	})
}

// countLarge receives what sendLarge sent, until the end.
func countLarge(recv func() (*grid.Bytes, error)) (n int, err error) {
	for ; ; n++ {
		msg, err := recv()
		if err != nil {
			return n, err
		}
		if m := *msg; len(m) != unreadSize || int(m[0]) != n || int(m[unreadSize-1]) != n {
			return n, errors.New("a message out of order")
		}
	}
}

// checkUnread checks the bound of what one end holds.
func checkUnread(t *testing.T, c *grid.Connection) {
	t.Helper()
	if n := c.Stats().UnreadBytes; n > unreadMost+1<<20 {
		t.Errorf("%d bytes are unread, at most %d and one message are allowed", n, unreadMost)
	}
}

// P5: large messages of streams that nobody reads wait at their sender, so no
// stream ends for them and those that are read go on, at the client: within the
// same bound of memory. What waited comes when it is read at last.
func TestP5UnreadStreamsDoNotHoldUpAClientThatReads(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := unreadWorld(t, r, nil, nil)
		var unread []*grid.Duplex[*grid.Bytes, *grid.Bytes]
		for range 40 {
			unread = append(unread, trial.OpenStream(t, w, "down"))
		}
		trial.Settle()
		time.Sleep(time.Minute)
		if n := w.Conn.Stats().UnreadBytes; n < unreadMost-unreadSize {
			t.Errorf("only %d bytes are unread, %d may be", n, unreadMost)
		}
		ends := make(chan error, 3)
		for range cap(ends) {
			st := trial.OpenStream(t, w, "down")
			go func() {
				n, err := countLarge(func() (*grid.Bytes, error) {
					checkUnread(t, w.Conn)
					time.Sleep(time.Millisecond) // a reader is not always waiting
					return st.Recv()
				})
				if n != unreadLast {
					t.Errorf("%d messages came to one who reads", n)
				}
				ends <- err
			}()
		}
		for range cap(ends) {
			if err := trial.Await(t, "reader", ends); err != io.EOF {
				t.Errorf("a stream that was read ended with %v", err)
			}
		}
		w.Alive(t)
		for i, st := range unread {
			if i%3 == 0 {
				st.Close()
				continue
			}
			if n, err := countLarge(st.Recv); n != unreadLast || err != io.EOF {
				t.Errorf("a stream that was read late brought %d messages and %v", n, err)
			}
			checkUnread(t, w.Conn)
		}
		if n := w.Conn.Stats().UnreadBytes; n != 0 {
			t.Errorf("%d bytes stay behind", n)
		}
	})
}

// P5: the same at the server, and a Send that waits for others to be read waits no
// longer than its context.
func TestP5UnreadStreamsDoNotHoldUpAHandlerThatReads(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		const unread = 40
		read, counted := make(chan struct{}), make(chan int, unread)
		w := unreadWorld(t, r, read, counted)
		far := w.Connection(r.Server, r.Caller)
		upload := func(ctx context.Context, payload string) <-chan error {
			st, err := trial.BytesStream(4, 4).Open(ctx, w.Conn, trial.Message(payload))
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() {
				err := sendLarge(st.Send)
				if err == nil {
					st.CloseSend()
					_, err = st.Recv()
				}
				ended <- err
			}()
			return ended
		}
		var ends []<-chan error
		for range unread {
			ends = append(ends, upload(t.Context(), "unread"))
		}
		trial.Settle()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		given := upload(ctx, "unread")
		time.Sleep(time.Minute)
		select {
		case err := <-given:
			trial.WantError(t, "a Send that waited", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		default:
			t.Error("a Send outlived its context")
		}
		ended := upload(t.Context(), "read")
		if n := trial.Await(t, "handler", counted); n != unreadLast {
			t.Errorf("%d messages came to a handler that reads", n)
		}
		if err := trial.Await(t, "upload", ended); err != io.EOF {
			t.Errorf("an upload that was read ended with %v", err)
		}
		checkUnread(t, far)
		close(read)
		for _, ended := range ends {
			if err := trial.Await(t, "upload", ended); err != io.EOF {
				t.Errorf("an upload that was read late ended with %v", err)
			}
			if n := trial.Await(t, "handler", counted); n != unreadLast {
				t.Errorf("%d messages came to a late handler", n)
			}
		}
		trial.Settle()
		if n := far.Stats().UnreadBytes; n != 0 {
			t.Errorf("%d bytes stay behind", n)
		}
	})
}

// P5: small messages that nobody reads do not hold up large ones either, though they
// alone are more than may be unread in all.
func TestP5UnreadSmallMessagesDoNotHoldUpLargeOnes(t *testing.T) {
	const window = 64 << 10
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{
			Configure: allNodes(func(l *grid.Limits) { l.Unread, l.Message, l.Reassembly = 1<<20, 1<<20, 1<<20 }),
			Register: trial.TypedStream(1000, 1000, func(_ context.Context, p string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				for p == "small" {
					if err := out.Send(trial.Message(string(make([]byte, 10<<10)))); err != nil {
						return err
					}
				}
				return sendLarge(out.Send)
			}),
		})
		large := trial.OpenStream(t, w, "large") // before the others: past the limit none is opened
		for range (1<<20)/window + 1 {
			st, err := trial.BytesStream(1000, 1000).Open(t.Context(), w.Conn, trial.Message("small"))
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
		}
		time.Sleep(time.Minute)
		if n := w.Conn.Stats().UnreadBytes; n < 1<<20 {
			t.Fatalf("only %d bytes are unread", n)
		}
		if n, err := countLarge(large.Recv); n != unreadLast || err != io.EOF {
			t.Errorf("%d messages and %v", n, err)
		}
	})
}

// Recv returns nothing after Close, neither what had been received nor a good end.
func TestRecvAfterClose(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.TypedStream(4, 16, func(_ context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			for range 8 {
				if err := out.Send(trial.Message("m")); err != nil {
					return err
				}
			}
			return nil
		})})
		for received := range 3 {
			st, err := trial.BytesStream(4, 16).Open(t.Context(), w.Conn, trial.Message(""))
			if err != nil {
				t.Fatal(err)
			}
			trial.Settle() // all of it has come, and the end
			for range received {
				if _, err := st.Recv(); err != nil {
					t.Fatal(err)
				}
			}
			st.Close()
			for range 2 {
				_, err := st.Recv()
				trial.WantError(t, "Recv after Close", err, grid.ErrCanceled, grid.MayHaveRun)
			}
		}
	})
}
