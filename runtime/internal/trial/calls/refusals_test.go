package calls_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A peer that calls more than may run, over a link that is too slow for all the
// refusals at once, is told of each: its session lives, and what runs is not
// delayed until all are told. So it is with streams.
func TestRefusalsOverASlowLink(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		const many = 20_000
		release := make(chan struct{})
		w := r.World(t, trial.Setup{
			Link:      gridtest.Link{Bandwidth: 50 << 10},
			Configure: func(_ *trial.World, _ string, o *grid.Options) { o.Limits.RunningCalls, o.Limits.OpenStreams = 4, 4096 },
			Register: func(m *grid.Manager) error {
				return errors.Join(
					m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) { <-release; return p, nil }),
					trial.TypedStream(1, 1, trial.EchoBack)(m))
			}})
		running := trial.Begin(t.Context(), w.Conn, trial.IdCall, []byte("running"))
		trial.Settle()
		time.AfterFunc(8*time.Second, func() { close(release) }) // by then requests have come, and refusals wait
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		errs := make(chan error, many)
		for i := range many {
			go func() {
				if i%16 == 0 {
					st, err := trial.BytesStream(1, 1).Open(ctx, w.Conn, trial.Message(""))
					if err == nil {
						_ = st.CloseSend()
						_, err = st.Recv()
					}
					errs <- err
					return
				}
				_, err := w.Conn.Request(ctx, trial.IdCall, nil)
				errs <- err
			}()
		}
		began := time.Now()
		res := trial.Await(t, "the call that runs", running)
		trial.WantReply(t, "the call that runs", res.Reply, res.Err, "running")
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
		refused := 0
		for range many {
			switch err := trial.Await(t, "call", errs); {
			case err == nil, err == io.EOF:
			case errors.Is(err, grid.ErrResourceExhausted) && grid.OutcomeOf(err) == grid.Rejected:
				refused++
			default:
				t.Fatal(err)
			}
		}
		if refused < many/2 {
			t.Errorf("%d were refused", refused)
		}
		if session := w.Conn.State().Session; session != 1 {
			t.Errorf("this is session %d", session)
		}
	})
}

// PROTOCOL.md: "The pong comes behind all refusals of what came before the ping."
func TestPongBehindRefusals(t *testing.T) {
	x := trial.StartTarget(t, func(o *grid.Options) { o.Limits.RunningCalls = 1 })
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBlock))
	const calls = 2000 // more than a batch holds
	var all [][]byte
	for id := range calls {
		all = append(all, trial.CallFrame(id+2, trial.RouteEcho))
	}
	trial.SendFrames(t, s, append(all, peer.NewFrame(peer.Ping, 7))...)
	for n := 0; ; n++ {
		f, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f.Kind == peer.Error {
			continue
		}
		if f.Kind != peer.Pong || n != calls {
			t.Errorf("a frame of kind %d after %d refusals", f.Kind, n)
		}
		return
	}
}

// PROTOCOL.md: "Refusals of calls and opens whose reason is the same for all are not counted among them, but are at most 98,304 in waiting."
func TestRefusalsOwed(t *testing.T) {
	x := trial.StartTarget(t, func(o *grid.Options) { o.Limits.RunningCalls = 1 })
	s := x.Session(t, "probe")
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBlock))
	var calls []byte
	for i := range 1000 {
		calls = append(calls, trial.CallFrame(2+i, trial.RouteEcho)...)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for s.Send(calls) == nil {
		}
	}()
	x.Log.Await(t, "98304 answers are waiting for a peer that does not read")
	s.Conn.Close()
	<-sent
}
