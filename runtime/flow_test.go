package grid_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// P5, P6: a client that does not read stops only the stream that it does not
// read. The handler of that stream gets as far as its credit goes; other
// streams and calls go on.
func TestP5SlowReaderStopsOnlyItsOwnStream(t *testing.T) {
	const capacity = 4
	eachRole(t, func(t *testing.T, r role) {
		var sent atomic.Int64
		flood := typedStream(capacity, capacity, func(_ context.Context, payload string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			for range 100 {
				if err := out.Send(message("a message")); err != nil {
					return err
				}
				if payload == "unread" {
					sent.Add(1)
				}
			}
			return nil
		})
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			registerEcho(m)
			return flood(m)
		}})
		unread := openStream(t, w, "unread")
		time.Sleep(time.Minute)
		if n := sent.Load(); n != capacity {
			t.Errorf("%d messages were sent to a reader with room for %d", n, capacity)
		}
		if n := drain(t, openStream(t, w, "read")); n != 100 {
			t.Errorf("another stream brought %d messages", n)
		}
		reply, err := w.conn.Request(t.Context(), idCall, []byte("hi"))
		wantReply(t, "a call beside it", reply, err, "hi")
		if n := drain(t, unread); n != 100 {
			t.Errorf("the unread stream brought %d messages when it was read at last", n)
		}
	})
}

// drain reads a stream to its end and counts.
func drain(t *testing.T, st interface{ Recv() (*grid.Bytes, error) }) int {
	t.Helper()
	for n := 0; ; n++ {
		_, err := st.Recv()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Error(err)
			return n
		}
	}
}

// P5 the other way: a handler that does not read stops its own client alone.
func TestP5SlowHandlerStopsOnlyItsOwnClient(t *testing.T) {
	const capacity = 3
	eachRole(t, func(t *testing.T, r role) {
		read := make(chan struct{})
		w := r.world(t, setup{register: typedStream(capacity, 4, func(ctx context.Context, payload string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			if payload == "slow" {
				<-read
			}
			return echoBack(ctx, payload, in, out)
		})})
		slow := openStream(t, w, "slow")
		var sent atomic.Int64
		go func() {
			for range 50 {
				slow.Send(message("x"))
				sent.Add(1)
			}
			slow.CloseSend()
		}()
		time.Sleep(time.Minute)
		if n := sent.Load(); n != capacity {
			t.Errorf("%d messages were sent to a handler with room for %d", n, capacity)
		}
		quick := openStream(t, w, "quick")
		go func() {
			for range 50 {
				quick.Send(message("x"))
			}
			quick.CloseSend()
		}()
		if n := drain(t, quick); n != 50 {
			t.Errorf("another stream brought %d messages", n)
		}
		close(read)
		if n := drain(t, slow); n != 50 {
			t.Errorf("the slow stream brought %d messages in the end", n)
		}
	})
}

// P6: what a stream holds unread is bounded in bytes too, far below what its
// capacity in messages would allow.
func TestP6UnreadBytesOfAStreamAreBounded(t *testing.T) {
	const size = 10 << 10
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: typedStream(1, 1000, func(_ context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			for range 500 {
				if err := out.Send(message(string(make([]byte, size)))); err != nil {
					return err
				}
			}
			return nil
		})})
		st, err := bytesStream(1, 1000).Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		window := grid.DefaultLimits().StreamWindowMin
		if unread := w.conn.Stats().UnreadBytes; unread < window || unread > window+size {
			t.Errorf("%d bytes are unread, the window is %d", unread, window)
		}
		if n := drain(t, st); n != 500 {
			t.Errorf("%d messages came in the end", n)
		}
	})
}

// P4: the least credit there is, over a link with latency and jitter.
func TestP4CapacityOne(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: typedStream(1, 1, echoBack), link: gridtest.Link{Latency: time.Millisecond, Jitter: time.Millisecond}})
		st, err := bytesStream(1, 1).Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for i := range 300 {
				st.Send(message(fmt.Sprint(i)))
			}
			st.CloseSend()
		}()
		for i := range 300 {
			if msg, err := st.Recv(); err != nil || string(*msg) != fmt.Sprint(i) {
				t.Fatalf("message %d: %v", i, err)
			}
		}
		if _, err := st.Recv(); err != io.EOF {
			t.Errorf("the end: %v", err)
		}
	})
}

// Known mistake of the origin: streams moved one message in a round trip. Where
// no capacity is declared, a stream has room for more than that.
func TestOriginManyMessagesInARoundTrip(t *testing.T) {
	const latency = 50 * time.Millisecond
	typed := grid.NewStream(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{link: gridtest.Link{Latency: latency}, register: func(m *grid.Manager) error {
			return m.Register(typed.Handle(func(_ context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				for range 160 {
					if err := out.Send(message("x")); err != nil {
						return err
					}
				}
				return nil
			}))
		}})
		start := time.Now()
		st, err := typed.Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		if n := drain(t, st); n != 160 {
			t.Errorf("%d messages", n)
		}
		if since := time.Since(start); since > 25*2*latency {
			t.Errorf("160 messages took %v, that is %d round trips", since, since/(2*latency))
		}
	})
}

// Known mistakes of the origin: the reader waited for the writer, and two peers
// that flooded each other blocked for good; and large messages stood in the way
// of small ones. Both sides call and stream at once into sockets that are full
// all the time.
func TestOriginFloodInBothDirectionsDoesNotDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := gridtest.New(t, gridtest.Options{
			Nodes: []string{"a", "b"},
			Link:  gridtest.Link{Bandwidth: 20 << 20, Latency: time.Millisecond},
			Register: func(n *gridtest.Node) error {
				registerEcho(n.Manager())
				return typedStream(8, 8, echoBack)(n.Manager())
			},
		})
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for _, ends := range [][2]string{{"a", "b"}, {"b", "a"}} {
			c := m.Connection(ends[0], ends[1])
			for range 16 {
				all.Go(func() { floodCalls(t, c) })
			}
			for range 4 {
				all.Go(func() { floodStream(t, c) })
			}
		}
		all.Wait()
	})
}

func floodCalls(t *testing.T, c *grid.Connection) {
	for _, size := range []int{60 << 10, 200 << 10, 10} {
		reply, err := c.Request(t.Context(), idCall, make([]byte, size))
		if err != nil || len(reply) != size {
			t.Errorf("%d of %d bytes came back, %v", len(reply), size, err)
		}
	}
}

func floodStream(t *testing.T, c *grid.Connection) {
	st, err := bytesStream(8, 8).Open(t.Context(), c, message(""))
	if err != nil {
		t.Error(err)
		return
	}
	go func() {
		for i := range 60 {
			if err := st.Send(message(string(make([]byte, 1000*i)))); err != nil {
				t.Error(err)
			}
		}
		st.CloseSend()
	}()
	if n := drain(t, st); n != 60 {
		t.Errorf("%d messages came back", n)
	}
}

// Known mistakes of the origin: a message of 4 MiB on a slow link delayed a tiny
// call by two seconds, and one of 16 MiB ended the session. Two of 16 MiB take
// more than three seconds here; no small call waits longer than the
// bulk in flight and the socket's buffer take.
func TestOriginSmallCallsBesideLargeOnesOnASlowLink(t *testing.T) {
	const (
		bandwidth = 10 << 20
		large     = 16 << 20
		bound     = 100 * time.Millisecond
	)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{link: gridtest.Link{Bandwidth: bandwidth, Latency: time.Millisecond}, register: registerAll(
			map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				idCall:  echo,
				idOther: func(_ context.Context, p []byte) ([]byte, error) { return fmt.Append(nil, len(p)), nil },
			}, nil)})
		var pumps []<-chan result
		for range 2 {
			pumps = append(pumps, begin(t.Context(), w.conn, idOther, make([]byte, large)))
		}
		time.Sleep(100 * time.Millisecond)
		var took []time.Duration
		for range 100 {
			start := time.Now()
			reply, err := w.conn.Request(t.Context(), idCall, []byte("small"))
			wantReply(t, "small call", reply, err, "small")
			took = append(took, time.Since(start))
			time.Sleep(10 * time.Millisecond)
		}
		if worst := slices.Max(took); worst > bound {
			t.Errorf("a small call took %v", worst)
		}
		for _, p := range pumps {
			res := await(t, "large call", p)
			wantReply(t, "large call", res.reply, res.err, fmt.Sprint(large))
			if res.after < 2*time.Second {
				t.Errorf("the large call took %v: the link was not slow", res.after)
			}
		}
		if n := w.conn.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	})
}

// Low priority never starves: it makes progress beside a flood of high priority.
func TestP5LowPriorityNeverStarves(t *testing.T) {
	high := grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewNoPayload, grid.WithPriority(grid.PriorityHigh))
	low := grid.NewSingleHandler(idOther, grid.NewBytes, grid.NewNoPayload, grid.WithPriority(grid.PriorityLow))
	fn := func(context.Context, *grid.Bytes) (*grid.NoPayload, error) { return grid.NewNoPayload(), nil }
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{link: gridtest.Link{Bandwidth: 1 << 20}, register: func(m *grid.Manager) error {
			return m.Register(high.Handle(fn), low.Handle(fn))
		}})
		ctx, cancel := context.WithCancel(t.Context())
		var flood sync.WaitGroup
		for range 32 {
			flood.Go(func() {
				for ctx.Err() == nil {
					high.Call(ctx, w.conn, message(string(make([]byte, 32<<10))))
				}
			})
		}
		time.Sleep(5 * time.Second)
		start := time.Now()
		_, err := low.Call(t.Context(), w.conn, message(string(make([]byte, 32<<10))))
		if err != nil {
			t.Errorf("low: %v", err)
		}
		if since := time.Since(start); since > 5*time.Second {
			t.Errorf("low took %v", since)
		}
		cancel()
		flood.Wait()
	})
}
