package calls

import (
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// observed is what observers are told of a call that is being served. The goroutine of its
// handler owns it.
type observed struct {
	observers *observers.Chain
	told      observers.Told
	info      *observe.CallInfo
	end       observe.CallEnd
	began     int64 // manager clock
	step      step
}

// step is how far a call has come that observers are told of.
type step uint8

const (
	beginning step = iota // they are told of the beginning
	working               // the handler runs, or what stands around it
	ending                // they are told of the end
	told                  // they were
)

// workObserved is work with observers around it. They are told of the end when the
// answer is known, and before it is queued.
func (sv *Serving) workObserved(o *observers.Chain, came, now int64) (ended int64) {
	var x observed // a literal is made elsewhere on the stack and copied
	x.observers, x.told.Ctx, x.info, x.began = o, &sv.Ctx, sv.Ctx.Info(), now
	x.end.BytesReceived, x.end.Queued = uint64(len(sv.Payload)), time.Duration(max(0, now-came))
	ended = now
	defer sv.guard(&x, &ended)
	o.Begin(&x.told, x.info)
	x.step = working
	reply, err := sv.Ctx.H.RunSingle(x.told.Ctx, &sv.Ctx, sv.Payload)
	sv.returned(reply, err)
	ended = sv.measure(now)
	sv.ends(&x, ended, err)
	x.step = ending
	for {
		observer := o.Last(&x.told)
		if observer == nil {
			break
		}
		observer.End(x.told.Ctx, x.info, x.end)
	}
	x.step = told
	return ended
}

// guard goes on where a handler or an observer did not return. It recovers, so it must be
// the deferred function itself.
func (sv *Serving) guard(x *observed, ended *int64) {
	switch x.step {
	case beginning: // its goroutine ends
		sv.notReturned(x, ended)
	case working:
		defer sv.notReturned(x, ended) // also where the log ends the goroutine
		sv.crashed(recover())
		*ended = sv.measure(x.began)
	case ending:
		x.observers.Slipped(recover(), &x.told, x.info, &x.end)
	}
}

// notReturned tells the observers of a call whose handler did not return, or did not begin.
func (sv *Serving) notReturned(x *observed, ended *int64) {
	if *ended == x.began {
		*ended = sv.T.s.M.Clock.Now()
	}
	if sv.Fail == nil {
		sv.Fail = handlers.NoReturn(&sv.Ctx)
	}
	sv.ends(x, *ended, nil)
	x.observers.End(&x.told, x.info, &x.end)
}

// ends sets what observers are told of the end.
func (sv *Serving) ends(x *observed, ended int64, err error) {
	x.end.Outcome, x.end.Attempts = status.Ran, 1
	x.end.Took, x.end.BytesSent = time.Duration(ended-x.began), uint64(sv.Answer().Size())
	if sv.Fail != nil {
		handlers.Failed(&x.end, sv.Fail, err)
	}
}

// late is what becomes of a call that may not begin any more.
func (sv *Serving) late() {
	sv.Fail = handlers.ErrLate
	sv.Ctx.Dropped(handlers.ErrLate)
}
