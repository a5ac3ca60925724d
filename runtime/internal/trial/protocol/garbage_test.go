package protocol_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// noiseFrame makes a frame of a known kind with a body of noise.
func noiseFrame(luck *rand.Rand) []byte {
	kind := byte(1 + luck.IntN(int(peer.Shapes)+1))
	if luck.IntN(8) == 0 {
		kind |= peer.Ignorable
	}
	return peer.NewFrame(kind, trial.Noise(luck, 40))
}

// P12: bytes that mean nothing, at each stage at which a socket can be: before
// HTTP, as WebSocket frames, as handshake messages and, from a peer that knows
// the key, as WebSocket frames, batches and frames. The process lives, and a
// session beside it is served.
func TestP12GarbageBeforeAndAfterAuthentication(t *testing.T) {
	stages := map[string]func(a *trial.Arena, t *testing.T, luck *rand.Rand){
		"TCP": func(a *trial.Arena, t *testing.T, luck *rand.Rand) {
			c := a.Conn(t, "probe")
			c.Write(trial.Noise(luck, 400))
			c.Close()
		},
		"WebSocket": func(a *trial.Arena, t *testing.T, luck *rand.Rand) {
			if s := a.TryUpgrade(t); s != nil {
				s.Conn.Write(trial.Noise(luck, 400))
				s.Conn.Close()
			}
		},
		"handshake": func(a *trial.Arena, t *testing.T, luck *rand.Rand) {
			if s := a.TryUpgrade(t); s != nil {
				for range 3 {
					s.Write(peer.OpBinary, append([]byte{byte(1 + luck.IntN(4))}, trial.Noise(luck, 200)...))
				}
				s.Conn.Close()
			}
		},
		"WebSocket of a peer": func(a *trial.Arena, t *testing.T, luck *rand.Rand) {
			a.AsPeer(t, luck, func(s *peer.Session) { s.Conn.Write(trial.Noise(luck, 400)) })
		},
		"batches": func(a *trial.Arena, t *testing.T, luck *rand.Rand) {
			a.AsPeer(t, luck, func(s *peer.Session) { s.Write(peer.OpBinary, trial.Noise(luck, 400)) })
		},
		"frames": func(a *trial.Arena, t *testing.T, luck *rand.Rand) {
			a.AsPeer(t, luck, func(s *peer.Session) {
				for range 20 {
					s.Send(noiseFrame(luck), noiseFrame(luck))
				}
			})
		},
	}
	for name, stage := range stages {
		t.Run(name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				luck := rand.New(rand.NewPCG(12, 12))
				for range 60 {
					stage(a, t, luck)
					synctest.Wait()
				}
			})
		})
	}
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
			trial.UnderAttack(t, func(o *grid.Options) { o.Limits.SendQueue = 192 << 10 }, func(t *testing.T, a *trial.Arena) {
				s := a.Session(t, "probe")
				if err := s.Announce(peer.Route(0, int(trial.IdCall), "", 0, 0, 0)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Millisecond)
				a.MayAllocate(calls * (16 + 128) << 10 / 2) // the requests
				var results []<-chan trial.Result
				for i := range calls {
					results = append(results, trial.Begin(t.Context(), a.Connection("probe"), trial.IdCall, make([]byte, 16<<10<<(i%2*3))))
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
					res := trial.Await(t, "call", r)
					if res.Err != nil && grid.OutcomeOf(res.Err) == 0 {
						t.Errorf("call %d: no outcome: %v", i, res.Err)
					}
				}
				if n := a.Connection("probe").Stats().CallsInFlight; n != 0 {
					t.Errorf("%d calls are left in flight", n)
				}
				_, err := a.Connection("nobody").Request(t.Context(), trial.IdCall, nil)
				if !errors.Is(err, grid.ErrDisconnected) {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}
