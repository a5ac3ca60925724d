package observers

import (
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/observe"
)

// Infos are the CallInfos of the handlers of one end of a session: made once for each,
// so that a call costs no allocation and no look-up by name. The zero value is ready.
type Infos struct {
	first [8]atomic.Pointer[observe.CallInfo]                // of the numbers below 8, found with two loads fewer
	list  atomic.Pointer[[]atomic.Pointer[observe.CallInfo]] // by number, of the others: its first 8 are not used
	mu    sync.Mutex                                         // of who replaces it

	// Those of handlers that are called under more than one subroute, but for the first.
	others sync.Map // of otherKey
	count  atomic.Int64
}

type otherKey struct {
	number   uint64
	subroute string
}

// maxOthers bounds what callers may make up: subroutes are any strings.
const maxOthers = 4096

// Known returns the info that Of has made of the handler with a small number, if it is that of a subroute,
// else nil: most calls have it, and need no fill. x may be nil.
func (x *Infos) Known(number uint64, subroute string) *observe.CallInfo {
	if x == nil {
		return nil
	}
	slot := x.slot(number)
	if slot == nil {
		return nil
	}
	if info := slot.Load(); info != nil && info.Subroute == subroute {
		return info
	}
	return nil
}

// slot is where the info of a number is kept, nil where there is no room for it yet.
func (x *Infos) slot(number uint64) *atomic.Pointer[observe.CallInfo] {
	if number < uint64(len(x.first)) {
		return &x.first[number]
	}
	if list := x.list.Load(); list != nil && number < uint64(len(*list)) {
		return &(*list)[number]
	}
	return nil
}

// Of returns the info of the handler with a small number, under a subroute, made by fill
// where there is none yet. A nil *Infos keeps none.
func (x *Infos) Of(number uint64, subroute string, fill func() *observe.CallInfo) *observe.CallInfo {
	if x == nil {
		return fill()
	}
	if info := x.Known(number, subroute); info != nil {
		return info
	}
	slot := x.slot(number)
	if slot == nil {
		slot = &(*x.grow(2*int(number) + 1))[number] // fits: handlers that are in memory
	}
	if slot.Load() == nil {
		slot.CompareAndSwap(nil, fill())
	}
	if info := slot.Load(); info.Subroute == subroute {
		return info
	}
	return x.other(otherKey{number, subroute}, fill)
}

func (x *Infos) other(key otherKey, fill func() *observe.CallInfo) *observe.CallInfo {
	if known, ok := x.others.Load(key); ok {
		return known.(*observe.CallInfo)
	}
	info := fill()
	if x.count.Load() >= maxOthers {
		return info
	}
	known, loaded := x.others.LoadOrStore(key, info)
	if !loaded {
		x.count.Add(1)
	}
	return known.(*observe.CallInfo)
}

// grow makes room for more handlers. What was there is made again.
func (x *Infos) grow(count int) *[]atomic.Pointer[observe.CallInfo] {
	x.mu.Lock()
	defer x.mu.Unlock()
	if old := x.list.Load(); old != nil && len(*old) >= count {
		return old
	}
	list := make([]atomic.Pointer[observe.CallInfo], count)
	x.list.Store(&list)
	return &list
}
