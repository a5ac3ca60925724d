package mux

import (
	"cmp"
	"slices"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/observe"
)

// Glance is what a session is at this moment. It takes each lock for a moment only.
func (s *Session) Glance() *observe.Session {
	return &observe.Session{
		Number: s.Number.Load(), Dialer: s.Dialer, Local: s.Local, Remote: s.Remote,
		RoundTrip: time.Duration(s.RoundTrip.Load()),
		CallsMade: s.Calls.InFlight(), Awaited: awaited(&s.Calls), CallsServed: s.Serving.Len(), Streams: s.Streams.Len(),
		Queued: s.Out.QueuedBytes(), Unread: s.Streams.Unread.Bytes(), Reassembly: s.Parts.Used(),
		BulkRoom: s.Out.BulkRoom(), PeerDraining: s.PeerDraining.Load(),
	}
}

// awaited is what the calls in flight wait for.
func awaited(t *calls.Table) []observe.Awaited {
	if t.InFlight() == 0 {
		return nil
	}
	counts := make(map[*handlers.Handler]int)
	t.Each(func(h *handlers.Handler) {
		if h != nil {
			counts[h]++
		}
	})
	all := make([]observe.Awaited, 0, len(counts))
	for h, n := range counts {
		all = append(all, observe.Awaited{ID: h.ID, Name: h.Settings.Name, Calls: n})
	}
	slices.SortFunc(all, func(a, b observe.Awaited) int { return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.ID, b.ID)) })
	return all[:min(len(all), observe.MaxAwaited)]
}

// InFlight counts the calls and streams of each handler, of both ends.
func (s *Session) InFlight(counts map[*handlers.Handler]int) {
	count := func(h *handlers.Handler) { counts[h]++ }
	s.Serving.Each(count)
	s.Calls.Each(count)
	s.Streams.EachOf(count)
}

// Incompatible returns the handlers of the peer that were found not to fit, at most so
// many.
func (s *Session) Incompatible(most int) []observe.Incompatible { return s.verdicts.refused(most) }
