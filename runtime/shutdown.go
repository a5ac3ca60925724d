package grid

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/status"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// Shutdown ends the node gracefully. Peers are asked to send no new work, and new work is
// rejected. New calls and streams of this node fail as NotSent, except those of handlers
// that are still running. Running work may finish until ctx ends: handlers, calls and
// streams that this node has made, and messages of streams that are still to be read from
// a channel. Handlers of streams without a natural end should watch Draining. Then every
// connection is closed.
//
// Shutdown returns nil if nothing was cut off and all functions that the node has called,
// such as handlers, have returned. Otherwise its error wraps that of ctx, and names what
// was cut off or is still running. It may be called several times: each call waits for
// the end, and the first context to end cuts off what runs, for all of them. Once the
// node has ended, Shutdown returns nil.
func (m *Manager) Shutdown(ctx context.Context) error {
	first := m.beginShutdown()
	select {
	case <-m.node.Closed:
		return nil
	default:
	}
	ctx, release := status.KeepDeadline(ctx)
	if release != nil {
		defer release()
	}
	stop := context.AfterFunc(status.Fenced(ctx), func() { m.cutDrain(status.ContextErr(ctx)) })
	defer stop()
	if !first {
		<-m.node.Closed
		return m.cutShort
	}
	m.cutShort = m.drain(m.drainTime)
	m.node.Cancel()
	reason := &Error{Code: Disconnected, Message: "this node was shut down"}
	mux.CloseAll(m.drainTime, m.sessions.All(), reason)
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

// cutError is what Shutdown returns where it did not wait for all.
type cutError struct {
	cut []string // what was cut short, in words
	why error    // of the context that has ended
}

// maxCut is how many kinds of work an error names.
const maxCut = 8

// Error names what was cut short, the most frequent first.
func (e *cutError) Error() string {
	cut, more := e.cut, ""
	if len(cut) > maxCut {
		more = fmt.Sprintf(" and %d more", len(cut)-maxCut)
		cut = cut[:maxCut]
	}
	return "grid: the shutdown was cut short: " + strings.Join(cut, ", ") + more + ": " + e.why.Error()
}

// Unwrap makes the error that of the context.
func (e *cutError) Unwrap() error { return e.why }

// cutList says what sessions have not finished, the most of a kind first.
func (m *Manager) cutList(sessions []*mux.Session) []string {
	work := make(map[string]int)
	for _, s := range sessions {
		if s.Over() {
			continue
		}
		peer := status.Quoted(s.Peer)
		s.Serving.Each(func(h *handlers.Handler) { work["handler "+h.String()+" for "+peer]++ })
		calls, streams := s.Calls.InFlight(), s.Streams.Each(func(h *handlers.Handler) { work["stream of handler "+h.String()+" for "+peer]++ })
		work["call to "+peer] += calls
		work["stream to "+peer] += streams
		if !s.Told.Load() {
			work["goaway to "+peer+" without an answer"]++
		}
	}
	m.node.Deliveries.Each(func(peer string, n int) {
		// One that is not over counts among the streams of its session, too.
		work["stream to "+status.Quoted(peer)] = max(n, work["stream to "+status.Quoted(peer)])
	})
	return counted(work)
}

// stillRunning returns an error that names the code of others that has not returned,
// though everything of the node's own has ended; nil if there is none.
func (m *Manager) stillRunning(ctx context.Context) error {
	if left := counted(m.node.ForeignCalls()); len(left) > 0 {
		return &cutError{left, context.Cause(ctx)}
	}
	return nil
}

// counted puts kinds of work in words, the most frequent first.
func counted(work map[string]int) []string {
	maps.DeleteFunc(work, func(_ string, n int) bool { return n == 0 })
	kinds := slices.Collect(maps.Keys(work))
	slices.SortFunc(kinds, func(a, b string) int {
		if work[a] != work[b] {
			return work[b] - work[a]
		}
		return strings.Compare(a, b)
	})
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%d × %s", work[kind], kind)
	}
	return kinds
}
