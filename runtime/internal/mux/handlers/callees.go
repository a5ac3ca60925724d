package handlers

import (
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/meter"
	"github.com/gridrpc/gridc/runtime/status"
)

// Callees are the handlers of other nodes that this node has called. Each has one entry
// for all nodes and subroutes: its name, a small number that is its Route, and what became
// of the calls. An entry is found by the handler's id without a lock and without hashing. The zero value is
// ready.
type Callees struct {
	pages atomic.Pointer[calleePages] // nil until something is called
	count atomic.Uint64
}

type (
	calleePages [256]atomic.Pointer[calleePage] // by the upper half of the id
	calleePage  [256]atomic.Pointer[Handler]    // by the lower half
)

// Find returns the entry of a handler, and makes one if there is none. The entry keeps
// the first name that it was asked for with.
func (x *Callees) Find(id status.HandlerID, name string, stream bool) *Handler {
	if pages := x.pages.Load(); pages != nil {
		if page := pages[id>>8].Load(); page != nil {
			if h := page[id&0xff].Load(); h != nil {
				return h
			}
		}
	}
	return x.add(id, name, stream)
}

func (x *Callees) add(id status.HandlerID, name string, stream bool) *Handler {
	if x.pages.Load() == nil {
		x.pages.CompareAndSwap(nil, new(calleePages))
	}
	slot := &x.pages.Load()[id>>8]
	slot.CompareAndSwap(nil, new(calleePage))
	h := &Handler{ID: id, Route: x.count.Add(1), Settings: Settings{Name: name}, Meter: new(meter.Meter)}
	if stream {
		h.Stream = neverRuns
	}
	p := &slot.Load()[id&0xff]
	p.CompareAndSwap(nil, h)
	return p.Load()
}

// All returns those that were called, in the order of their ids.
func (x *Callees) All() (all []*Handler) {
	pages := x.pages.Load()
	if pages == nil {
		return nil
	}
	for i := range pages {
		page := pages[i].Load()
		if page == nil {
			continue
		}
		for j := range page {
			if h := page[j].Load(); h != nil {
				all = append(all, h)
			}
		}
	}
	return all
}
