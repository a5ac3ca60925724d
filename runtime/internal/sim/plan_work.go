package sim

import (
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Does is what a handler does.
type Does uint8

// What handlers do.
const (
	Answers Does = iota // at once
	Sleeps              // for a time, whatever happens
	Waits               // for a time, or until its context ends
	Hangs               // until its context ends
	Fails               // with a declared error
	Panics
	Exits // by runtime.Goexit
	doesCount
)

// CallPlan is one call to be made.
type CallPlan struct {
	ID          uint64
	From, To    string
	At          time.Duration
	Timeout     time.Duration // 0: the Manager's default
	CancelAfter time.Duration // 0: never
	OfHandler   bool          // the timeout is the handler's, not the context's
	Handler     grid.HandlerID
	Bytes       bool // by the bytes API
	Wait        bool // until connected
	Warm        int  // calls of no account right before it
	Size, Reply int
	Does        Does
	Takes       time.Duration
}

// Handler ids of calls.
const (
	idHigh grid.HandlerID = 1 + iota
	idNormal
	idLow
	idIdempotent
	idMirror // answers with its own payload
	idProbe  // answers with its own payload, and is not part of the plan
)

// deadline is when the call must be over.
func (c *CallPlan) deadline() time.Duration {
	if c.Timeout == 0 {
		return c.At + grid.DefaultLimits().CallTimeout
	}
	return c.At + c.Timeout
}

// retries reports whether the runtime may make the call again by itself.
func (c *CallPlan) retries() bool { return c.Handler == idIdempotent && !c.Bytes }

func (d *planner) call() CallPlan {
	from, to := d.pair()
	c := CallPlan{
		ID: 1 + uint64(len(d.p.Calls)), From: from, To: to, At: d.duration(0, d.p.Length),
		Handler: idHigh + grid.HandlerID(d.IntN(5)), Bytes: d.chance(3), Wait: d.chance(4),
		Size: d.size(), Reply: d.size(), Takes: d.duration(0, 300*time.Millisecond),
	}
	if d.chance(3) {
		c.Warm = 1 + d.IntN(8) // so many in a row may make callers read for themselves
	}
	if d.chance(2) {
		c.Does = Does(d.IntN(int(doesCount)))
	}
	if c.Handler == idMirror {
		c.Bytes, c.Does, c.Reply = true, Answers, c.Size
	}
	if d.chance(3) && !d.p.Heavy {
		c.Size, c.Reply = d.IntN(1<<10), d.IntN(1<<10)
	}
	if c.Handler == idMirror {
		c.Reply = c.Size
	}
	switch d.IntN(10) {
	case 0: // the default
	case 1, 2:
		c.Timeout = d.duration(time.Millisecond, 100*time.Millisecond)
	default:
		c.Timeout = d.duration(100*time.Millisecond, 3*time.Second)
	}
	if c.Timeout == 0 && c.Does == Hangs || d.chance(6) {
		c.CancelAfter = d.duration(time.Microsecond, 500*time.Millisecond)
	}
	if d.long() && d.chance(2) {
		c.Timeout = 2 * time.Minute // longer than the network takes to notice anything
	}
	c.OfHandler = !c.Bytes && c.Timeout > 0 && d.chance(2)
	return c
}

// Shape is the shape of a stream.
type Shape uint8

// The shapes.
const (
	Duplex   Shape = iota // both send
	Down                  // the handler sends
	Up                    // the client sends
	Silent                // neither sends
	Channels              // both send, through the channels of the bytes API
	shapeCount
)

// StreamPlan is one stream to be opened.
type StreamPlan struct {
	ID          uint64
	From, To    string
	At          time.Duration
	Timeout     time.Duration // 0: none
	CancelAfter time.Duration // 0: never
	LeaveAfter  int           // messages after which the client closes; 0: never
	Shape       Shape
	Lane        grid.Priority
	Wait        bool
	Payload     int // bytes that begin it
	Up, Down    int // messages to be sent
	Most        int // bytes of the largest message
	HalfOpen    bool
	ClientPause time.Duration // between messages that are read
	ServerPause time.Duration
	SendPause   time.Duration // between messages that are sent, on both sides
	Does        Does          // what the handler does after the messages
	Takes       time.Duration
	Early       bool // the handler does not read its input
}

func (d *planner) stream() StreamPlan {
	from, to := d.pair()
	s := StreamPlan{
		ID: 1_000_000 + uint64(len(d.p.Streams)), From: from, To: to, At: d.duration(0, d.p.Length),
		Shape: Shape(d.IntN(int(shapeCount))), Lane: grid.Priority(d.IntN(3)), Wait: d.chance(4),
		Payload: d.size(), Most: 1 << d.IntN(18), HalfOpen: d.chance(8), Early: d.chance(8),
		Takes: d.duration(0, 200*time.Millisecond),
	}
	if d.chance(2) {
		s.Payload = d.IntN(100)
	}
	if s.sends(true) {
		s.Up = d.IntN(1 << d.IntN(8))
	}
	if s.sends(false) {
		s.Down = d.IntN(1 << d.IntN(8))
	}
	for _, pause := range []*time.Duration{&s.ClientPause, &s.ServerPause, &s.SendPause} {
		if d.chance(4) {
			*pause = d.duration(0, 50*time.Millisecond)
		}
	}
	if d.chance(3) {
		s.Does = Does(d.IntN(int(doesCount)))
	}
	if d.chance(6) {
		s.LeaveAfter = 1 + d.IntN(8)
	}
	if d.chance(2) {
		s.Timeout = d.duration(time.Millisecond, 5*time.Second)
	} else {
		s.CancelAfter = d.duration(time.Millisecond, 5*time.Second)
	}
	if d.long() && d.chance(2) {
		s.Timeout, s.CancelAfter = 2*time.Minute, 0
	}
	return s
}

// sends reports whether the client, or the handler, sends messages.
func (s *StreamPlan) sends(client bool) bool {
	return s.Shape == Duplex || s.Shape == Channels || s.Shape == Up && client || s.Shape == Down && !client
}
