package mux

import (
	"maps"
	"slices"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
)

// Sessions is the set of live sessions of a Manager.
type Sessions struct {
	Mu  sync.Mutex
	set map[*Session]struct{}
}

func (x *Sessions) add(s *Session) {
	x.Mu.Lock()
	defer x.Mu.Unlock()
	if x.set == nil {
		x.set = make(map[*Session]struct{})
	}
	x.set[s] = struct{}{}
}

func (x *Sessions) remove(s *Session) {
	x.Mu.Lock()
	defer x.Mu.Unlock()
	delete(x.set, s)
}

// each calls f for every session, with the set locked: f must be short.
func (x *Sessions) each(f func(*Session)) {
	x.Mu.Lock()
	defer x.Mu.Unlock()
	for s := range x.set {
		f(s)
	}
}

func (x *Sessions) All() []*Session {
	x.Mu.Lock()
	defer x.Mu.Unlock()
	return slices.Collect(maps.Keys(x.set))
}

// Announce tells all peers of handlers.
func (x *Sessions) Announce(handlers []*handlers.Handler) {
	for _, s := range x.All() {
		s.announce(handlers)
	}
}

// CheckLive looks for sessions that are dead.
func (x *Sessions) CheckLive(now int64) {
	for _, s := range x.All() {
		s.checkLive(now)
	}
}

// Expire ends what is overdue and reports whether to look again.
func (x *Sessions) Expire(now int64) bool {
	busy := false
	for _, s := range x.All() {
		calling := s.Calls.Expire(now)
		serving := s.Serving.Expire(now)
		streaming := s.Streams.Expire(now)
		busy = busy || calling || serving || streaming
	}
	return busy
}

// Watch hands on the roles of readers whose handler was running at the last look
// already, and reports whether any handler runs on a reader.
func (x *Sessions) Watch(now int64) (busy bool) {
	x.each(func(s *Session) { busy = s.watchRole(now) || busy })
	return busy
}
