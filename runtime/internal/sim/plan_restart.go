package sim

import (
	"math/rand/v2"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// restartTime is how long a shutdown, a call or a stream may take in a world of
// restarts: longer than anything there needs.
const restartTime = 10 * time.Minute

// NewRestartPlan draws a world in which every node is shut down in good order and
// started again, while all call each other and wait until their peer is ready, on
// links that are slow in half of the worlds. Nothing else goes wrong there.
func NewRestartPlan(seed uint64) *Plan {
	d := &planner{rand.New(rand.NewPCG(seed, 0xd1b54a32d192ed03)), NewPlan(seed)}
	p := d.p
	p.Length = d.duration(500*time.Millisecond, 5*time.Second)
	p.Restarts = true
	p.Link = gridtest.Link{Latency: d.duration(0, 60*time.Millisecond)}
	if d.chance(2) {
		p.Link.Bandwidth = (64 << 10) << d.IntN(4)
	}
	l := grid.DefaultLimits() // who keeps these is never refused
	p.Limits.RunningCalls, p.Limits.OpenStreams, p.Limits.Unread = l.RunningCalls, l.OpenStreams, l.Unread
	p.Faults, p.Calls, p.Streams = nil, nil, nil
	for _, node := range p.Nodes {
		p.Faults = append(p.Faults, FaultPlan{Kind: Stop, A: node, At: d.duration(0, p.Length), Lasts: d.duration(time.Millisecond, 500*time.Millisecond), Limit: restartTime})
	}
	for range 10 + d.IntN(60) {
		p.Calls = append(p.Calls, d.patientCall())
	}
	for range d.IntN(16) {
		p.Streams = append(p.Streams, d.patientStream())
	}
	return p
}

// patientCall is a call that waits for its peer and ends by itself.
func (d *planner) patientCall() CallPlan {
	c := d.call()
	c.Wait, c.Timeout, c.CancelAfter = true, restartTime, 0
	if c.Does == Hangs {
		c.Does = Sleeps
	}
	c.Size, c.Reply = c.Size%(128<<10), c.Reply%(128<<10)
	if c.Handler == idMirror {
		c.Reply = c.Size
	}
	return c
}

// patientStream is a stream that waits for its peer and ends by itself.
func (d *planner) patientStream() StreamPlan {
	s := d.stream()
	s.Wait, s.Timeout, s.CancelAfter, s.LeaveAfter, s.HalfOpen = true, restartTime, 0, 0, false
	if s.Does == Hangs {
		s.Does = Sleeps
	}
	s.Payload, s.Most = s.Payload%(128<<10), min(s.Most, 4<<10)
	return s
}
