package grid

import (
	"context"
	"maps"
	"slices"
)

// isShut reports whether Shutdown has begun.
func (m *Manager) isShut() bool { return m.down.Load() }

// Shutdown ends the node. Peers are asked for no new work and none is taken;
// what runs may finish until ctx ends; then every connection is closed. It
// returns ctx's error if something was cut short. It may be called again.
func (m *Manager) Shutdown(ctx context.Context) error {
	m.mu.Lock()
	first := !m.shut
	m.shut = true
	m.down.Store(true)
	m.mu.Unlock()
	if !first {
		select {
		case <-m.closed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := m.drain(ctx)
	m.cancel()
	reason := &Error{Code: Disconnected, Message: "this node was shut down"}
	farewell(ctx, m.sessions.all(), reason)
	m.mu.Lock()
	all := slices.Collect(maps.Values(m.peers))
	if m.self != nil {
		all = append(all, m.self)
	}
	m.mu.Unlock()
	for _, c := range all {
		c.close(reason)
	}
	for _, s := range m.sessions.all() {
		s.end(reason, closeNormal)
	}
	close(m.closed)
	m.goroutines.wait(ctx)
	return err
}

// drain waits until nothing is served and nothing called any more.
func (m *Manager) drain(ctx context.Context) error {
	sessions := m.sessions.all()
	for _, s := range sessions {
		s.goaway("shutting down")
		s.streams.peerDraining()
	}
	for _, s := range sessions {
		for _, idle := range []func() <-chan struct{}{s.serving.drained, s.streams.finished, s.calls.finished, s.out.flushed} {
			select {
			case <-idle():
			case <-s.ended:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}
