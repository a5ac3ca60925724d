package promgrid

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	grid "github.com/gridrpc/gridc/runtime"
)

// maxEnds is how many codes of ended sessions are told apart.
const maxEnds = 64

// Observer is a grid.Observer that counts what a Snapshot does not hold: bytes and
// messages by handler, how long requests waited for their turn, calls that were made
// again, and why sessions ended. It is a prometheus.Collector too, and safe for
// concurrent use. One may serve several Managers, whose figures it adds up.
type Observer struct {
	vectors
	ends  *prometheus.CounterVec
	codes map[string]bool // of sessions; guarded by mu
	most  int             // handlers of each end

	mu    sync.Mutex                                  // held while a handler is added
	calls atomic.Pointer[map[callee]*handlerCounters] // replaced, never changed
}

// callee is a handler at one end.
type callee struct {
	server bool
	id     grid.HandlerID
	name   string
}

// handlerCounters are those of one handler at one end.
type handlerCounters struct {
	sent, received                 prometheus.Counter
	messagesSent, messagesReceived prometheus.Counter
	retries                        prometheus.Counter  // of the client
	queued                         prometheus.Observer // of the server
}

// NewObserver returns an Observer, for Options.Observers and to be registered.
func NewObserver(o Options) *Observer {
	o = o.withDefaults()
	x := &Observer{vectors: newVectors(o), most: o.MaxHandlers, codes: make(map[string]bool)}
	x.ends = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "grid_sessions_ended_total", Help: "Sessions that have ended, by the code of why."}, []string{"code"})
	x.calls.Store(&map[callee]*handlerCounters{})
	return x
}

// Describe implements prometheus.Collector.
func (x *Observer) Describe(ch chan<- *prometheus.Desc) {
	for _, v := range x.collectors() {
		v.Describe(ch)
	}
	x.ends.Describe(ch)
}

// Collect implements prometheus.Collector.
func (x *Observer) Collect(ch chan<- prometheus.Metric) {
	for _, v := range x.collectors() {
		v.Collect(ch)
	}
	x.ends.Collect(ch)
}

// Begin implements grid.Observer.
func (x *Observer) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }

// End implements grid.Observer.
func (x *Observer) End(_ context.Context, call *grid.CallInfo, end grid.CallEnd) {
	c := x.of(callee{call.Server, call.ID, call.Name})
	addSome(c.sent, end.BytesSent)
	addSome(c.received, end.BytesReceived)
	addSome(c.messagesSent, end.MessagesSent)
	addSome(c.messagesReceived, end.MessagesReceived)
	switch {
	case !call.Server && end.Attempts > 1:
		c.retries.Add(float64(end.Attempts - 1))
	case call.Server && end.Attempts > 0:
		c.queued.Observe(end.Queued.Seconds())
	}
}

func addSome(c prometheus.Counter, n uint64) {
	if n > 0 {
		c.Add(float64(n))
	}
}

// Session implements grid.Observer.
func (x *Observer) Session(event grid.SessionEvent) {
	if event.Change != grid.SessionDown {
		return
	}
	code := valid(string(event.Code))
	x.mu.Lock()
	if !x.codes[code] && len(x.codes) >= maxEnds {
		code = other
	} else {
		x.codes[code] = true
	}
	x.mu.Unlock()
	x.ends.WithLabelValues(code).Inc()
}

// of returns the counters of a handler. It takes no lock for one that was seen.
func (x *Observer) of(key callee) *handlerCounters {
	if c := (*x.calls.Load())[key]; c != nil {
		return c
	}
	return x.add(key)
}

// add makes the counters of a handler, or returns those of the rest when there are as many
// handlers of this end as may be.
func (x *Observer) add(key callee) *handlerCounters {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := *x.calls.Load()
	rest := callee{server: key.server, name: other}
	if x.handlers(key.server) >= x.most {
		key = rest
	}
	if c := old[key]; c != nil {
		return c
	}
	all := maps.Clone(old)
	if key == rest {
		all[key] = x.counters(key.server, other)
	} else {
		all[key] = x.counters(key.server, handlerLabel(key.id, key.name))
	}
	x.calls.Store(&all)
	return all[key]
}

// handlers counts those of one end that have counters of their own.
func (x *Observer) handlers(server bool) (n int) {
	for k := range *x.calls.Load() {
		if k.server == server && k != (callee{server: server, name: other}) {
			n++
		}
	}
	return n
}
