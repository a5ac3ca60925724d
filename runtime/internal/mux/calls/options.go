package calls

import (
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
)

// Options is what is known about a call besides its payload.
type Options struct {
	// What observers are told of the end is made of these, on a stack that is cold then: they
	// are beside each other.
	Timeout  time.Duration // 0: for calls, the Manager's default; for streams, none
	Deadline int64         // calls: manager clock, when the call must be over
	Came     int64         // manager clock, when the reply came; without one it means nothing
	Took     time.Duration // from when it was made to its outcome, once it has one
	Attempts int           // how often it was handed to a session so far
	On       *link.Link    // the last of those sessions, nil: none
	Trace    *Trace        // told of Attempts and On as well, nil: nobody asks

	Of     *handlers.Settings // of the handler, as the caller was built
	Callee *handlers.Handler  // what is known here of the handler
	Began  int64              // streams: manager clock, when it was asked for
	OutCap int                // streams: messages that the caller holds unread
	Lane   lanes.Lane
	Retry  bool // a new call may be made when the connection is lost
	Wait   bool // wait until connected
	Told   bool // streams: somebody is told of the end
	Meta   []byte
	Want   *handlers.Wanted  // who wants the metadata of the answer, nil: nobody
	Lent   *codec.Lent       // of the payload, nil: none
	From   *handlers.Context // of the handler of this node that makes the call, nil: none
}

// Trace is what is known of a call that is made by a copy of its Options.
type Trace struct {
	Attempts atomic.Int64
	On       atomic.Pointer[link.Link]
}

// HandedTo notes that the call is handed to a session.
func (o *Options) HandedTo(l *link.Link) {
	o.Attempts++
	o.On = l
	if o.Trace != nil {
		o.Trace.Attempts.Add(1)
		o.Trace.On.Store(l)
	}
}
