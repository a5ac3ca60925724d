package calls

import (
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// workObserved is work with observers around it. They are told of the end when the
// answer is known, and before it is queued.
func (sv *Serving) workObserved(o *observers.Chain, came, now int64) (ended int64) {
	info, received := sv.Ctx.Info(), len(sv.Payload)
	x := observers.Told{Ctx: &sv.Ctx}
	ended = now
	var err error
	worked := false
	defer func() {
		if !worked {
			ended = sv.T.s.M.Clock.Now()
		}
		if !worked && sv.Fail == nil { // an observer has ended the goroutine
			sv.Fail = handlers.NoReturn(&sv.Ctx)
		}
		end := observe.CallEnd{Outcome: status.Ran, Attempts: 1, Took: time.Duration(ended - now), Queued: time.Duration(max(0, now-came)),
			BytesReceived: uint64(received), BytesSent: uint64(sv.Answer().Size())}
		if sv.Fail != nil {
			handlers.Failed(&end, sv.Fail, err)
		}
		o.End(&x, info, &end)
	}()
	o.Begin(&x, info)
	ended, err = sv.work(x.Ctx, now)
	worked = true
	return ended
}

// late is what becomes of a call that may not begin any more.
func (sv *Serving) late() {
	sv.Fail = handlers.ErrLate
	sv.Ctx.Dropped(handlers.ErrLate)
}
