package grid

import (
	"cmp"
	"encoding/hex"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/meter"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// Snapshot is the state of a node at one moment, as plain values.
type Snapshot = observe.Snapshot

const (
	maxShownStreams      = 1000
	maxShownIncompatible = 100
	maxShownText         = 256 // bytes of a name or reason of others
)

// Snapshot returns what is known about the node at this moment: its limits and their use,
// peers and guests with their sessions, handlers of both ends with the results of their
// calls, open streams, and refused connections. It may be called at any time, also after
// Shutdown. It holds each lock only briefly, so no call waits for it, and takes a few
// microseconds for each peer, handler and stream.
//
// Calls and their durations are counted from the first Snapshot on; a program that never
// calls it pays nothing. Code that serves these figures should call it once at the start.
func (m *Manager) Snapshot() Snapshot {
	if !m.node.Measured.Load() {
		m.node.Measured.Store(true)
	}
	peers := m.shownPeers()
	s := Snapshot{Version: observe.SnapshotVersion, At: time.Now(), Refusals: m.refusals.list(), Health: m.Health()}
	counts := make(map[*handlers.Handler]int)
	for _, c := range peers {
		p, live := c.glance()
		p.Self = c.name == m.name
		s.Peers = append(s.Peers, p)
		if live == nil {
			continue
		}
		streams, all := live.Streams.Oldest(maxShownStreams)
		s.Streams = append(s.Streams, streams...)
		s.StreamsLeftOut += all - len(streams)
		s.Incompatible = append(s.Incompatible, live.Incompatible(maxShownIncompatible-len(s.Incompatible))...)
	}
	for _, live := range m.sessions.All() {
		live.InFlight(counts)
	}
	slices.SortStableFunc(s.Streams, func(a, b observe.Stream) int { return cmp.Compare(b.Age, a.Age) })
	if more := len(s.Streams) - maxShownStreams; more > 0 {
		s.Streams, s.StreamsLeftOut = s.Streams[:maxShownStreams], s.StreamsLeftOut+more
	}
	s.Handlers = append(m.shownHandlers(m.registry.All(), true, counts), m.shownHandlers(m.callees.All(), false, counts)...)
	s.Node = m.shownNode(s.Peers)
	return s
}

// shownPeers returns all Connections, by name.
func (m *Manager) shownPeers() []*Connection {
	all := m.connections()
	slices.SortFunc(all, func(a, b *Connection) int {
		return cmp.Or(compareNumbered(a.name, b.name), cmp.Compare(a.name, b.name))
	})
	return all
}

func (m *Manager) shownHandlers(all []*handlers.Handler, server bool, counts map[*handlers.Handler]int) []observe.Handler {
	shown := make([]observe.Handler, 0, len(all))
	for _, h := range all {
		r := h.Meter.Read()
		shown = append(shown, observe.Handler{Server: server, ID: h.ID, Name: h.Settings.Name, Subroute: h.Subroute, Stream: h.Stream != nil,
			InFlight: counts[h], Ran: r.Ran, Latency: latencyOf(r), Failures: m.failuresOf(r)})
	}
	return shown
}

// latencyOf leaves the empty buckets at both ends out.
func latencyOf(r meter.Reading) observe.Latency {
	first, last := 0, len(r.Buckets)
	for first < last && r.Buckets[first] == 0 {
		first++
	}
	for last > first && r.Buckets[last-1] == 0 {
		last--
	}
	return observe.Latency{Sum: time.Duration(r.Sum), First: first + meter.First, Counts: r.Buckets[first:last]}
}

// failuresOf returns the most frequent first.
func (m *Manager) failuresOf(r meter.Reading) (all []observe.Failure) {
	for f, x := range r.Failures {
		all = append(all, observe.Failure{Code: Code(status.Shortened(string(f.Code), maxShownText)), Outcome: f.Outcome.String(), Count: x.Count,
			Last: m.node.Clock.Time(x.Last), Text: x.Text})
	}
	slices.SortFunc(all, func(a, b observe.Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Outcome, b.Outcome))
	})
	return all
}

func (m *Manager) shownNode(peers []observe.Peer) observe.Node {
	n := observe.Node{Name: m.name, Incarnation: hex.EncodeToString(m.incarnation[:]), Build: build(), Started: m.node.Clock.Time(1),
		Limits: m.shownLimits(peers)}
	for _, count := range m.registry.Unknown.Read().Failures {
		n.UnknownHandler += count.Count
	}
	return n
}

// build names the version of the program.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Path + " " + info.Main.Version + ", " + info.GoVersion
}

// shownLimits returns the limits whose use is counted, beside it.
func (m *Manager) shownLimits(peers []observe.Peer) []observe.Limit {
	l, usual := &m.node.Limits, DefaultLimits()
	limits := []observe.Limit{
		{Name: "RunningCallsTotal", Used: int64(l.RunningCallsTotal) - m.node.Running.Left.Load(), Limit: int64(l.RunningCallsTotal), Default: int64(usual.RunningCallsTotal)},
		{Name: "Unauthenticated", Used: int64(m.pending.Len()), Limit: int64(l.Unauthenticated), Default: int64(usual.Unauthenticated)},
	}
	for _, each := range []struct {
		name         string
		limit, usual int
		used         func(*observe.Session) int
	}{
		{"RunningCalls", l.RunningCalls, usual.RunningCalls, func(s *observe.Session) int { return s.CallsServed }},
		{"OpenStreams", l.OpenStreams, usual.OpenStreams, func(s *observe.Session) int { return s.Streams }},
		{"SendQueue", l.SendQueue, usual.SendQueue, func(s *observe.Session) int { return s.Queued.Sum() }},
		{"Unread", l.Unread, usual.Unread, func(s *observe.Session) int { return s.Unread }},
		{"Reassembly", l.Reassembly, usual.Reassembly, func(s *observe.Session) int { return s.Reassembly }},
	} {
		most := observe.Limit{Name: each.name, Limit: int64(each.limit), Default: int64(each.usual)}
		for _, p := range peers {
			if p.Session == nil {
				continue
			}
			if used := int64(each.used(p.Session)); used > most.Used {
				most.Used, most.Peer = used, p.Name
			}
		}
		limits = append(limits, most)
	}
	return limits
}

// phaseNames are the phases in one word each.
var phaseNames = [...]string{Connecting: "connecting", Waiting: "waiting", Connected: "connected", Refused: "refused", Closed: "closed"}

// glance is what is known of a peer at this moment, and its session.
func (c *Connection) glance() (observe.Peer, *mux.Session) {
	live := c.live.Load()
	c.mu.Lock()
	state, last, at := c.state, c.lastFailure, c.lastFailed
	p := observe.Peer{Name: status.Shortened(c.name, maxShownText), Guest: c.guest, Address: c.target.address, Dials: c.dialer, Phase: phaseNames[state.Phase], Since: state.Since, Sessions: state.Session}
	p.LostLately, p.Lived = c.losses.since(time.Now())
	if live == nil {
		p.DownSince, p.Attempts = c.downSince, c.attempts
	}
	if next := c.target.next.Load(); next != 0 && live == nil && !c.isClosed {
		p.NextAttempt = time.Unix(0, next)
	}
	c.mu.Unlock()
	p.BytesSent, p.BytesReceived = c.traffic.BytesOut.Load(), c.traffic.BytesIn.Load()
	p.BatchesSent, p.BatchesReceived = c.traffic.BatchesOut.Load(), c.traffic.BatchesIn.Load()
	if live != nil {
		p.Session = live.Glance()
	} else {
		p.Reason = c.m.reasonText(state.Reason)
	}
	if last != nil {
		p.LastFailure, p.LastFailureAt = c.m.reasonText(last), at
	}
	return p, live
}

// reasonText is a reason in words. Its methods may be code of others.
func (m *hub) reasonText(err error) (text string) {
	if err == nil {
		return ""
	}
	_ = m.node.Guard("Error of an error", func() {
		var e *Error
		if errors.As(err, &e) && refusalIn(err) == nil {
			text = e.Message
		} else {
			text = err.Error()
		}
	})
	return status.Shortened(text, maxShownText)
}

// Health is what probes of a node ask for.
type Health = observe.Health

// Health reports whether the node is alive and ready for work. It is live until it is
// shut down. It is ready while it serves, unless Options.Ready returns an error. Health
// is fast, and may be called at any time.
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

// compareNumbered orders names as people count: node2 before node10.
func compareNumbered(a, b string) int {
	for a != "" && b != "" {
		wordA, wordB := leadingDigits(a), leadingDigits(b)
		if wordA == "" || wordB == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(wordA):], b[len(wordB):]
		wordA, wordB = strings.TrimLeft(wordA, "0"), strings.TrimLeft(wordB, "0")
		if c := cmp.Or(cmp.Compare(len(wordA), len(wordB)), cmp.Compare(wordA, wordB)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func leadingDigits(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		return s
	}
	return s[:end]
}
