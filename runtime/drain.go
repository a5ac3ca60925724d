package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux"
)

// drain waits until nothing is served and nothing called any more. Handlers end
// first, for they may still call; what is left then begins nothing new.
func (m *Manager) drain(ctx context.Context) error {
	done := make(map[*mux.Session]bool)
	for ctx.Err() == nil && m.drainSessions(ctx, done) {
	}
	select {
	case <-m.node.Deliveries.Finished():
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		return nil
	}
	if cut := m.cutList(m.sessions.All()); len(cut) > 0 {
		return &cutError{cut, context.Cause(ctx)}
	}
	return nil
}

// drainSessions drains the sessions that are there, and reports whether one was not
// done before: a session may still begin, by a handshake that was under way.
func (m *Manager) drainSessions(ctx context.Context, done map[*mux.Session]bool) (fresh bool) {
	sessions := m.sessions.All()
	for _, s := range sessions {
		fresh = fresh || !done[s]
		done[s] = true
		s.Goaway("shutting down")
	}
	if !fresh {
		return false
	}
	m.awaitServed(ctx, sessions)
	awaitEach(ctx, sessions, (*mux.Session).AwaitAsked)
	awaitEach(ctx, sessions, (*mux.Session).AwaitWritten)
	return true
}

// awaitServed waits until all peers know that this node is leaving, and no handler
// is running.
func (m *Manager) awaitServed(ctx context.Context, sessions []*mux.Session) {
	served := make(chan struct{}, len(sessions))
	for _, s := range sessions {
		m.node.Goroutines.Go(func() {
			s.Acknowledged(ctx)
			s.Await(ctx, s.Serving.Drained())
			s.Await(ctx, s.Streams.Drained())
			served <- struct{}{}
		})
	}
	for range sessions {
		<-served
	}
}

func awaitEach(ctx context.Context, sessions []*mux.Session, wait func(*mux.Session, context.Context)) {
	for _, s := range sessions {
		wait(s, ctx)
	}
}
