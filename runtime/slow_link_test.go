package grid_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// A link that is slow but moves is not stalled: Limits.WriteStall is about
// progress, not about how long a whole batch takes. Here one takes 20 s.
func TestASlowLinkIsNotStalled(t *testing.T) {
	const request = 60 << 10 // travels whole, next to others in one batch
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho, configure: func(_ *world, _ string, o *grid.Options) {
			o.Limits.CallTimeout = time.Hour
			o.Limits.PingInterval, o.Limits.PongTimeout = time.Hour, time.Hour // a pong waits behind all that the socket holds
		}})
		w.SetLinkOneWay(r.caller, r.server, gridtest.Link{Bandwidth: 3 << 10})
		payload := bytes.Repeat([]byte("x"), request)
		var calls []<-chan result
		for range 10 {
			calls = append(calls, begin(t.Context(), w.conn, idCall, payload))
		}
		for _, call := range calls {
			res := await(t, "call", call)
			if res.err != nil || len(res.reply) != request {
				t.Fatalf("after %v: %d bytes, %v", res.after, len(res.reply), res.err)
			}
		}
		if n := w.conn.State().Session; n != 1 {
			t.Errorf("%d sessions were needed", n)
		}
	})
}

// A link on which nothing moves is stalled, however much it has taken before.
func TestP8AStalledLinkIsNoticedByItsWriter(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho, configure: func(_ *world, _ string, o *grid.Options) {
			o.Limits.CallTimeout = time.Hour
			o.Limits.PingInterval, o.Limits.PongTimeout = time.Hour, time.Hour
		}})
		w.SetLinkOneWay(r.caller, r.server, gridtest.Link{Bandwidth: 3 << 10})
		var calls []<-chan result
		for range 10 {
			calls = append(calls, begin(t.Context(), w.conn, idCall, make([]byte, 60<<10)))
		}
		time.Sleep(15 * time.Second)
		w.Partition(r.caller, r.server)
		stalled := time.Now()
		for _, call := range calls {
			if res := await(t, "call", call); !errors.Is(res.err, grid.ErrDisconnected) {
				t.Errorf("call on a stalled link: %v", res.err)
			}
		}
		stall := grid.DefaultLimits().WriteStall
		if took := time.Since(stalled); took < stall/2 || took > 2*stall {
			t.Errorf("noticed after %v", took)
		}
	})
}
