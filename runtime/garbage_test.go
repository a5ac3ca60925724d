package grid_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// noise makes bytes of which many are small, as are most numbers on the wire.
func noise(luck *rand.Rand, most int) []byte {
	b := make([]byte, luck.IntN(most))
	for i := range b {
		b[i] = byte(luck.Uint32())
		if luck.IntN(2) == 0 {
			b[i] %= 8
		}
	}
	return b
}

// noiseFrame makes a frame of a known kind with a body of noise.
func noiseFrame(luck *rand.Rand) []byte {
	kind := byte(1 + luck.IntN(int(peer.Shapes)+1))
	if luck.IntN(8) == 0 {
		kind |= peer.Ignorable
	}
	return peer.NewFrame(kind, noise(luck, 40))
}

// P12: bytes that mean nothing, at each stage at which a socket can be: before
// HTTP, as WebSocket frames, as handshake messages and, from a peer that knows
// the key, as WebSocket frames, batches and frames. The process lives, and a
// session beside it is served.
func TestP12GarbageBeforeAndAfterAuthentication(t *testing.T) {
	stages := map[string]func(a *arena, t *testing.T, luck *rand.Rand){
		"TCP": func(a *arena, t *testing.T, luck *rand.Rand) {
			c := a.conn(t, "probe")
			c.Write(noise(luck, 400))
			c.Close()
		},
		"WebSocket": func(a *arena, t *testing.T, luck *rand.Rand) {
			if s := a.stranger(t); s != nil {
				s.Conn.Write(noise(luck, 400))
				s.Conn.Close()
			}
		},
		"handshake": func(a *arena, t *testing.T, luck *rand.Rand) {
			if s := a.stranger(t); s != nil {
				for range 3 {
					s.Write(peer.OpBinary, append([]byte{byte(1 + luck.IntN(4))}, noise(luck, 200)...))
				}
				s.Conn.Close()
			}
		},
		"WebSocket of a peer": func(a *arena, t *testing.T, luck *rand.Rand) {
			a.asPeer(t, luck, func(s *peer.Session) { s.Conn.Write(noise(luck, 400)) })
		},
		"batches": func(a *arena, t *testing.T, luck *rand.Rand) {
			a.asPeer(t, luck, func(s *peer.Session) { s.Write(peer.OpBinary, noise(luck, 400)) })
		},
		"frames": func(a *arena, t *testing.T, luck *rand.Rand) {
			a.asPeer(t, luck, func(s *peer.Session) {
				for range 20 {
					s.Send(noiseFrame(luck), noiseFrame(luck))
				}
			})
		},
	}
	for name, stage := range stages {
		t.Run(name, func(t *testing.T) {
			underAttack(t, nil, func(t *testing.T, a *arena) {
				luck := rand.New(rand.NewPCG(12, 12))
				for range 60 {
					stage(a, t, luck)
					synctest.Wait()
				}
			})
		})
	}
}

// stranger dials the target and upgrades to a WebSocket, or returns nil if the
// target has too many strangers at the moment.
func (a *arena) stranger(t *testing.T) *peer.Socket {
	s, err := peer.UpgradeDialer(a.conn(t, "probe"))
	if err != nil {
		return nil
	}
	return s
}

// asPeer makes a session in which there is a call and a stream at each end, and
// writes to it.
func (a *arena) asPeer(t *testing.T, luck *rand.Rand, write func(*peer.Session)) {
	t.Helper()
	s := a.session(t, "probe")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.Announce(peer.Route(0, int(idCall), "", 0, 0, 0), peer.Route(1, int(idStream), "", 1, 4, 4))
	sendFrames(t, s, callFrame(1, routeBlock), peer.NewFrame(peer.Open, 1, routeStream, 0, 0, 4))
	time.Sleep(5 * time.Millisecond)
	go discard(s)
	begin(ctx, a.Connection("probe"), idCall, noise(luck, 100<<10))
	go a.Connection("probe").NewStream(ctx, idStream, nil)
	synctest.Wait()
	write(s)
	time.Sleep(5 * time.Millisecond)
	s.Conn.Close()
}

// P12: a peer that has read nothing answers calls whose requests have not left:
// they wait in the queue, or for room in it. Their ids can be guessed. Each call
// still has one outcome, and the process lives.
func TestP12AnswersToCallsThatWereNotSent(t *testing.T) {
	const calls = 200
	for name, answer := range map[string]func(id int) []byte{
		"reply":       func(id int) []byte { return peer.NewFrame(peer.Reply, id, 0, []byte("guessed")) },
		"large reply": func(id int) []byte { return peer.NewFrame(peer.Reply, id, 1, 100<<10) },
		"huge reply":  func(id int) []byte { return peer.NewFrame(peer.Reply, id, 1, uint64(1<<32+100<<10)) },
		"error":       func(id int) []byte { return peer.NewFrame(peer.Error, id, 4, "internal", "guessed") },
		"grant":       func(id int) []byte { return peer.NewFrame(peer.Credit, 5, id, 0, 0) },
		"reset":       func(id int) []byte { return peer.NewFrame(peer.Reset, 1, id, "canceled") },
	} {
		t.Run(name, func(t *testing.T) {
			underAttack(t, func(o *grid.Options) { o.Limits.SendQueue = 192 << 10 }, func(t *testing.T, a *arena) {
				s := a.session(t, "probe")
				if err := s.Announce(peer.Route(0, int(idCall), "", 0, 0, 0)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Millisecond)
				a.mayAllocate(calls * (16 + 128) << 10 / 2) // the requests
				var results []<-chan result
				for i := range calls {
					results = append(results, begin(t.Context(), a.Connection("probe"), idCall, make([]byte, 16<<10<<(i%2*3))))
				}
				synctest.Wait()
				if n := a.Connection("probe").Stats().CallsInFlight; n != calls {
					t.Fatalf("%d calls are in flight", n)
				}
				for generation := range 2 {
					for slot := range calls {
						// What the target makes of it is its affair, it may close the session.
						if s.Send(answer((generation+1)<<16|slot)) != nil {
							break
						}
					}
					time.Sleep(5 * time.Millisecond)
				}
				for i, r := range results {
					res := await(t, "call", r)
					if res.err != nil && grid.OutcomeOf(res.err) == 0 {
						t.Errorf("call %d: no outcome: %v", i, res.err)
					}
				}
				if n := a.Connection("probe").Stats().CallsInFlight; n != 0 {
					t.Errorf("%d calls are left in flight", n)
				}
				_, err := a.Connection("nobody").Request(t.Context(), idCall, nil)
				if !errors.Is(err, grid.ErrDisconnected) {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}
