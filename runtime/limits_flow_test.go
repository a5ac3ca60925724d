package grid_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// allNodes applies limits to both nodes of a world.
func allNodes(change func(l *grid.Limits)) func(*world, string, *grid.Options) {
	return func(_ *world, _ string, o *grid.Options) { change(&o.Limits) }
}

// P6: what waits to be written is bounded. Calls past it wait for room, each
// until its own deadline, and then its caller knows that it never left; so do
// messages of a stream. A peer that reads again finds all that was not given up.
func TestP6SendQueueIsBounded(t *testing.T) {
	const (
		queue = 192 << 10
		size  = 48 << 10
		calls = 100
	)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{configure: allNodes(func(l *grid.Limits) { l.SendQueue = queue }), register: func(m *grid.Manager) error {
			registerEcho(m)
			return typedStream(1000, 4, echoBack)(m)
		}})
		st, err := bytesStream(1000, 4).Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.Stall(r.server)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var results []<-chan result
		for range calls {
			results = append(results, begin(ctx, w.conn, idCall, make([]byte, size)))
		}
		synctest.Wait()
		if n := w.conn.Stats().QueuedBytes; n < queue/4 || n > queue+size {
			t.Errorf("%d bytes are queued, %d are allowed", n, queue)
		}
		sent := make(chan error, 1)
		go func() { sent <- st.Send(message("x")) }()
		outcomes := map[grid.Outcome]int{}
		for _, r := range results {
			res := await(t, "call", r)
			outcomes[grid.OutcomeOf(res.err)]++
			wantError(t, "call", res.err, grid.ErrDeadlineExceeded, grid.OutcomeOf(res.err))
			if res.after > 2*time.Second+100*time.Millisecond {
				t.Errorf("a call ended after %v", res.after)
			}
		}
		if outcomes[grid.NotSent] < calls/2 || outcomes[grid.NotSent]+outcomes[grid.MayHaveRun] != calls {
			t.Errorf("the outcomes are %v", outcomes)
		}
		w.Resume(r.server)
		if err := await(t, "message", sent); err != nil {
			t.Errorf("the message of a stream: %v", err)
		}
		if msg, err := st.Recv(); err != nil || string(*msg) != "x" {
			t.Errorf("its echo: %v", err)
		}
		w.alive(t)
		if n := w.conn.Stats().QueuedBytes; n != 0 {
			t.Errorf("%d bytes are queued in the end", n)
		}
	})
}

// P6: what the streams of a session hold unread is bounded in sum. Past it new
// streams are refused, by an error that says so; calls go on, the streams that
// there are lose nothing, and once they are read there is room again.
func TestP6UnreadBytesOfASessionAreBounded(t *testing.T) {
	const (
		most    = 256 << 10
		size    = 10 << 10
		streams = 12
	)
	eachRole(t, func(t *testing.T, r role) {
		read := make(chan struct{})
		count := func(_ context.Context, _ string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			<-read
			n := 0
			for _, err := range in.All() {
				if err != nil {
					return err
				}
				n++
			}
			return out.Send(message(fmt.Sprint(n)))
		}
		w := r.world(t, setup{configure: allNodes(func(l *grid.Limits) { l.Unread = most }), register: func(m *grid.Manager) error {
			registerEcho(m)
			return typedStream(1000, 4, count)(m)
		}})
		open := func() *grid.Duplex[*grid.Bytes, *grid.Bytes] {
			st, err := bytesStream(1000, 4).Open(t.Context(), w.conn, message(""))
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for range 20 {
					if st.Send(message(string(make([]byte, size)))) != nil {
						return
					}
				}
				st.CloseSend()
			}()
			settle()
			return st
		}
		var accepted []*grid.Duplex[*grid.Bytes, *grid.Bytes]
		far := w.Connection(r.server, r.caller)
		for range streams {
			if unread := far.Stats().UnreadBytes; unread <= most {
				accepted = append(accepted, open())
				continue
			}
			_, err := open().Recv()
			wantError(t, "one more", err, grid.ErrResourceExhausted, grid.Rejected)
			if !grid.IsRemote(err) || !strings.Contains(err.Error(), "unread") {
				t.Errorf("%v", err)
			}
		}
		if n := len(accepted); n == streams || n < 3 {
			t.Fatalf("%d of %d streams were accepted", n, streams)
		}
		window := grid.DefaultLimits().StreamWindowMin
		if unread := far.Stats().UnreadBytes; unread > most+window+size {
			t.Errorf("%d bytes are unread, %d are allowed", unread, most)
		}
		w.alive(t)
		close(read)
		for _, st := range append(accepted, nil) {
			if st == nil {
				st = open() // there is room again
			}
			if msg, err := st.Recv(); err != nil || string(*msg) != "20" {
				t.Errorf("an accepted stream: %v", err)
			}
			if _, err := st.Recv(); err != io.EOF {
				t.Errorf("its end: %v", err)
			}
		}
	})
}

// P6: the window of a stream whose reader keeps up grows, but never past its
// most: that much and one message are unread when the reader stops.
func TestP6StreamWindowGrowsToItsMost(t *testing.T) {
	const (
		size = 16 << 10
		most = 256 << 10
	)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{configure: allNodes(func(l *grid.Limits) { l.StreamWindowMax = most }), register: typedStream(1, 10000,
			func(_ context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				for range 2000 {
					if err := out.Send(message(string(make([]byte, size)))); err != nil {
						return err
					}
				}
				return nil
			}), link: gridtest.Link{Latency: 5 * time.Millisecond}})
		st, err := bytesStream(1, 10000).Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if _, err := st.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if unread := w.conn.Stats().UnreadBytes; unread < most/2 || unread > most+size {
			t.Errorf("%d bytes are unread, the largest window is %d", unread, most)
		}
		if n := drain(t, st); n != 1000 {
			t.Errorf("%d messages came in the end", n)
		}
	})
}

// P6: on a long and fast link the window of large messages grows to its most and
// no further: a large message takes so many round trips as that window makes it.
func TestP6BulkWindowGrowsToItsMost(t *testing.T) {
	const (
		latency = 20 * time.Millisecond
		size    = 8 << 20
	)
	for _, most := range []int{128 << 10, 512 << 10} {
		t.Run(fmt.Sprint(most>>10, "KiB"), func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				w := r.world(t, setup{link: gridtest.Link{Latency: latency}, configure: allNodes(func(l *grid.Limits) {
					l.BulkWindow, l.BulkWindowMax = 64<<10, most
				}), register: registerAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
					idCall:  echo,
					idOther: func(_ context.Context, p []byte) ([]byte, error) { return fmt.Append(nil, len(p)), nil },
				}, nil)})
				if _, err := w.conn.Request(t.Context(), idOther, make([]byte, size)); err != nil { // it grows meanwhile
					t.Fatal(err)
				}
				res := await(t, "large call", begin(t.Context(), w.conn, idOther, make([]byte, size)))
				wantReply(t, "large call", res.reply, res.err, fmt.Sprint(size))
				least := time.Duration(size/most-1) * 2 * latency
				if res.after < least || res.after > 2*least {
					t.Errorf("%d KiB took %v, a window of %d KiB makes it %v", size>>10, res.after, most>>10, least)
				}
				w.alive(t)
			})
		})
	}
}

// P6: a write without progress for WriteStall ends the session: the error says
// so, and the session with another peer goes on.
func TestP6WritesThatStallEndTheSession(t *testing.T) {
	const stall = 3 * time.Second
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{configure: func(w *world, name string, o *grid.Options) {
			o.Limits.WriteStall = stall
			switch name {
			case "tool":
				o.CallOnly = true
				o.Peers = slices.DeleteFunc(o.Peers, func(p grid.Peer) bool { return p.Name != r.caller })
			case r.caller:
				o.Accept = func(name string) bool { return name == "tool" }
			}
		}, register: registerEcho})
		if err := registerEcho(w.Node(r.caller).Manager()); err != nil {
			t.Fatal(err)
		}
		w.Add("tool") // which the caller accepts
		w.connected(t)
		w.Stall(r.server)
		start := time.Now()
		var results []<-chan result
		for range 100 {
			results = append(results, begin(t.Context(), w.conn, idCall, make([]byte, 60<<10)))
		}
		for _, call := range results {
			res := await(t, "call", call)
			wantError(t, "call", res.err, grid.ErrDisconnected, grid.OutcomeOf(res.err))
			if !strings.Contains(res.err.Error(), "nothing could be written for 3s") {
				t.Errorf("%v", res.err)
			}
		}
		if since := time.Since(start); since < stall || since > 2*stall {
			t.Errorf("the session ended after %v", since)
		}
		settle()
		reply, err := w.Connection("tool", r.caller).Request(t.Context(), idCall, []byte("alive"))
		wantReply(t, "another peer", reply, err, "alive")
		w.Resume(r.server)
		w.connected(t)
	})
}
