package sim

import (
	"math/rand/v2"
	"strconv"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Plan is a world before it begins. It follows from its seed.
type Plan struct {
	Seed     uint64
	Wire     Wire
	Nodes    []string
	Link     gridtest.Link
	Limits   grid.Limits
	Capacity [2]int        // of streams: in, out
	Length   time.Duration // calls, streams and faults begin within it
	Heavy    bool          // all messages are large
	Restarts bool          // calls and streams begin when their own node is up
	Calls    []CallPlan
	Streams  []StreamPlan
	Faults   []FaultPlan
}

// planner draws a plan.
type planner struct {
	*rand.Rand
	p *Plan
}

// NewPlan draws the world of a seed. Most worlds are small and short, some are
// large or long: what goes wrong, goes wrong in small ones, and those are cheap.
func NewPlan(seed uint64) *Plan {
	d := &planner{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), &Plan{Seed: seed, Wire: wireOf(seed)}}
	p := d.p
	nodes := 2
	switch d.IntN(20) {
	case 0:
		nodes = 5 + d.IntN(4)
	case 1, 2, 3, 4, 5, 6:
		nodes = 3 + d.IntN(2)
	}
	for i := range nodes {
		// The names decide who dials, so they differ from world to world.
		p.Nodes = append(p.Nodes, string(rune('a'+i))+strconv.Itoa(d.IntN(1000)))
	}
	p.Length = d.duration(50*time.Millisecond, 2*time.Second)
	p.Link = d.link()
	p.Limits = d.limits()
	p.Capacity = [2]int{d.capacity(), d.capacity()}
	d.faults()
	p.Heavy = d.chance(16)
	for range 2 + d.IntN(16) {
		p.Calls = append(p.Calls, d.call())
	}
	for range d.IntN(8) {
		p.Streams = append(p.Streams, d.stream())
	}
	return p
}

// chance is true in one of n cases.
func (d *planner) chance(n int) bool { return d.IntN(n) == 0 }

func (d *planner) duration(least, most time.Duration) time.Duration {
	return least + time.Duration(d.Int64N(int64(most-least)))
}

func (d *planner) link() gridtest.Link {
	var l gridtest.Link
	if d.chance(4) {
		return l
	}
	l.Latency = d.duration(0, 40*time.Millisecond)
	if d.chance(2) {
		l.Jitter = d.duration(time.Microsecond, 40*time.Millisecond)
	}
	if d.chance(8) {
		l.Bandwidth = 1 << (20 + d.IntN(5))
	}
	return l
}

// limits are small in some worlds, so that they are reached.
func (d *planner) limits() grid.Limits {
	l := grid.DefaultLimits()
	if d.chance(2) {
		l.Message, l.Reassembly = 1<<20, 1<<20
	}
	if d.chance(4) {
		l.BulkWindow = 64 << 10
	}
	if d.chance(4) {
		l.StreamWindowMin, l.StreamWindowMax = 1<<10, 16<<10
	}
	if d.chance(8) {
		l.RunningCalls, l.OpenStreams = 2, 2
	}
	if d.chance(8) {
		l.SendQueue = 32 << 10
	}
	if d.chance(8) {
		l.Unread = 4 << 10
	}
	return l
}

func (d *planner) capacity() int { return []int{1, 2, 3, 16, 16, 64, 1000}[d.IntN(7)] }

// pair draws two nodes.
func (d *planner) pair() (from, to string) {
	i, j := d.IntN(len(d.p.Nodes)), d.IntN(len(d.p.Nodes)-1)
	if j >= i {
		j++
	}
	return d.p.Nodes[i], d.p.Nodes[j]
}

// size is of any magnitude up to 1 MiB, and sometimes just beyond what a limit
// allows.
func (d *planner) size() int {
	if d.p.Heavy {
		return 64<<10 + d.IntN(256<<10)
	}
	switch d.IntN(20) {
	case 0:
		return 0
	case 1:
		return 65535 + d.IntN(3)
	case 2:
		return 1<<20 - 1 + d.IntN(3)
	}
	return d.IntN(1 << d.IntN(21))
}

// longest is the time by which every call and stream of a plan is over: the last
// deadline of any.
func (p *Plan) longest() time.Duration {
	longest := p.Length
	for _, c := range p.Calls {
		longest = max(longest, c.deadline())
	}
	for _, s := range p.Streams {
		longest = max(longest, s.At+max(s.Timeout, s.CancelAfter))
	}
	for _, f := range p.Faults {
		longest = max(longest, f.At+f.Lasts)
	}
	return longest
}
