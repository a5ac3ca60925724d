package streams_test

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
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// allNodes applies limits to both nodes of a world.
func allNodes(change func(l *grid.Limits)) func(*trial.World, string, *grid.Options) {
	return func(_ *trial.World, _ string, o *grid.Options) { change(&o.Limits) }
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
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Configure: allNodes(func(l *grid.Limits) { l.SendQueue = queue }), Register: func(m *grid.Manager) error {
			trial.RegisterEcho(m)
			return trial.TypedStream(1000, 4, trial.EchoBack)(m)
		}})
		st, err := trial.BytesStream(1000, 4).Open(t.Context(), w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.Stall(r.Server)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var results []<-chan trial.Result
		for range calls {
			results = append(results, trial.Begin(ctx, w.Conn, trial.IdCall, make([]byte, size)))
		}
		synctest.Wait()
		if n := w.Conn.Stats().QueuedBytes; n < queue/4 || n > queue+size {
			t.Errorf("%d bytes are queued, %d are allowed", n, queue)
		}
		sent := make(chan error, 1)
		go func() { sent <- st.Send(trial.Message("x")) }()
		outcomes := map[grid.Outcome]int{}
		for _, r := range results {
			res := trial.Await(t, "call", r)
			outcomes[grid.OutcomeOf(res.Err)]++
			trial.WantError(t, "call", res.Err, grid.ErrDeadlineExceeded, grid.OutcomeOf(res.Err))
			if res.After > 2*time.Second+100*time.Millisecond {
				t.Errorf("a call ended after %v", res.After)
			}
		}
		if outcomes[grid.NotSent] < calls/2 || outcomes[grid.NotSent]+outcomes[grid.MayHaveRun] != calls {
			t.Errorf("the outcomes are %v", outcomes)
		}
		w.Resume(r.Server)
		if err := trial.Await(t, "message", sent); err != nil {
			t.Errorf("the message of a stream: %v", err)
		}
		if msg, err := st.Recv(); err != nil || string(*msg) != "x" {
			t.Errorf("its echo: %v", err)
		}
		w.Alive(t)
		if n := w.Conn.Stats().QueuedBytes; n != 0 {
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
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
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
			return out.Send(trial.Message(fmt.Sprint(n)))
		}
		w := r.World(t, trial.Setup{Configure: allNodes(func(l *grid.Limits) { l.Unread = most }), Register: func(m *grid.Manager) error {
			trial.RegisterEcho(m)
			return trial.TypedStream(1000, 4, count)(m)
		}})
		open := func() *grid.Duplex[*grid.Bytes, *grid.Bytes] {
			st, err := trial.BytesStream(1000, 4).Open(t.Context(), w.Conn, trial.Message(""))
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for range 20 {
					if st.Send(trial.Message(string(make([]byte, size)))) != nil {
						return
					}
				}
				st.CloseSend()
			}()
			trial.Settle()
			return st
		}
		var accepted []*grid.Duplex[*grid.Bytes, *grid.Bytes]
		far := w.Connection(r.Server, r.Caller)
		for range streams {
			if unread := far.Stats().UnreadBytes; unread <= most {
				accepted = append(accepted, open())
				continue
			}
			_, err := open().Recv()
			trial.WantError(t, "one more", err, grid.ErrResourceExhausted, grid.Rejected)
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
		w.Alive(t)
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
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Configure: allNodes(func(l *grid.Limits) { l.StreamWindowMax = most }), Register: trial.TypedStream(1, 10000,
			func(_ context.Context, _ string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				for range 2000 {
					if err := out.Send(trial.Message(string(make([]byte, size)))); err != nil {
						return err
					}
				}
				return nil
			}), Link: gridtest.Link{Latency: 5 * time.Millisecond}})
		st, err := trial.BytesStream(1, 10000).Open(t.Context(), w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if _, err := st.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if unread := w.Conn.Stats().UnreadBytes; unread < most/2 || unread > most+size {
			t.Errorf("%d bytes are unread, the largest window is %d", unread, most)
		}
		if n := trial.Drain(t, st); n != 1000 {
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
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Link: gridtest.Link{Latency: latency}, Configure: allNodes(func(l *grid.Limits) {
					l.BulkWindow, l.BulkWindowMax = 64<<10, most
				}), Register: trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
					trial.IdCall:  trial.Echo,
					trial.IdOther: func(_ context.Context, p []byte) ([]byte, error) { return fmt.Append(nil, len(p)), nil },
				}, nil)})
				if _, err := w.Conn.Request(t.Context(), trial.IdOther, make([]byte, size)); err != nil { // it grows meanwhile
					t.Fatal(err)
				}
				res := trial.Await(t, "large call", trial.Begin(t.Context(), w.Conn, trial.IdOther, make([]byte, size)))
				trial.WantReply(t, "large call", res.Reply, res.Err, fmt.Sprint(size))
				least := time.Duration(size/most-1) * 2 * latency
				if res.After < least || res.After > 2*least {
					t.Errorf("%d KiB took %v, a window of %d KiB makes it %v", size>>10, res.After, most>>10, least)
				}
				w.Alive(t)
			})
		})
	}
}

// P6: a write without progress for WriteStall ends the session: the error says
// so, and the session with another peer goes on.
func TestP6WritesThatStallEndTheSession(t *testing.T) {
	const stall = 3 * time.Second
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Configure: func(w *trial.World, name string, o *grid.Options) {
			o.Limits.WriteStall = stall
			switch name {
			case "tool":
				o.CallOnly = true
				o.Peers = slices.DeleteFunc(o.Peers, func(p grid.Peer) bool { return p.Name != r.Caller })
			case r.Caller:
				o.Accept = func(name string) bool { return name == "tool" }
			}
		}, Register: trial.RegisterEcho})
		if err := trial.RegisterEcho(w.Node(r.Caller).Manager()); err != nil {
			t.Fatal(err)
		}
		w.Add("tool") // which the caller accepts
		w.Connected(t)
		w.Stall(r.Server)
		start := time.Now()
		var results []<-chan trial.Result
		for range 100 {
			results = append(results, trial.Begin(t.Context(), w.Conn, trial.IdCall, make([]byte, 60<<10)))
		}
		for _, call := range results {
			res := trial.Await(t, "call", call)
			trial.WantError(t, "call", res.Err, grid.ErrDisconnected, grid.OutcomeOf(res.Err))
			if !strings.Contains(res.Err.Error(), "nothing could be written for 3s") {
				t.Errorf("%v", res.Err)
			}
		}
		if since := time.Since(start); since < stall || since > 2*stall {
			t.Errorf("the session ended after %v", since)
		}
		trial.Settle()
		reply, err := w.Connection("tool", r.Caller).Request(t.Context(), trial.IdCall, []byte("alive"))
		trial.WantReply(t, "another peer", reply, err, "alive")
		w.Resume(r.Server)
		w.Connected(t)
	})
}
