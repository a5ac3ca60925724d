package sim

import (
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// History is what happened in one world, as seen from both ends. Times are since
// the start of the world. The checker reads nothing else.
type History struct {
	Limits grid.Limits
	Link   time.Duration // the longest that a byte travels, one way
	Queue  time.Duration // how long the bytes that may be queued before a call occupy the link

	Calls     []*Call
	Streams   []*Stream
	Faults    []Fault
	Shutdowns []*Shutdown
	Ends      []End    // of each node's connections, when all was calm
	Odd       []string // what nothing else here can express

	mu sync.Mutex
}

// note changes the history under its lock.
func (h *History) note(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// Call is one call.
type Call struct {
	CallPlan
	Submitted time.Duration
	Ended     time.Duration
	Outcomes  int // how many outcomes it has had
	Failure   *Failure
	Matched   bool // it brought the reply that belongs to it
	Runs      []*Run
}

// Failure is what an error said.
type Failure struct {
	Code    grid.Code
	Outcome grid.Outcome
	Remote  bool
	Text    string
}

// Run is one run of a handler.
type Run struct {
	Node     string
	Request  bool // it brought the request that belongs to the call, and its caller
	Started  time.Duration
	Ended    time.Duration
	Over     bool
	Code     grid.Code     // what it returned: empty for no error
	Canceled time.Duration // when its context ended, 0 if it was not seen to end
}

// Stream is one stream.
type Stream struct {
	StreamPlan
	Submitted time.Duration
	Ended     time.Duration
	Endings   int      // how many ends the client has seen
	Failure   *Failure // of the opening, or of the end
	EOF       bool     // the client saw a good end
	Left      bool     // the client gave up by itself, before it saw an end
	Client    Side
	Runs      []*StreamRun
}

// StreamRun is one run of a stream's handler.
type StreamRun struct {
	Run
	Server Side
	EOF    bool // the handler saw the end of its input
}

// Side is what one end of a stream has sent and received.
type Side struct {
	Sent     int   // sends that returned no error
	Closed   bool  // nothing more will be sent: the client has begun to half-close
	Received []int // the numbers of the messages in order; see Unknown and Wrong
}

// Numbers of received messages that have none.
const (
	Unknown = -1 // too short to carry a number
	Wrong   = -2 // no message that was ever sent
)

// Fault is a time of bad weather.
type Fault struct {
	FaultPlan
	Healed time.Duration
}

// Shutdown is one orderly end of a node.
type Shutdown struct {
	Node         string
	Began, Ended time.Duration
	Limit        time.Duration // how long it might take
	Err          error
}

// End is what a connection was when all was calm.
type End struct {
	From, To string
	Phase    grid.Phase
	Sockets  int  // open between the two
	Stable   bool // the same session as a minute before
	Echo     bool // a call worked
	Stats    grid.Stats
}

// healthy reports whether no fault has touched a and b from the start until then.
func (h *History) healthy(a, b string, until time.Duration) bool {
	for _, f := range h.Faults {
		if f.touches(a, b) && f.At <= until {
			return false
		}
	}
	return true
}
