package promgrid

import (
	"sync"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/observe"
)

// admitted are the handlers of one end that have series of their own. Which those are
// does not change, so that no counter loses what it had counted.
type admitted struct {
	mu   sync.Mutex
	most int
	seen map[string]bool
}

func newAdmitted(most int) *admitted { return &admitted{most: most, seen: make(map[string]bool)} }

// label is the name of a handler, or "other" if there are too many.
func (a *admitted) label(id grid.HandlerID, name string) string {
	label := handlerLabel(id, name)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen[label] {
		return label
	}
	if len(a.seen) >= a.most {
		return other
	}
	a.seen[label] = true
	return label
}

// series are the labels of a handler's series.
type series struct{ handler, kind, subroute string }

func (k series) labels(subroutes bool, more ...string) []string {
	labels := append([]string{k.handler, k.kind}, more...)
	if subroutes {
		labels = append(labels, k.subroute)
	}
	return labels
}

// failure is how calls have failed.
type failure struct{ code, outcome string }

// handlerFigures are those of the handlers that share a series.
type handlerFigures struct {
	inFlight  int
	latencies latencies
	failures  map[failure]uint64
}

func (f *handlerFigures) add(h *observe.Handler) {
	f.inFlight += h.InFlight
	f.latencies.add(&h.Latency)
	for _, x := range h.Failures {
		f.failures[failure{valid(string(x.Code)), oneWord(x.Outcome)}] += x.Count
	}
}

func (c *Collector) collectHandlers(out metrics, s *grid.Snapshot) {
	for i, end := range []string{client, server} {
		subroutes := end == server && c.options.Subroutes
		all := make(map[series]*handlerFigures)
		for j := range s.Handlers {
			h := &s.Handlers[j]
			if h.Server != (end == server) {
				continue
			}
			key := series{handler: c.named[i].label(h.ID, h.Name), kind: kindLabel(h.Stream)}
			if subroutes && key.handler != other {
				key.subroute = valid(h.Subroute)
			}
			if all[key] == nil {
				all[key] = &handlerFigures{failures: make(map[failure]uint64)}
			}
			all[key].add(h)
		}
		for key, f := range all {
			c.handler(out, byEnd[end], key, f, s, subroutes)
		}
	}
}

func (c *Collector) handler(out metrics, m *handlerMetrics, key series, f *handlerFigures, s *grid.Snapshot, subroutes bool) {
	out.gauge(m.inFlight.form(subroutes), float64(f.inFlight), key.labels(subroutes)...)
	out <- f.latencies.metric(m.duration.form(subroutes), s.Node.Started, c.options.NativeOnly, key.labels(subroutes)...)
	for how, count := range f.failures {
		out.counter(m.failures.form(subroutes), count, key.labels(subroutes, how.code, how.outcome)...)
	}
}
