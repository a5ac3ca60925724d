package top

import (
	"github.com/gridrpc/gridc/runtime/observe"
)

// window compares the newest sample of a node with older ones.
type window struct {
	now     *sample
	before  *sample // the one before, nil: there is none
	seconds float64 // between the two
	oldest  *sample // of the last minute, nil: there is none but now
}

func (r *reading) window() window {
	w := window{now: r.last()}
	if n := len(r.past); n > 1 {
		w.before, w.oldest = r.past[n-2], r.past[0]
		w.seconds = max(w.now.At.Sub(w.before.At).Seconds(), 0.001)
	}
	return w
}

// perSecond is the rate of a counter, below 0 where it is not known.
func (w *window) perSecond(now, before uint64) float64 {
	switch {
	case w.before == nil:
		return -1
	case now < before:
		return 0
	}
	return float64(now-before) / w.seconds
}

// handlerKey is what a handler is known by in a Snapshot.
type handlerKey struct {
	server   bool
	id       uint16
	subroute string
}

func keyOf(h *observe.Handler) handlerKey { return handlerKey{h.Server, uint16(h.ID), h.Subroute} }

func handlersOf(s *sample) map[handlerKey]*observe.Handler {
	all := make(map[handlerKey]*observe.Handler)
	if s == nil {
		return all
	}
	for i := range s.Handlers {
		all[keyOf(&s.Handlers[i])] = &s.Handlers[i]
	}
	return all
}

// used is a handler, and what became of it in the window.
type used struct {
	*observe.Handler
	calls, failures float64 // a second
	latency         observe.Latency
	old             bool // there was no call in the window: the latency is of all
}

// handlers are those of the newest sample that something has happened to, and how many
// there are besides.
func (w *window) handlers() (all []used, idle int) {
	before, oldest := handlersOf(w.before), handlersOf(w.oldest)
	for i := range w.now.Handlers {
		h := &w.now.Handlers[i]
		if h.Ended() == 0 && h.InFlight == 0 {
			idle++
			continue
		}
		u := used{Handler: h, latency: h.Latency, old: true}
		old := &observe.Handler{}
		if o := before[keyOf(h)]; o != nil {
			old = o
		}
		u.calls, u.failures = w.perSecond(h.Ended(), old.Ended()), w.perSecond(h.Failed(), old.Failed())
		if o := oldest[keyOf(h)]; o != nil {
			if lately := h.Latency.Since(&o.Latency); lately.Count() > 0 {
				u.latency, u.old = lately, false
			}
		}
		all = append(all, u)
	}
	return all, idle
}

// totals are the calls and failures a second, and what is in flight, of a whole node.
func (w *window) totals() (calls, failures float64, inFlight int) {
	var ended, failed, endedBefore, failedBefore uint64
	for i := range w.now.Handlers {
		h := &w.now.Handlers[i]
		ended, failed, inFlight = ended+h.Ended(), failed+h.Failed(), inFlight+h.InFlight
	}
	if w.before != nil {
		for i := range w.before.Handlers {
			h := &w.before.Handlers[i]
			endedBefore, failedBefore = endedBefore+h.Ended(), failedBefore+h.Failed()
		}
	}
	return w.perSecond(ended, endedBefore), w.perSecond(failed, failedBefore), inFlight
}
