package grid

import (
	"context"
)

// drain waits until nothing is served and nothing called any more. Handlers end
// first, for they may still call; what is left then begins nothing new.
func (m *Manager) drain(ctx context.Context) error {
	done := make(map[*session]bool)
	for ctx.Err() == nil && m.drainSessions(ctx, done) {
	}
	select {
	case <-m.node.deliveries.finished():
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		return nil
	}
	if cut := m.cutList(m.sessions.all()); len(cut) > 0 {
		return &cutError{cut, context.Cause(ctx)}
	}
	return nil
}

// drainSessions drains the sessions that are there, and reports whether one was not
// done before: a session may still begin, by a handshake that was under way.
func (m *Manager) drainSessions(ctx context.Context, done map[*session]bool) (fresh bool) {
	sessions := m.sessions.all()
	for _, s := range sessions {
		fresh = fresh || !done[s]
		done[s] = true
		s.goaway("shutting down")
	}
	if !fresh {
		return false
	}
	m.awaitServed(ctx, sessions)
	awaitEach(ctx, sessions, (*session).awaitAsked)
	awaitEach(ctx, sessions, (*session).awaitWritten)
	return true
}

// awaitServed waits until all peers know that this node is leaving, and no handler
// is running.
func (m *Manager) awaitServed(ctx context.Context, sessions []*session) {
	served := make(chan struct{}, len(sessions))
	for _, s := range sessions {
		m.node.goroutines.Go(func() {
			s.acknowledged(ctx)
			s.await(ctx, s.serving.drained())
			s.await(ctx, s.streams.drained())
			served <- struct{}{}
		})
	}
	for range sessions {
		<-served
	}
}

// awaitAsked waits until no call and no stream of this end is left.
func (s *session) awaitAsked(ctx context.Context) {
	s.await(ctx, s.calls.finished())
	s.await(ctx, s.streams.finished())
}

// awaitWritten waits until the peer has been sent all.
func (s *session) awaitWritten(ctx context.Context) { s.await(ctx, s.out.flushed()) }

// await waits for an event, the end of the session or that of ctx.
func (s *session) await(ctx context.Context, event <-chan struct{}) {
	select {
	case <-event:
	case <-s.ended:
	case <-ctx.Done():
	}
}

func awaitEach(ctx context.Context, sessions []*session, wait func(*session, context.Context)) {
	for _, s := range sessions {
		wait(s, ctx)
	}
}
