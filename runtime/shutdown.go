package grid

import (
	"context"
	"maps"
	"slices"

	"github.com/gridrpc/gridc/runtime/status"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// Shutdown ends the node. Peers are asked for no new work and none is taken; this
// node begins none either: from now on its calls and streams fail as not sent, but
// for those of handlers that are still running. What runs may finish until ctx ends:
// handlers, calls and streams that this node has made, and what came on streams and
// is still to be read from a channel. Streams without a natural end are told, see
// Draining. Then every connection is closed.
//
// It returns nil if nothing was cut short, and all code of others that the node has
// called has returned; else an error that names what was cut or runs on, and is ctx's
// error. It may be called again: each call waits for the end, the context that
// ends first cuts all of them short, and all are told so. Once the node has ended it
// returns nil.
func (m *Manager) Shutdown(ctx context.Context) error {
	first := m.beginShutdown()
	select {
	case <-m.node.Closed:
		return nil
	default:
	}
	stop := context.AfterFunc(ctx, func() { m.cutDrain(status.ContextErr(ctx)) })
	defer stop()
	if !first {
		<-m.node.Closed
		return m.cutShort
	}
	m.cutShort = m.drain(m.drainTime)
	m.node.Cancel()
	reason := &Error{Code: Disconnected, Message: "this node was shut down"}
	mux.Farewell(m.drainTime, m.sessions.All(), reason)
	for _, c := range m.connections() {
		c.close(reason)
	}
	for _, s := range m.sessions.All() {
		s.End(reason, websocket.CloseNormal)
	}
	close(m.node.Closed)
	m.cutDrain(nil)
	if !m.node.Goroutines.Wait(ctx) && m.cutShort == nil {
		return m.stillRunning(ctx)
	}
	return m.cutShort
}

// beginShutdown lets nothing new begin, and reports whether it was the first.
func (m *Manager) beginShutdown() (first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first = !m.shut
	m.shut = true
	m.down.Store(true)
	if first {
		close(m.leaving)
	}
	return first
}

// connections returns all of them, that with the node itself included.
func (m *Manager) connections() []*Connection {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Collect(maps.Values(m.peers))
	if m.self != nil {
		all = append(all, m.self)
	}
	return all
}
