package streams_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A link that is slow but moves is not stalled: Limits.WriteStall is about
// progress, not about how long a whole batch takes. Here one takes 20 s.
func TestASlowLinkIsNotStalled(t *testing.T) {
	const request = 60 << 10 // travels whole, next to others in one batch
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.Limits.CallTimeout = time.Hour
			o.Limits.PingInterval, o.Limits.PongTimeout = time.Hour, time.Hour // a pong waits behind all that the socket holds
		}})
		w.SetLinkOneWay(r.Caller, r.Server, gridtest.Link{Bandwidth: 3 << 10})
		payload := bytes.Repeat([]byte("x"), request)
		var calls []<-chan trial.Result
		for range 10 {
			calls = append(calls, trial.Begin(t.Context(), w.Conn, trial.IdCall, payload))
		}
		for _, call := range calls {
			res := trial.Await(t, "call", call)
			if res.Err != nil || len(res.Reply) != request {
				t.Fatalf("after %v: %d bytes, %v", res.After, len(res.Reply), res.Err)
			}
		}
		if n := w.Conn.State().Session; n != 1 {
			t.Errorf("%d sessions were needed", n)
		}
	})
}

// A link on which nothing moves is stalled, however much it has taken before.
func TestP8AStalledLinkIsNoticedByItsWriter(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.Limits.CallTimeout = time.Hour
			o.Limits.PingInterval, o.Limits.PongTimeout = time.Hour, time.Hour
		}})
		w.SetLinkOneWay(r.Caller, r.Server, gridtest.Link{Bandwidth: 3 << 10})
		var calls []<-chan trial.Result
		for range 10 {
			calls = append(calls, trial.Begin(t.Context(), w.Conn, trial.IdCall, make([]byte, 60<<10)))
		}
		time.Sleep(15 * time.Second)
		w.Partition(r.Caller, r.Server)
		stalled := time.Now()
		for _, call := range calls {
			if res := trial.Await(t, "call", call); !errors.Is(res.Err, grid.ErrDisconnected) {
				t.Errorf("call on a stalled link: %v", res.Err)
			}
		}
		stall := grid.DefaultLimits().WriteStall
		if took := time.Since(stalled); took < stall/2 || took > 2*stall {
			t.Errorf("noticed after %v", took)
		}
	})
}
