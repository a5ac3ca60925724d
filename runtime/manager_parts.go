package grid

import (
	"context"
	"maps"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
)

// sessionSet is the set of live sessions of a Manager.
type sessionSet struct {
	mu  sync.Mutex
	set map[*session]struct{}
}

func (x *sessionSet) add(s *session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.set == nil {
		x.set = make(map[*session]struct{})
	}
	x.set[s] = struct{}{}
}

func (x *sessionSet) remove(s *session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.set, s)
}

// each calls f for every session, with the set locked: f must be short.
func (x *sessionSet) each(f func(*session)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for s := range x.set {
		f(s)
	}
}

func (x *sessionSet) all() []*session {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Collect(maps.Keys(x.set))
}

// announce tells all peers of handlers.
func (x *sessionSet) announce(handlers []*handler) {
	for _, s := range x.all() {
		s.announce(handlers)
	}
}

// checkLive looks for sessions that are dead.
func (x *sessionSet) checkLive(now int64) {
	for _, s := range x.all() {
		s.checkLive(now)
	}
}

// expire ends what is overdue and reports whether to look again.
func (x *sessionSet) expire(now int64) bool {
	busy := false
	for _, s := range x.all() {
		calling := s.calls.expire(now)
		serving := s.serving.expire(now)
		streaming := s.streams.expire(now)
		busy = busy || calling || serving || streaming
	}
	return busy
}

// watch hands on the roles of readers whose handler was running at the last look
// already, and reports whether any handler runs on a reader.
func (x *sessionSet) watch(now int64) (busy bool) {
	x.each(func(s *session) { busy = s.watchRole(now) || busy })
	return busy
}

// budget is a count of things that may run at a time.
type budget struct{ left atomic.Int64 }

func (b *budget) take() bool {
	if b.left.Add(-1) < 0 {
		b.left.Add(1)
		return false
	}
	return true
}

func (b *budget) give() { b.left.Add(1) }

// waiter starts the goroutines of a Manager, and waits for them at its end. It
// is no sync.WaitGroup because a flusher may start while the end is awaited.
type waiter struct {
	running atomic.Int64
	left    chan struct{} // capacity 1: some goroutine has ended, and none is left
}

// Go starts f, without the labels that the present goroutine may have.
func (w *waiter) Go(f func()) {
	w.begin()
	go func() {
		defer w.done()
		pprof.SetGoroutineLabels(context.Background())
		f()
	}()
}

// begin counts a goroutine that is about to start, and calls done at its end.
func (w *waiter) begin() { w.running.Add(1) }

func (w *waiter) done() {
	if w.running.Add(-1) > 0 {
		return
	}
	select {
	case w.left <- struct{}{}:
	default:
	}
}

// wait waits for all goroutines, or until ctx ends: a handler may never return.
func (w *waiter) wait(ctx context.Context) {
	for w.running.Load() > 0 {
		select {
		case <-w.left:
		case <-ctx.Done():
			return
		}
	}
}
