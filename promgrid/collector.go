package promgrid

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/observe"
)

// Collector is a prometheus.Collector of what the Snapshot of a Manager tells. It is safe
// for concurrent use, and works on after the Manager's Shutdown.
type Collector struct {
	snapshot func() grid.Snapshot // static
	options  Options              // static
	named    [2]*admitted         // handlers with series of their own: of the client, of the server
}

// NewCollector returns a Collector for m, to be registered. From now on, if not before,
// calls are counted, which costs each some nanoseconds.
func NewCollector(m *grid.Manager, o Options) *Collector {
	m.Snapshot() // the first one begins the counting
	return newCollector(m.Snapshot, o)
}

func newCollector(snapshot func() grid.Snapshot, o Options) *Collector {
	o = o.withDefaults()
	return &Collector{snapshot: snapshot, options: o, named: [2]*admitted{newAdmitted(o.MaxHandlers), newAdmitted(o.MaxHandlers)}}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range described {
		ch <- d
	}
	for _, m := range byEnd {
		for _, each := range []metric{m.inFlight, m.duration, m.failures} {
			ch <- each.form(c.options.Subroutes)
		}
	}
}

// Collect implements prometheus.Collector: it takes a Snapshot.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	s := c.snapshot()
	out := metrics(ch)
	out.node(&s)
	out.streams(&s)
	out.peers(s.Peers, c.options.MaxPeers)
	c.collectHandlers(out, &s)
}

// metrics is where metrics go.
type metrics chan<- prometheus.Metric

func (out metrics) gauge(d *prometheus.Desc, value float64, labels ...string) {
	out <- constant(d, prometheus.GaugeValue, value, labels)
}

func (out metrics) counter(d *prometheus.Desc, value uint64, labels ...string) {
	out <- constant(d, prometheus.CounterValue, float64(value), labels)
}

// constant never panics: what is wrong with a metric fails the scrape that it is in.
func constant(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels []string) prometheus.Metric {
	m, err := prometheus.NewConstMetric(d, kind, value, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(d, err)
	}
	return m
}

func (out metrics) node(s *grid.Snapshot) {
	out.gauge(nodeInfo, 1, valid(s.Node.Name), valid(s.Node.Build))
	out.gauge(nodeStart, float64(s.Node.Started.UnixMilli())/1000)
	out.gauge(nodeLive, number(s.Health.Live))
	out.gauge(nodeReady, number(s.Health.Ready))
	for _, l := range s.Node.Limits {
		out.gauge(limitUsed, float64(l.Used), valid(l.Name))
		out.gauge(limitMax, float64(l.Limit), valid(l.Name))
	}
	out.counter(unknowns, s.Node.UnknownHandler)
	for _, r := range s.Refusals {
		out.counter(refused, r.Count, oneWord(r.Reason))
	}
	out.gauge(broken, float64(len(s.Incompatible)))
}

func (out metrics) streams(s *grid.Snapshot) {
	send, receive := 0, 0
	for _, st := range s.Streams {
		switch {
		case strings.HasPrefix(st.Waits, "send"):
			send++
		case strings.HasPrefix(st.Waits, "receive"):
			receive++
		}
	}
	out.gauge(openCount, float64(len(s.Streams)+s.StreamsLeftOut))
	out.gauge(waiting, float64(send), "send")
	out.gauge(waiting, float64(receive), "receive")
}

func (out metrics) peers(all []observe.Peer, most int) {
	total, up, visitors := 0, 0.0, 0.0
	named := make(map[string]bool) // by label: two names may look the same, which would fail the scrape
	for i := range all {
		p := &all[i]
		if p.Self {
			continue
		}
		if p.Guest {
			visitors += number(p.Session != nil)
			continue
		}
		total++
		up += number(p.Session != nil)
		if name := valid(p.Name); len(named) < most && !named[name] {
			named[name] = true
			out.peer(p, name)
		}
	}
	out.gauge(peers, float64(total))
	out.gauge(connected, up)
	out.gauge(guests, visitors)
	out.gauge(peersLeftOut, float64(total-len(named)))
}

func (out metrics) peer(p *observe.Peer, name string) {
	out.gauge(peerUp, number(p.Session != nil), name)
	out.counter(peerSessions, p.Sessions, name)
	out.counter(peerSent, p.BytesSent, name)
	out.counter(peerReceived, p.BytesReceived, name)
	s := p.Session
	if s == nil {
		return
	}
	out.gauge(peerTrip, s.RoundTrip.Seconds(), name)
	out.gauge(peerQueued, float64(s.Queued.High), name, "high")
	out.gauge(peerQueued, float64(s.Queued.Normal), name, "normal")
	out.gauge(peerQueued, float64(s.Queued.Low), name, "low")
	out.gauge(peerUnread, float64(s.Unread), name)
	out.gauge(peerCalls, float64(s.CallsMade), name, client)
	out.gauge(peerCalls, float64(s.CallsServed), name, server)
}
