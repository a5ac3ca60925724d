package grid

import (
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// Health is what probes of a node ask for.
type Health = observe.Health

// Health reports whether the node is alive and ready for work. It is live until it is
// shut down, and ready while it serves, unless Options.Ready has an objection. It is
// quick, and may be called at any time.
func (m *Manager) Health() Health {
	h := Health{Live: true, State: "serving"}
	m.mu.Lock()
	for _, c := range m.peers {
		if c.guest {
			continue
		}
		h.Peers++
		if c.live.Load() != nil {
			h.Connected++
		}
	}
	m.mu.Unlock()
	select {
	case <-m.node.Closed:
		h.Live, h.State, h.Reason = false, "closed", "the node is shut down"
		return h
	default:
	}
	if m.isShut() {
		h.State, h.Reason = "draining", "the node is shutting down"
		return h
	}
	h.Reason = m.objection(h)
	h.Ready = h.Reason == ""
	return h
}

// objection is what Options.Ready says against the node's being ready, or "".
func (m *Manager) objection(h Health) (reason string) {
	if m.ready == nil {
		return ""
	}
	fault := m.node.Guard("Options.Ready", func() {
		if err := m.ready(h); err != nil {
			reason = status.Shortened(err.Error(), maxShownText)
			if reason == "" {
				reason = "Options.Ready has an objection without words"
			}
		}
	})
	if fault != nil {
		return fault.Message
	}
	return reason
}
