package calls_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P1, P3: whatever ends the connection, and at whichever end, calls and streams
// in flight end at once as disconnected, with the doubt that there is; handlers
// hear of it too.
func TestP3DisconnectWithCallsAndStreamsInFlight(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		for what, loss := range map[string]func(){
			"cut":              func() { w.Cut(r.Caller, r.Server) },
			"server crashes":   func() { w.Crash(r.Server) },
			"server restarts":  func() { w.Restart(r.Server) },
			"server vanishes":  func() { w.Vanish(r.Server); w.Restart(r.Server) },
			"caller partition": func() { w.Partition(r.Caller, r.Server) },
		} {
			call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
			st := trial.OpenStream(t, w, "")
			for range 2 {
				trial.Await(t, what+": start", h.Started)
			}
			loss()
			res := trial.Await(t, what+": call", call)
			trial.WantError(t, what+": call", res.Err, grid.ErrDisconnected, grid.MayHaveRun)
			_, err := st.Recv()
			trial.WantError(t, what+": stream", err, grid.ErrDisconnected, grid.MayHaveRun)
			for range 2 {
				if err := trial.Await(t, what+": handler", h.Ended); !errors.Is(err, grid.ErrDisconnected) {
					t.Errorf("%s: the handler's context ended because: %v", what, err)
				}
			}
			w.HealAll()
			if !w.Node(r.Server).Running() {
				w.Restart(r.Server)
			}
			w.Connected(t)
		}
	})
}

// The same when the node that calls is the one that dies: its own calls end, and
// the handlers of the others hear of it.
func TestP3CallerCrashesWithCallsAndStreamsInFlight(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
		st := trial.OpenStream(t, w, "")
		for range 2 {
			trial.Await(t, "start", h.Started)
		}
		w.Crash(r.Caller)
		trial.WantError(t, "call", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
		_, err := st.Recv()
		trial.WantError(t, "stream", err, grid.ErrDisconnected, grid.MayHaveRun)
		for range 2 {
			if err := trial.Await(t, "handler", h.Ended); !errors.Is(err, grid.ErrDisconnected) {
				t.Errorf("the handler's context ended because: %v", err)
			}
		}
	})
}

// Known mistake of the origin: an answer that came too late reached another
// call. Here every second call gives up early, its slot is used again at once,
// and its answer comes when another call has it.
func TestOriginLateAnswerNeverReachesAnotherCall(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(time.Duration(p[0]) * time.Millisecond) // deaf to its context: it answers late
				return p, nil
			})
		}})
		luck := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		for i := range 50 {
			pauses := [20]byte{}
			for j := range pauses {
				pauses[j] = byte(luck.IntN(200))
			}
			wg.Go(func() {
				for j, pause := range pauses {
					want := fmt.Sprintf("%c%d/%d", pause, i, j)
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(50+100*(j%2))*time.Millisecond)
					reply, err := w.Conn.Request(ctx, trial.IdCall, append([]byte{pause}, want...))
					cancel()
					if err == nil && string(reply[1:]) != want {
						t.Errorf("the answer %q reached %q", reply[1:], want)
					}
				}
			})
		}
		wg.Wait()
	})
}

// Known mistake of the origin: ids began again at 1 after a restart, and the
// late answer of a handler of before reached a call of after; for a lock, that
// is a lock held twice.
func TestOriginLateAnswerOfAnotherSessionIsDropped(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		answer := map[string]chan struct{}{"before": make(chan struct{}), "after": make(chan struct{})}
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
				name := string(p)
				<-answer[name] // deaf to its context
				return []byte("granted to " + name), nil
			})
		}})
		before := trial.Begin(t.Context(), w.Conn, trial.IdCall, []byte("before"))
		synctest.Wait()
		w.Cut(r.Caller, r.Server)
		trial.WantError(t, "before", trial.Await(t, "before", before).Err, grid.ErrDisconnected, grid.MayHaveRun)
		w.HealAll()
		w.Connected(t)

		after := trial.Begin(t.Context(), w.Conn, trial.IdCall, []byte("after"))
		synctest.Wait()
		close(answer["before"])
		synctest.Wait()
		select {
		case res := <-after:
			t.Errorf("the late answer ended another call: %q, %v", res.Reply, res.Err)
		default:
		}
		close(answer["after"])
		res := trial.Await(t, "after", after)
		trial.WantReply(t, "after", res.Reply, res.Err, "granted to after")
	})
}

// ledger counts how often the handler ran for each request.
type ledger struct {
	mu   sync.Mutex
	runs map[uint64]int
}

func (l *ledger) handle(_ context.Context, p []byte) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs[binary.BigEndian.Uint64(p)]++
	return p[:8], nil
}

func (l *ledger) of(id uint64) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.runs[id]
}

// request makes a payload of a size that bears an id.
func request(id uint64, size int) []byte {
	b := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(b, id)
	return b
}

// check compares what a caller was told with what happened.
func (l *ledger) check(t *testing.T, id uint64, err error) {
	t.Helper()
	runs := l.of(id)
	switch outcome := grid.OutcomeOf(err); {
	case runs > 1:
		t.Errorf("request %d ran %d times", id, runs)
	case err == nil && runs != 1:
		t.Errorf("request %d succeeded and ran %d times", id, runs)
	case err != nil && outcome == 0:
		t.Errorf("request %d: no outcome: %v", id, err)
	case (outcome == grid.NotSent || outcome == grid.Rejected) && runs != 0:
		t.Errorf("request %d ran, its caller was told: %v", id, err)
	case outcome == grid.Ran && runs != 1:
		t.Errorf("request %d did not run, its caller was told: %v", id, err)
	}
}

// Known mistake of the origin: requests that were queued before a loss ran after
// it. The socket is full, requests wait behind it, the connection breaks: those
// that had not left never run, and their callers know.
func TestOriginNothingQueuedCrossesIntoTheNextSession(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		l := &ledger{runs: make(map[uint64]int)}
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error { return m.RegisterSingleHandler(trial.IdCall, l.handle) }})
		w.Partition(r.Caller, r.Server)
		const n = 40
		var calls [n]<-chan trial.Result
		for i := range n {
			calls[i] = trial.Begin(t.Context(), w.Conn, trial.IdCall, request(uint64(i), 32<<10))
			synctest.Wait()
		}
		w.Cut(r.Caller, r.Server)
		notSent := 0
		var errs [n]error
		for i := range n {
			errs[i] = trial.Await(t, "call", calls[i]).Err
			if !errors.Is(errs[i], grid.ErrDisconnected) {
				t.Errorf("call %d: %v", i, errs[i])
			}
			if grid.OutcomeOf(errs[i]) == grid.NotSent {
				notSent++
			}
		}
		w.HealAll()
		w.Connected(t)
		time.Sleep(time.Minute)
		for i := range n {
			if l.of(uint64(i)) != 0 {
				t.Errorf("request %d crossed into the next session", i)
			}
			l.check(t, uint64(i), errs[i])
		}
		if notSent == 0 || notSent == n {
			t.Errorf("%d of %d requests were still here: this test is about some", notSent, n)
		}
	})
}

// P1, P2, P3 in any weather: links break, fall silent and come back while calls
// of all sizes run. Every call has one outcome in time, no handler runs twice,
// and what a caller was told is true.
func TestP2ChaosRunsNothingTwiceAndLiesToNobody(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) { chaos(t, r, seed) })
		})
	}
}

func chaos(t *testing.T, r trial.Role, seed uint64) {
	l := &ledger{runs: make(map[uint64]int)}
	w := r.World(t, trial.Setup{
		Register: func(m *grid.Manager) error { return m.RegisterSingleHandler(trial.IdCall, l.handle) },
		Link:     gridtest.Link{Latency: 5 * time.Millisecond, Jitter: 10 * time.Millisecond, Bandwidth: 5 << 20},
	})
	stop := make(chan struct{})
	var weather sync.WaitGroup
	weather.Go(func() { storm(w, r, rand.New(rand.NewPCG(seed, 1)), stop) })
	var calls sync.WaitGroup
	for caller := range uint64(8) {
		luck := rand.New(rand.NewPCG(seed, 100+caller))
		calls.Go(func() {
			for i := range uint64(60) {
				id := caller<<32 | i
				sizes := []int{8, 500, 70 << 10, 300 << 10}
				timeout := time.Duration(1+luck.IntN(3000)) * time.Millisecond
				chaosCall(t, w, l, id, sizes[luck.IntN(len(sizes))], timeout)
				time.Sleep(time.Duration(luck.IntN(500)) * time.Millisecond)
			}
		})
	}
	calls.Wait()
	close(stop)
	weather.Wait()
	w.HealAll()
	w.Connected(t)
}

func chaosCall(t *testing.T, w *trial.World, l *ledger, id uint64, size int, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	start := time.Now()
	reply, err := w.Conn.Request(ctx, trial.IdCall, request(id, size))
	if late := time.Since(start) - timeout; late > 100*time.Millisecond {
		t.Errorf("request %d: its outcome came %v after its deadline", id, late)
	}
	if err == nil && binary.BigEndian.Uint64(reply) != id {
		t.Errorf("request %d got the answer of %d", id, binary.BigEndian.Uint64(reply))
	}
	l.check(t, id, err)
	if outcome := grid.OutcomeOf(err); outcome == grid.NotSent || outcome == grid.Rejected {
		// What is said not to have left must not turn up later either.
		time.Sleep(5 * time.Second)
		l.check(t, id, err)
	}
}

// storm breaks and mends the link.
func storm(w *trial.World, r trial.Role, luck *rand.Rand, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(luck.IntN(2000)) * time.Millisecond):
		}
		switch luck.IntN(4) {
		case 0:
			w.Cut(r.Caller, r.Server)
		case 1:
			w.Partition(r.Caller, r.Server)
		case 2:
			w.PartitionOneWay(r.Server, r.Caller)
		case 3:
			w.Stall(r.Server)
		}
		time.Sleep(time.Duration(luck.IntN(1000)) * time.Millisecond)
		w.Resume(r.Server)
		w.HealAll()
	}
}

// P2: the runtime makes no call again by itself, unless the handler is declared
// idempotent; and even then only one whose connection was lost, never one that
// was answered.
func TestP2OnlyIdempotentCallsAreMadeAgain(t *testing.T) {
	for _, test := range []struct {
		what    string
		options []grid.HandlerOption
		lose    bool
		runs    int
		want    *grid.Error // nil: it goes well
	}{
		{"plain, lost", nil, true, 1, grid.ErrDisconnected},
		{"idempotent, lost", []grid.HandlerOption{grid.WithIdempotent()}, true, 2, nil},
		{"idempotent, failed", []grid.HandlerOption{grid.WithIdempotent()}, false, 1, grid.ErrUnavailable},
	} {
		t.Run(test.what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				call := grid.NewSingleHandler(trial.IdCall, grid.NewNoPayload, grid.NewNoPayload, test.options...)
				started := make(chan struct{}, 10)
				runs := 0
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return call.Register(m, func(ctx context.Context, _ *grid.NoPayload) (*grid.NoPayload, error) {
						runs++
						started <- struct{}{}
						if runs > 1 {
							return grid.NewNoPayload(), nil
						}
						if test.lose {
							<-ctx.Done()
						}
						return nil, grid.NewError(grid.Unavailable, "not now")
					})
				}})
				ended := make(chan error, 1)
				go func() {
					_, err := call.Call(t.Context(), w.Conn, grid.NewNoPayload())
					ended <- err
				}()
				trial.Await(t, "start", started)
				if test.lose {
					w.Cut(r.Caller, r.Server)
					w.HealAll()
				}
				err := trial.Await(t, "call", ended)
				if test.want == nil && err != nil || test.want != nil && !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				time.Sleep(time.Minute)
				if runs != test.runs {
					t.Errorf("the handler ran %d times, want %d", runs, test.runs)
				}
			})
		})
	}
}
