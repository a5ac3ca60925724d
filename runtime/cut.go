package grid

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/status"
)

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
