package meter

import (
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/status"
)

// Meter counts what became of the calls or streams of one handler, at one end. The
// zero value is ready. It has 72 bytes; its counters are allocated sixteen buckets at a
// time, as durations need them: mostly one or two times 128 bytes.
//
// Measured with calls of 512 B, 16 in flight: see BenchmarkMeter for what it takes.
type Meter struct {
	blocks [Buckets / blockSize]atomic.Pointer[block]
	sum    atomic.Int64 // nanoseconds

	mu       sync.Mutex
	failures map[Failure]*Failed // nil until one failed
}

const blockSize = 16

type block [blockSize]atomic.Uint64

// Failure is a kind of bad end.
type Failure struct {
	Code    status.Code
	Outcome status.Outcome
}

// Failed is what is known of the bad ends of one kind.
type Failed struct {
	Count uint64
	Last  int64  // when the last one was, as its caller has given it
	Text  string // what that one said, at most MaxText bytes
}

// MaxText is how many bytes are kept of what a failure says.
const MaxText = 256

// MaxFailures is how many kinds of failures are told apart: handlers may return errors
// with any code.
const MaxFailures = 64

// Other is the code of the failures beyond MaxFailures.
const Other status.Code = "other"

// Ran counts one that ran, or may have, and took so many nanoseconds.
func (m *Meter) Ran(ns int64) {
	i := bucketOf(ns)
	p := &m.blocks[i/blockSize]
	b := p.Load()
	if b == nil {
		p.CompareAndSwap(nil, new(block))
		b = p.Load()
	}
	b[i%blockSize].Add(1)
	m.sum.Add(ns)
}

// Failed counts a bad end. How long it took is counted by Ran, if it can have run: a
// burst of refusals must not make a slow handler look fast. What it said, and when it was,
// are kept of the last one of its kind.
func (m *Meter) Failed(code status.Code, outcome status.Outcome, said string, at int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failures == nil {
		m.failures = make(map[Failure]*Failed)
	}
	f := Failure{code, outcome}
	x := m.failures[f]
	if x == nil && len(m.failures) >= MaxFailures {
		f.Code = Other
		x = m.failures[f]
	}
	if x == nil {
		x = new(Failed)
		m.failures[f] = x
	}
	x.Count++
	x.Last, x.Text = at, status.Shortened(said, MaxText)
}

// Ended counts an end, good where code is "". The last two are those of Failed.
func (m *Meter) Ended(ns int64, code status.Code, outcome status.Outcome, said string, at int64) {
	if code == "" {
		m.Ran(ns)
		return
	}
	if outcome != status.NotSent && outcome != status.Rejected {
		m.Ran(ns)
	}
	m.Failed(code, outcome, said, at)
}

// Reading is what a Meter has counted.
type Reading struct {
	Ran      uint64 // those that ran, or may have
	Sum      int64  // nanoseconds that they took
	Buckets  []uint64
	Failures map[Failure]Failed
}

// Read returns what was counted so far. The counters are read one after the other:
// what is counted meanwhile may be in some of them.
func (m *Meter) Read() Reading {
	r := Reading{Sum: m.sum.Load()}
	for at := range m.blocks {
		b := m.blocks[at].Load()
		if b == nil {
			continue
		}
		if r.Buckets == nil {
			r.Buckets = make([]uint64, Buckets)
		}
		for i := range b {
			n := b[i].Load()
			r.Buckets[at*blockSize+i] = n
			r.Ran += n
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.failures) > 0 {
		r.Failures = make(map[Failure]Failed, len(m.failures))
		for f, x := range m.failures {
			r.Failures[f] = *x
		}
	}
	return r
}
