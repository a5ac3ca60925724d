package debug

import (
	"encoding/json"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/observe"
)

// source looks at a node, at most once in each freshness, and remembers a minute of
// rates: as long as somebody looks, for nothing runs by itself.
type source struct {
	look func() grid.Snapshot

	mu   sync.Mutex
	last *sample
	past []point   // the oldest first, at most points
	kept time.Time // when handlers were kept last
}

const (
	freshness = time.Second - 50*time.Millisecond // below the second that streams wait
	points    = 61
)

// point is what was counted up to a moment.
type point struct {
	at            time.Time
	calls, failed uint64
	handlers      []observe.Handler // kept each apart of a minute, nil between
}

// apart is how often latencies are kept, to tell those of the last minute from older ones.
const apart = 10 * time.Second

// get returns how the node was a moment ago.
func (s *source) get() *sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && time.Since(s.last.taken) < freshness {
		return s.last
	}
	x := &sample{snapshot: s.look(), taken: time.Now()}
	p := point{at: x.taken}
	for _, h := range x.snapshot.Handlers {
		p.calls += h.Ended()
		p.failed += h.Failed()
	}
	if p.at.Sub(s.kept) >= apart {
		p.handlers, s.kept = x.snapshot.Handlers, p.at
	}
	for len(s.past) > 0 && (len(s.past) >= points || p.at.Sub(s.past[0].at) > time.Minute+time.Second) {
		s.past = s.past[1:]
	}
	s.past = append(s.past, p)
	x.past = append([]point(nil), s.past...)
	s.last = x
	return x
}

// sample is the node at one moment, in the forms that were asked for so far.
type sample struct {
	snapshot grid.Snapshot
	taken    time.Time
	past     []point

	jsonOnce, htmlOnce sync.Once
	asJSON, asHTML     []byte
}

func (x *sample) json() []byte {
	x.jsonOnce.Do(func() { x.asJSON, _ = json.Marshal(x.snapshot) }) // plain values: it cannot fail
	return x.asJSON
}
