package promgrid

import "github.com/prometheus/client_golang/prometheus"

// described are the metrics of a Collector that are always the same.
var described []*prometheus.Desc

func desc(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc("grid_"+name, help, labels, nil)
	described = append(described, d)
	return d
}

// The node.
var (
	nodeInfo  = desc("node_info", "1; what the node is, in its labels.", "name", "build")
	nodeStart = desc("node_start_time_seconds", "When the node began, since the epoch.")
	nodeLive  = desc("node_live", "1 until the node is shut down.")
	nodeReady = desc("node_ready", "1 while the node serves and has no objection itself.")
	limitUsed = desc("limit_used", "What is used of a limit, bytes or a count; of one that each session has, by the session that uses most.", "limit")
	limitMax  = desc("limit_max", "The limit, bytes or a count.", "limit")
	unknowns  = desc("unknown_handlers_total", "Requests for a number that no handler has here.")
	refused   = desc("refused_total", "Connections that were turned away before they were a session.", "reason")
	broken    = desc("incompatible_handlers", "Handlers of peers that cannot be called, for their shape there does not fit, at most 100.")
	openCount = desc("streams_open", "Streams that are open, of either end.")
	waiting   = desc("streams_waiting", "Streams of the 1000 oldest whose sender or receiver at this end waits for the other.", "for")
)

// Peers. Guests are a number.
var (
	peers        = desc("peers", "Peers of the node, without guests.")
	connected    = desc("peers_connected", "Peers with a session, without guests.")
	guests       = desc("guests", "Nodes with a session that are not among the peers.")
	peersLeftOut = desc("peers_left_out", "Peers that have no series of their own, for there are too many.")
	peerUp       = desc("peer_up", "1 while there is a session with the peer.", "peer")
	peerSessions = desc("peer_sessions_total", "Sessions with the peer so far.", "peer")
	peerSent     = desc("peer_sent_bytes_total", "Bytes sent to the peer, before WebSocket headers.", "peer")
	peerReceived = desc("peer_received_bytes_total", "Bytes received from the peer, before WebSocket headers.", "peer")
	peerTrip     = desc("peer_round_trip_seconds", "Smoothed round trip to the peer, also on a busy link.", "peer")
	peerQueued   = desc("peer_queued_bytes", "Bytes that wait to be sent to the peer, by lane.", "peer", "lane")
	peerUnread   = desc("peer_unread_bytes", "Bytes of streams from the peer that nobody has read.", "peer")
	peerCalls    = desc("peer_calls_in_flight", "Calls under way with the peer, by the end that this node is of them.", "peer", "end")
)

// Handlers, at each end.
var byEnd = map[string]*handlerMetrics{server: newHandlerMetrics(server, "served here"), client: newHandlerMetrics(client, "made here")}

// handlerMetrics are the metrics of the handlers at one end. Those of the server have a
// label more if there are subroutes.
type handlerMetrics struct {
	inFlight, duration, failures metric
}

// metric is a metric in its two forms.
type metric struct{ plain, subroutes *prometheus.Desc }

func (m metric) form(subroutes bool) *prometheus.Desc {
	if subroutes && m.subroutes != nil {
		return m.subroutes
	}
	return m.plain
}

func newHandlerMetrics(end, where string) *handlerMetrics {
	both := func(name, help string, labels ...string) (m metric) {
		m.plain = prometheus.NewDesc("grid_"+end+"_"+name, help, labels, nil)
		if end == server {
			m.subroutes = prometheus.NewDesc("grid_"+end+"_"+name, help, append(labels, "subroute"), nil)
		}
		return m
	}
	return &handlerMetrics{
		inFlight: both("in_flight", "Calls and streams under way, "+where+".", "handler", "kind"),
		duration: both("call_duration_seconds", "How long calls and streams took that are over and ran, or may have, "+where+".", "handler", "kind"),
		failures: both("failures_total", "Calls and streams that failed, "+where+", by code and by whether their handler ran.", "handler", "kind", "code", "outcome"),
	}
}
