package versions

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

// The nodes. dialer dials acceptor, as their names have it.
const (
	dialer   = "b"
	acceptor = "a"
)

// length is the time within which tasks and faults begin.
const length = 2 * time.Second

// plan is a world before it begins. It follows from its seed and its two builds.
type plan struct {
	link     gridtest.Link
	builds   map[string]*build // of each node, at first
	upgrades bool              // a node that crashes may come back as another build
	tasks    []task
	faults   []fault
}

// task is one call or stream.
type task struct {
	name     string
	from, to string
	at       time.Duration
	timeout  time.Duration
	wait     bool // for a connection
	orders   int  // of a stream; 0: a call
	tally    bool // the stream has one answer, the receipt of the last order
	count    int  // of its first order
	hours    bool // the call that sends nothing
}

// kind is what goes wrong.
type kind int

const (
	cut kind = iota
	partition
	deaf // nothing arrives from one node at the other
	stall
	crash
	vanish
	kinds
)

// fault is something that goes wrong, and is put right.
type fault struct {
	kind  kind
	node  string // that stalls or ends, or is not heard
	at    time.Duration
	lasts time.Duration
	next  *build // of the node that ended
}

// newPlan draws a plan for the builds of the two nodes.
func newPlan(seed uint64, dials, accepts *build) *plan {
	luck := rand.New(rand.NewPCG(seed, 0x5eed))
	within := func(least, most time.Duration) time.Duration {
		return least + time.Duration(luck.Int64N(int64(most-least)))
	}
	p := &plan{builds: map[string]*build{dialer: dials, acceptor: accepts}, upgrades: seed%2 == 0}
	if luck.IntN(4) > 0 {
		p.link = gridtest.Link{Latency: within(0, 40*time.Millisecond), Jitter: within(0, 40*time.Millisecond)}
	}
	for i := range 24 {
		t := task{name: fmt.Sprint("task", i), from: dialer, to: acceptor, at: within(0, length), wait: luck.IntN(2) == 0, count: 1 + i*100}
		if luck.IntN(2) == 0 {
			t.from, t.to = t.to, t.from
		}
		t.timeout = within(time.Millisecond, 100*time.Millisecond)
		if luck.IntN(3) > 0 {
			t.timeout = within(time.Second, 10*time.Second)
		}
		switch luck.IntN(6) {
		case 0:
			t.hours = true
		case 1, 2:
			t.orders = 1 + luck.IntN(20)
			t.tally = luck.IntN(2) == 0
		}
		p.tasks = append(p.tasks, t)
	}
	ends := map[string]bool{}
	for range luck.IntN(5) {
		f := fault{kind: kind(luck.IntN(int(kinds))), node: []string{dialer, acceptor}[luck.IntN(2)], at: within(0, length), lasts: within(time.Millisecond, time.Second)}
		if luck.IntN(6) == 0 {
			f.lasts = within(10*time.Second, 40*time.Second) // long enough to be noticed by pings
		}
		if f.kind >= crash && ends[f.node] { // a node ends once: it has one next life
			f.kind = cut
		}
		ends[f.node] = ends[f.node] || f.kind >= crash
		if p.upgrades {
			f.next = builds[luck.IntN(len(builds))]
		}
		p.faults = append(p.faults, f)
	}
	return p
}
