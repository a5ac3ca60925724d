package protocol_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A link that is slow for many minutes is not dead, although a pong waits for
// one behind what the socket holds: who takes bytes shows that it lives. What
// pings, pongs and writes may take is as usual.
func TestASteadySlowLinkLives(t *testing.T) {
	const size = 1 << 20
	for _, bothWays := range []bool{false, true} {
		t.Run(fmt.Sprint("both ways ", bothWays), func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
					o.Limits.CallTimeout = time.Hour
				}})
				if err := trial.RegisterEcho(w.Node(r.Caller).Manager()); err != nil {
					t.Fatal(err)
				}
				trial.Settle() // until the handler is announced
				w.SetAll(gridtest.Link{Bandwidth: 4 << 10, Latency: 50 * time.Millisecond})
				calls := []<-chan trial.Result{trial.Begin(t.Context(), w.Conn, trial.IdCall, make([]byte, size))}
				if bothWays {
					calls = append(calls, trial.Begin(t.Context(), w.Connection(r.Server, r.Caller), trial.IdCall, make([]byte, size)))
				}
				for _, call := range calls {
					select {
					case res := <-call:
						if res.Err != nil || len(res.Reply) != size {
							t.Errorf("after %v: %d bytes, %v", res.After, len(res.Reply), res.Err)
						}
					case <-time.After(time.Hour):
						t.Fatal("nothing came")
					}
				}
				if n := w.Conn.State().Session; n != 1 {
					t.Errorf("%d sessions were needed", n)
				}
			})
		})
	}
}

// PROTOCOL.md: "So an end that has written nothing for 12.5 s, while bytes came in more than once, sends a pong with number 0, which answers no ping."
// One read alone may have been such a pong: it is not answered by another.
func TestWhoTakesBytesShowsThatItLives(t *testing.T) {
	inNetwork(t, func(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
		s, err := peer.Dial(dial(), peer.NewHello("probe", "target"), trial.TestKey)
		if err != nil {
			t.Fatal(err)
		}
		trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
		trial.ExpectFrame(t, s, peer.Routes)
		sign := make(chan time.Duration, 1)
		began := time.Now()
		go func() {
			f, err := s.Expect(peer.Pong)
			if err == nil && f.Uvarint() == 0 {
				sign <- time.Since(began)
			}
		}()
		nothing := peer.NewFrame(peer.Ignorable | 100)
		for range 2 {
			time.Sleep(6 * time.Second) // it is never silent for so long that it is pinged
			trial.SendFrames(t, s, nothing)
		}
		if took := trial.Await(t, "sign of life", sign); took < 12500*time.Millisecond || took > 16*time.Second {
			t.Errorf("it came after %v", took)
		}

		time.Sleep(8 * time.Second)
		trial.SendFrames(t, s, peer.NewFrame(peer.Pong, 0))
		if f := expectAny(t, s); f.Kind != peer.Ping {
			t.Errorf("a sign of life was answered by a frame of kind %d", f.Kind)
		}
		s.Conn.Close()
	})
}
