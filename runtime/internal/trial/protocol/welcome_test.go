package protocol_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Handlers that are registered at the very moments at which sessions begin are
// announced in each session exactly once, and can be called there.
func TestHandlersRegisteredWhileSessionsBegin(t *testing.T) {
	const (
		rounds   = 20
		probes   = 8
		handlers = 10 // a round, each by a goroutine of its own
	)
	synctest.Test(t, func(t *testing.T) {
		n := gridtest.NewNetwork(1)
		defer n.Close()
		ln, err := n.Listen("target")
		if err != nil {
			t.Fatal(err)
		}
		x := trial.NewTarget(t, func(o *grid.Options) { o.Accept = func(string) bool { return true } })
		x.Serve(t, ln)
		for round := range rounds {
			var busy sync.WaitGroup
			sessions := make([]*peer.Session, probes)
			for i := range probes {
				busy.Go(func() { sessions[i] = guest(t, n, fmt.Sprintf("probe-%d-%d", round, i)) })
			}
			for i := range handlers {
				busy.Go(func() {
					for range 5 * i { // they are spread over the handshakes
						runtime.Gosched()
					}
					id := grid.HandlerID(1000 + round*handlers + i)
					if err := x.RegisterSingleHandler(id, func(context.Context, []byte) ([]byte, error) { return fmt.Append(nil, id), nil }); err != nil {
						t.Error(err)
					}
				})
			}
			busy.Wait()
			for _, s := range sessions {
				if s != nil {
					wantEachRouteOnce(t, s, 1000, (round+1)*handlers)
					s.Conn.Close()
				}
			}
		}
	})
}

func guest(t *testing.T, n *gridtest.Network, name string) *peer.Session {
	conn, err := n.Dial(t.Context(), name, "target")
	if err != nil {
		t.Error(err)
		return nil
	}
	s, err := peer.Dial(conn, peer.NewHello(name, "target"), trial.TestKey)
	if err == nil {
		err = s.Send(peer.NewFrame(peer.Routes, 0))
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	return s
}

// wantEachRouteOnce reads the announcements of a session until no more come, and
// calls the handlers from first on by their numbers.
func wantEachRouteOnce(t *testing.T, s *peer.Session, first, count int) {
	t.Helper()
	numbers := map[uint64]uint64{} // by id
	used := map[uint64]bool{}
	s.Conn.SetDeadline(time.Now().Add(time.Second))
	for {
		f, err := s.Next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil || f.Kind != peer.Routes {
			t.Fatalf("%+v, %v", f, err)
		}
		for f.Uvarint(); len(f.Body) > 0; {
			entry := peer.Frame{Body: []byte(f.String())}
			number, id := entry.Uvarint(), entry.Uvarint()
			if _, twice := numbers[id]; twice || used[number] {
				t.Errorf("handler %d was announced twice, or its number %d", id, number)
			}
			numbers[id], used[number] = number, true
		}
	}
	s.Conn.SetDeadline(time.Time{})
	for id := uint64(first); id < uint64(first+count); id++ {
		number, there := numbers[id]
		if !there {
			t.Errorf("handler %d was not announced", id)
			continue
		}
		trial.SendFrames(t, s, trial.CallFrame(int(id), int(number)))
		reply := trial.ExpectFrame(t, s, peer.Reply)
		if reply.Uvarint() != id || reply.Uvarint() != 0 || string(reply.Body) != fmt.Sprint(id) {
			t.Errorf("handler %d answered %q", id, reply.Body)
		}
	}
}

// lateConn reads when all is there that the other end sends by itself.
type lateConn struct{ net.Conn }

func (c lateConn) Read(b []byte) (int, error) {
	time.Sleep(10 * time.Millisecond)
	return c.Conn.Read(b)
}

// What comes in one piece with the welcome, and is far larger than a handshake
// message, is read as it should be.
func TestRoutesRightBehindTheWelcome(t *testing.T) {
	const handlers = 3000
	bytesCall := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(_ string, o *grid.Options) {
			dial := o.Dial
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				conn, err := dial(ctx, address)
				return lateConn{conn}, err
			}
		}, Register: func(n *gridtest.Node) error {
			for i := range handlers {
				if err := n.Manager().RegisterSingleHandler(trial.IdCall, trial.Echo, fmt.Sprint("subroute ", i)); err != nil {
					return err
				}
			}
			return nil
		}})
		for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
			c := mesh.Connection(pair[0], pair[1])
			trial.WantConnected(t, c)
			for _, i := range []int{0, handlers / 2, handlers - 1} {
				reply, err := bytesCall.Call(t.Context(), c.Subroute(fmt.Sprint("subroute ", i)), trial.Message("hi"))
				if err != nil {
					t.Fatal(err)
				}
				trial.WantReply(t, "call", *reply, err, "hi")
			}
			if n := c.State().Session; n != 1 {
				t.Errorf("it took %d sessions", n)
			}
		}
	})
}
