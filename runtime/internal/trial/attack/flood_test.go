package attack_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// flood is one message that is sent over and over.
type flood struct {
	name    string
	message func(s *peer.Session, i int) []byte // raw bytes for the socket
	reads   bool                                // the attacker takes what comes back
	dies    string                              // why its session is closed; "": it lives; either: as it comes
}

// frames makes one batch of n times the same frame.
func frames(n int, f []byte) func(*peer.Session, int) []byte {
	all := bytes.Repeat(f, n)
	return func(s *peer.Session, _ int) []byte { return s.Message(peer.OpBinary, s.Batch(all)) }
}

func calls(route, size int) func(*peer.Session, int) []byte {
	return func(s *peer.Session, i int) []byte {
		return s.Message(peer.OpBinary, s.Batch(peer.NewFrame(peer.Call, i+1, route, 0, 0, make([]byte, size))))
	}
}

// tinyFragments makes one batch, of pongs, in as many fragments as are allowed: of a byte
// each, and empty ones.
func tinyFragments(s *peer.Session, _ int) (script []byte) {
	batch := s.Batch(bytes.Repeat(peer.NewFrame(peer.Pong, 7), 10))
	op := byte(peer.OpBinary)
	for i := range 127 {
		piece := batch[min(i, len(batch)):min(i+1, len(batch))]
		script = append(script, s.Fragment(op, piece)...)
		op = peer.OpContinuation
	}
	return append(script, s.Message(op, nil)...)
}

const (
	unread = "nothing could be written"
	// either: what merges may or may not fill the socket before the flood is over.
	either = "either"
)

var floods = []flood{
	{"WebSocket pings", func(s *peer.Session, _ int) []byte {
		return bytes.Repeat(s.Message(peer.OpPing, make([]byte, 125)), 20)
	}, true, ""},
	{"WebSocket pings, nothing read", func(s *peer.Session, _ int) []byte {
		return bytes.Repeat(s.Message(peer.OpPing, make([]byte, 125)), 20)
	}, false, either},
	{"WebSocket pongs", func(s *peer.Session, _ int) []byte {
		return bytes.Repeat(s.Message(peer.OpPong, make([]byte, 125)), 20)
	}, true, ""},
	{"fragments that never end", func(s *peer.Session, i int) []byte {
		tiny := bytes.Repeat(s.Fragment(peer.OpContinuation, []byte{0}), 50)
		if i == 0 {
			return append(s.Fragment(peer.OpBinary, []byte{0}), tiny...)
		}
		return tiny
	}, true, "more than 128 fragments"},
	{"batches of tiny fragments", tinyFragments, true, ""},
	{"fragments around pings", func(s *peer.Session, _ int) []byte {
		ping := s.Message(peer.OpPing, make([]byte, 125))
		return peer.Join(s.Fragment(peer.OpBinary, nil), ping, s.Fragment(peer.OpContinuation, nil), ping, s.Message(peer.OpContinuation, s.Batch()))
	}, true, ""},
	{"messages between fragments", func(s *peer.Session, _ int) []byte {
		return append(s.Fragment(peer.OpBinary, make([]byte, 100)), s.Message(peer.OpBinary, s.Batch())...)
	}, true, "non-continuation"},
	{"trailers", frames(5, peer.NewFrame(peer.Trailer|peer.Ignorable, 1, 65536, 1, "k", string(make([]byte, 8<<10-6)))), true, ""},
	{"empty batches", func(s *peer.Session, _ int) []byte { return bytes.Repeat(s.Message(peer.OpBinary, s.Batch()), 20) }, true, ""},
	{"pings", frames(500, peer.NewFrame(peer.Ping, 7)), true, ""},
	{"pings, nothing read", frames(500, peer.NewFrame(peer.Ping, 7)), false, either},
	{"pongs", frames(500, peer.NewFrame(peer.Pong, 7)), true, ""},
	{"goaways", frames(500, peer.NewFrame(peer.Goaway, "go")), true, ""},
	{"credits without bytes", frames(500, peer.NewFrame(peer.Credit, 0, 0, 0, 0)), true, ""},
	{"grants for nothing", frames(500, peer.NewFrame(peer.Credit, 6, 9, 0, 0)), true, ""},
	{"resets for nothing", frames(500, peer.NewFrame(peer.Reset, 1, 9, "canceled")), true, ""},
	{"stream resets for nothing", frames(500, peer.NewFrame(peer.Reset, 3, 9, "canceled")), true, ""},
	{"messages for a closed stream", frames(500, peer.NewFrame(peer.Message, 1, 0, []byte("late"))), true, ""},
	{"ends for a closed stream", frames(500, peer.NewFrame(peer.End, 1, 0)), true, ""},
	{"credits for a closed stream", frames(500, peer.NewFrame(peer.Credit, 3, 1, 9, 9)), true, ""},
	{"replies for nothing", frames(500, peer.NewFrame(peer.Reply, 65537, 0, []byte("late"))), true, ""},
	{"errors for nothing", frames(500, peer.NewFrame(peer.Error, 65537, 4, "internal", "late")), true, ""},
	{"large replies for nothing", frames(50, peer.NewFrame(peer.Reply, 65537, 1, 1<<20)), true, ""},
	{"large replies for nothing, nothing read", frames(500, peer.NewFrame(peer.Reply, 65537, 1, 1<<20)), false, "answers are waiting"},
	{"chunks for nothing", frames(100, peer.NewFrame(peer.Chunk, 1, 9, make([]byte, 100))), true, ""},
	{"ignorable frames", frames(4, peer.NewFrame(peer.Ignorable|99, make([]byte, 30<<10))), true, ""},
	{"empty sets of routes", frames(500, peer.NewFrame(peer.Routes, 0)), true, ""},
	{"questions for shapes", frames(100, peer.NewFrame(peer.Shapes, 0, 1)), true, ""},
	{"questions for shapes, nothing read", frames(500, peer.NewFrame(peer.Shapes, 0, 1)), false, "answers are waiting"},
	{"calls of nothing", frames(100, trial.CallFrame(1, 99)), true, ""},
	{"calls of nothing, nothing read", frames(500, trial.CallFrame(1, 99)), false, "answers are waiting"},
	{"calls", calls(trial.RouteEcho, 1000), true, ""},
	{"calls, nothing read", calls(trial.RouteEcho, 1000), false, unread},
}

// TestAttackFloods sends one thing a few hundred thousand times. What it costs
// the node is bounded by what was sent, and nothing of it stays behind.
func TestAttackFloods(t *testing.T) {
	for _, f := range floods {
		t.Run(f.name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				s := a.Session(t, "probe")
				closeOneStream(t, s)
				if f.reads {
					go trial.Discard(s)
				}
				a.Baseline()
				sent := f.send(s, 400)
				time.Sleep(10 * time.Millisecond) // what is on its way arrives
				if got := a.Allocated(); got > 64*int64(sent)+(8<<20) {
					t.Errorf("%d KiB sent made the node allocate %d KiB", sent>>10, got>>10)
				}
				if f.dies == "" {
					a.Bounded(t, 2<<20, 80)
					wantAlive(t, a)
					return
				}
				a.Bounded(t, 8<<20, 1200) // at most one handler a running call waits for the writer
				time.Sleep(25 * time.Second)
				if f.dies != either && len(a.Log.Lines("disconnected", "probe", f.dies)) != 1 {
					t.Errorf("not closed because of %q: %q", f.dies, a.Log.Lines("probe"))
				}
				a.Bounded(t, 1<<20, 0)
			})
		})
	}
}

func (f *flood) send(s *peer.Session, times int) (sent int) {
	for i := range times {
		n, err := s.Conn.Write(f.message(s, i))
		sent += n
		if err != nil {
			break
		}
		if f.reads {
			time.Sleep(5 * time.Millisecond) // the answers take a round trip
		}
	}
	return sent
}

// pace waits now and then for the answers, so that the peer is not taken for one
// that does not read.
func pace(i int) {
	if i%100 == 0 {
		time.Sleep(5 * time.Millisecond)
	}
}

// closeOneStream opens stream 1 and waits until it is over.
func closeOneStream(t *testing.T, s *peer.Session) {
	t.Helper()
	trial.SendFrames(t, s, trial.OpenEcho, peer.NewFrame(peer.End, 1, 0))
	trial.ExpectFrame(t, s, peer.End)
}

func wantAlive(t *testing.T, a *trial.Arena) {
	t.Helper()
	time.Sleep(100 * time.Millisecond)
	if state := a.Connection("probe").State(); state.Phase != grid.Connected || state.Session != 1 {
		t.Errorf("the attacker's session: %v, %v", state.Phase, state.Reason)
	}
}

// A peer that announces each of its handlers in a frame of its own pays for it,
// not the node: the whole of what it may announce is taken in no time.
func TestAttackManyRouteSets(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		a.MayAllocate(128 << 20) // 2 KiB a frame, of which it keeps less than a quarter
		began := trial.ProcessTime()
		entries := 0
		for id := 1; id <= 60000; {
			var batch []byte
			for len(batch) < 60<<10 && id <= 60000 {
				batch = append(batch, peer.NewFrame(peer.Routes, 0, peer.Route(id, id, "", 0, 0, 0))...)
				id, entries = id+1, entries+1
			}
			trial.SendFrames(t, s, batch)
		}
		synctest.Wait()
		wantAlive(t, a)
		if took := trial.ProcessTime() - began; took > 5*time.Second {
			t.Errorf("%d sets of routes took %v of processor time", entries, took)
		}
		a.Bounded(t, 32<<20, 2)
	})
}

// Slots of streams are freed when their handlers return, not when the peer loses
// interest: handlers that heed nothing are never more than the limit.
func TestAttackOpenAndReset(t *testing.T) {
	trial.UnderAttack(t, func(o *grid.Options) { o.Limits.OpenStreams = 8 }, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		go trial.Discard(s)
		a.Baseline()
		for id := 1; id < 17; id += 2 {
			trial.SendFrames(t, s, peer.NewFrame(peer.Open, id, trial.RouteStuckStream, 0, 4, 0))
		}
		time.Sleep(10 * time.Millisecond)
		for id := 1; id < 17; id += 2 {
			trial.SendFrames(t, s, peer.NewFrame(peer.Reset, 3, id, "canceled"))
		}
		for id := 17; id < 20000; id += 2 {
			trial.SendFrames(t, s, peer.NewFrame(peer.Open, id, trial.RouteStuckStream, 0, 4, 0), peer.NewFrame(peer.Reset, 3, id, "canceled"))
			pace(id - 1)
		}
		if n := a.RunningNow(); n != 8 {
			t.Errorf("%d handlers run, the limit is 8", n)
		}
		a.Bounded(t, 1<<20, 8*3)
		a.Free()
		if n := a.RunningNow(); n != 0 {
			t.Errorf("%d handlers run on", n)
		}
		a.Bounded(t, 1<<20, 0)
		wantAlive(t, a)
	})
}

// The same for calls.
func TestAttackCallAndReset(t *testing.T) {
	trial.UnderAttack(t, func(o *grid.Options) { o.Limits.RunningCalls = 8 }, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		go trial.Discard(s)
		a.Baseline()
		for id := range 8 {
			trial.SendFrames(t, s, trial.CallFrame(20000+id, trial.RouteStuck))
		}
		time.Sleep(10 * time.Millisecond)
		for id := range 8 {
			trial.SendFrames(t, s, peer.NewFrame(peer.Reset, 1, 20000+id, "canceled"))
		}
		for id := range 10000 {
			trial.SendFrames(t, s, trial.CallFrame(id+1, trial.RouteStuck), peer.NewFrame(peer.Reset, 1, id+1, "canceled"))
			pace(id)
		}
		synctest.Wait()
		if n := a.Connection("probe").Stats().CallsServing; n != 8 {
			t.Errorf("%d handlers run, the limit is 8", n)
		}
		a.Bounded(t, 1<<20, 8)
		a.Free()
		a.Bounded(t, 2<<20, 8) // their answers, which the peer neither takes nor refuses
		wantAlive(t, a)
	})
}

// Large messages that are announced and given up leave nothing behind, granted
// or waiting for their turn, and cost no more than small ones.
func TestAttackLargeAnnouncedAndReset(t *testing.T) {
	const size = 32 << 20
	announce := func(id int) []byte { return peer.NewFrame(peer.Call, id, trial.RouteEcho, 0, 1, size) }
	for name, waiting := range map[string]bool{"granted": false, "waiting": true} {
		t.Run(name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				s := a.Session(t, "probe")
				go trial.Discard(s)
				if waiting { // the room for reassembly is taken, and somebody stands in line
					trial.SendFrames(t, s, announce(1), announce(2), announce(3))
				}
				synctest.Wait()
				a.Baseline()
				for i := range 200 {
					var batch []byte
					for j := range 100 {
						id := 4 + i*100 + j
						batch = append(batch, announce(id)...)
						batch = append(batch, peer.NewFrame(peer.Reset, 1, id, "canceled")...)
					}
					trial.SendFrames(t, s, batch)
					pace(0)
				}
				synctest.Wait()
				if got := a.Allocated(); got > 64<<20 {
					t.Errorf("400 KiB of announcements made the node allocate %d MiB", got>>20)
				}
				a.Bounded(t, 1<<20, 1)
				wantAlive(t, a)
			})
		})
	}
}

// A peer that does not read its grants loses its session before they pile up.
func TestAttackGrantsNeverRead(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		a.Baseline()
		var err error
		for id := 1; id < 2_000_000 && err == nil; {
			var batch []byte
			for range 500 {
				batch = append(batch, peer.NewFrame(peer.Call, id, trial.RouteEcho, 0, 1, 73729)...)
				batch = append(batch, peer.NewFrame(peer.Reset, 1, id, "canceled")...)
				id++
			}
			err = s.Send(batch)
		}
		if err == nil {
			t.Error("nothing stopped it")
		}
		a.Bounded(t, 2<<20, 0)
		if len(a.Log.Lines("answers are waiting")) != 1 {
			t.Errorf("log: %q", a.Log.Lines("probe"))
		}
	})
}

// Answers that are announced and never granted keep the slots of their calls: so
// their number, and what they hold, is bounded.
func TestAttackLargeRepliesNeverGranted(t *testing.T) {
	const slots = 16
	trial.UnderAttack(t, func(o *grid.Options) { o.Limits.RunningCalls = slots }, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		go trial.Discard(s)
		a.Baseline()
		a.MayAllocate(slots << 20)
		for id := range 1000 {
			trial.SendFrames(t, s, trial.CallFrame(id+1, trial.RouteHuge))
			pace(id)
		}
		time.Sleep(time.Second)
		if n := a.Connection("probe").Stats().CallsServing; n != slots {
			t.Errorf("%d calls hold an answer, the limit is %d", n, slots)
		}
		a.Bounded(t, slots*(1<<20+1<<16)+1<<20, slots)
		for id := range 1000 {
			trial.SendFrames(t, s, peer.NewFrame(peer.Reset, 1, id+1, "canceled"))
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if n := a.Connection("probe").Stats().CallsServing; n != 0 {
			t.Errorf("%d calls still hold an answer that nobody wants", n)
		}
		a.Bounded(t, 1<<20, 0)
		wantAlive(t, a)
	})
}

// Requests whose first byte came and whose rest never does hold little.
func TestAttackHalfSentRequests(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		a.Baseline()
		for id := 1; id <= 2; id++ {
			trial.SendFrames(t, s, peer.NewFrame(peer.Call, id, trial.RouteEcho, 0, 1, 32<<20))
			trial.ExpectFrame(t, s, peer.Credit)
			trial.SendFrames(t, s, peer.NewFrame(peer.Chunk, 1, id, []byte("x")))
		}
		go trial.Discard(s)
		time.Sleep(time.Second)
		a.Bounded(t, 3<<20, 1)
		wantAlive(t, a)
	})
}

// A peer that gives no window, or no credit, holds its own streams up and nobody
// else's; a reset frees them.
func TestAttackZeroWindow(t *testing.T) {
	for name, c := range map[string]struct{ window, credit int }{"window of a byte": {1, 65535}, "no credit": {64 << 10, 0}} {
		t.Run(name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				h := peer.NewHello("probe", "target")
				h[peer.TagWindow] = peer.Uvarint(uint64(c.window))
				s := a.SessionOf(t, "probe", h)
				go trial.Discard(s)
				a.Baseline()
				const streams = 200
				for id := 1; id < 2*streams; id += 2 {
					trial.SendFrames(t, s, peer.NewFrame(peer.Open, id, trial.RouteSender, 0, c.credit, 0))
				}
				time.Sleep(time.Second)
				a.Bounded(t, streams*(16<<10), 4*streams)
				for id := 1; id < 2*streams; id += 2 {
					trial.SendFrames(t, s, peer.NewFrame(peer.Reset, 3, id, "canceled"))
				}
				time.Sleep(time.Second)
				a.Bounded(t, 1<<20, 2)
				wantAlive(t, a)
			})
		})
	}
}

// Metadata and names cost what they weigh, a few times over.
func TestAttackMetadata(t *testing.T) {
	trial.UnderAttack(t, func(o *grid.Options) { o.Limits.RunningCalls = 64 }, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		a.Baseline()
		pairs := append(peer.Uvarint(4000), bytes.Repeat([]byte{0, 0}, 4000)...)
		for id := range 64 {
			trial.SendFrames(t, s, peer.NewFrame(peer.Call, id+1, trial.RouteBlock, 0, 2, string(pairs)))
		}
		a.Bounded(t, 64*(64<<10), 64)
		wantAlive(t, a)
	})
}
